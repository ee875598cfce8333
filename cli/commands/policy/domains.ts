import { isIP } from 'node:net';
import { ITEM_ANSWERS, LIST_ANSWERS } from '../../../functions/admin/contract/answers/collection-answer.ts';
import { DOMAIN_PREFIX } from '../../../policy/item.ts';
import { required } from '../../arguments.ts';
import { UsageError } from '../../cli-error.ts';
import { defineCommand } from '../../command.ts';
import { unicodeName } from '../../output/unicode-name.ts';
import { listItems, putItems, removeFromCollection, showItem } from './collection.ts';

const ACTIONS = ['add', 'remove'] as const;

const DOMAINS = {
  name: 'domains',
  singular: 'domain',
  prefix: DOMAIN_PREFIX,
  answer: ITEM_ANSWERS.domains,
  page: LIST_ANSWERS.domains,
  entries: ({ domains }: { readonly domains: readonly Domain[] }) => domains,
  nameOf: ({ domain }: Domain) => domain,
  columns: [
    { heading: 'IN UNICODE', cell: ({ domain }: Domain) => unicodeName(domain) },
    { heading: 'NEXT HOP', cell: ({ nextHop }: Domain) => nextHop },
    {
      heading: 'HOP FROM',
      cell: ({ from }: Domain) => (from === 'settings' ? 'settings (defaultNextHop)' : from),
      leaveOut: 1,
    },
  ],
} as const;
type Domain = (typeof ITEM_ANSWERS.domains)['_output'];

export const domainsCommand = defineCommand({
  name: 'domains',
  help: `Usage: postern domains SERVER
       postern domains SERVER DOMAIN
       postern domains SERVER add DOMAIN... [--next-hop HOP] [--note TEXT]
       postern domains SERVER remove DOMAIN...

Shows the domains that mail is taken for, each with its next hop: the domain's own, or the server's default one.
Subdomains are listed one by one.

  --next-hop HOP   ses, or smtp://HOST:PORT?tls=offer|require|never; without it, the server's default next hop
  --note TEXT      for people

  add              makes the domain, or replaces what it says
  remove           mail for it is refused from then on, 5 seconds later at most

  postern domains inbound add example.edu --next-hop 'smtp://10.20.0.25?tls=require'
`,
  places: [['SERVER'], ACTIONS],
  options: { 'next-hop': { type: 'string' }, note: { type: 'string' } },
  run: async ({ values, words: [word, action, ...names] }, context) => {
    const server = required(word, 'SERVER');
    const nextHop = values['next-hop'];
    const attributes = {
      ...(nextHop === undefined ? {} : { nextHop }),
      ...(values.note === undefined ? {} : { note: values.note }),
    };
    if (action === 'add') {
      required(names[0], 'DOMAIN');
      for (const name of names) refuseMistaken(name);
      return putItems(DOMAINS, server, { names, attributes }, context);
    }
    if (Object.keys(attributes).length > 0) throw new UsageError('--next-hop and --note belong to add');
    if (action === undefined) return listItems(DOMAINS, server, context);
    if (action !== 'remove')
      return showItem(DOMAINS, { server, name: action, others: names, actions: ACTIONS }, context);
    required(names[0], 'DOMAIN');
    return removeFromCollection(DOMAINS, server, names, context);
  },
});

function refuseMistaken(name: string): void {
  if (name.startsWith('*.') || name.startsWith('.')) {
    throw new UsageError(`"${name}" is not a domain name: subdomains are listed one by one`);
  }
  if (isIP(name.replace(/^\[(?:IPv6:)?(.*)\]$/i, '$1')) !== 0) {
    throw new UsageError(`"${name}" is an IP address; networks belong to postern clients`);
  }
  if (name.includes('@')) throw new UsageError(`"${name}" is an address; name the domain after the @`);
}
