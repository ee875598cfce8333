import { ITEM_ANSWERS, LIST_ANSWERS } from '../../../functions/admin/contract/answers/collection-answer.ts';
import { type ClientAccess, parseNetwork } from '../../../policy/client-network.ts';
import { CLIENT_PREFIX } from '../../../policy/item.ts';
import { required } from '../../arguments.ts';
import { reachOf } from '../../check/client-reach.ts';
import { UsageError } from '../../cli-error.ts';
import { defineCommand } from '../../command.ts';
import { confirm } from '../../input/ask.ts';
import { listItems, putItems, removeFromCollection, showItem } from './collection.ts';

const ACTIONS = ['deny', 'relay', 'remove'] as const;

type Client = (typeof ITEM_ANSWERS.clients)['_output'];
const CLIENTS = {
  name: 'clients',
  singular: 'client',
  prefix: CLIENT_PREFIX,
  answer: ITEM_ANSWERS.clients,
  page: LIST_ANSWERS.clients,
  entries: ({ clients }: { readonly clients: readonly Client[] }) => clients,
  nameOf: ({ cidr }: Client) => cidr,
  columns: [{ heading: 'ACCESS', cell: ({ access }: Client) => access }],
} as const;

export const clientsCommand = defineCommand({
  name: 'clients',
  help: `Usage: postern clients SERVER
       postern clients SERVER NETWORK
       postern clients SERVER deny NETWORK... [--note TEXT] [--force]
       postern clients SERVER relay NETWORK... [--note TEXT] [--force]
       postern clients SERVER remove NETWORK...

NETWORK is an address or a network: 203.0.113.7, 203.0.113.0/24, 2001:db8::/32. The most specific one that holds a
client's address counts.

  deny          these clients hear 554 in place of a greeting
  relay         these clients may send wherever a user may, without a login; it has no effect while relay of the
                settings is listed-domains
  remove        they are clients like all others again
  --note TEXT   for people
  --force       does not ask before networks that hold so many clients that it is likely a mistake, 0.0.0.0/0 among them

  postern clients submission deny 203.0.113.0/24 --note 'guesses passwords'
`,
  places: [['SERVER'], ACTIONS],
  options: { note: { type: 'string' }, force: { type: 'boolean' } },
  run: async ({ values: { note, force }, words: [word, action, ...names] }, context) => {
    const server = required(word, 'SERVER');
    if (action === 'deny' || action === 'relay') {
      required(names[0], 'NETWORK');
      const what = names.flatMap((name) => tooWide(name, action)).join('\n');
      if (what !== '') await confirm({ what, isForced: force === true }, context);
      const attributes = { access: action, ...(note === undefined ? {} : { note }) };
      return putItems(CLIENTS, server, { names, attributes }, context);
    }
    if (note !== undefined || force !== undefined) throw new UsageError('--note and --force belong to deny and relay');
    if (action === undefined) return listItems(CLIENTS, server, context);
    if (action !== 'remove')
      return showItem(CLIENTS, { server, name: action, others: names, actions: ACTIONS }, context);
    required(names[0], 'NETWORK');
    return removeFromCollection(CLIENTS, server, names, context);
  },
});

function tooWide(name: string, access: ClientAccess): string[] {
  const network = parseNetwork(name);
  const reach = network.ok ? reachOf(network.value, access) : undefined;
  return reach === undefined ? [] : [`${access} for ${name} ${reach}`];
}
