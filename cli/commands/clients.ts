import { noMore, required } from '../arguments.ts';
import { UsageError } from '../cli-error.ts';
import { defineCommand } from '../command.ts';
import { type Collection, listItems, putItems, removeItems, showItem } from './collection.ts';

const CLIENTS: Collection = {
  name: 'clients',
  singular: 'client',
  parameter: 'cidr',
  columns: [{ heading: 'ACCESS', cell: ({ access }) => access }],
};

export const clientsCommand = defineCommand({
  name: 'clients',
  summary: 'client networks that are turned away, or trusted to relay',
  help: `Usage: npm run postern -- clients SERVER
       npm run postern -- clients SERVER NETWORK
       npm run postern -- clients SERVER deny NETWORK... [--note TEXT]
       npm run postern -- clients SERVER relay NETWORK... [--note TEXT]
       npm run postern -- clients SERVER remove NETWORK...

NETWORK is an address or a network: 203.0.113.7, 203.0.113.0/24, 2001:db8::/32. The most specific one that holds a
client's address counts.

  deny          these clients hear 554 in place of a greeting
  relay         these clients may send wherever a user may, without a login
  remove        they are clients like all others again
  --note TEXT   for people

  npm run postern -- clients submission deny 203.0.113.0/24 --note 'guesses passwords'
`,
  options: { note: { type: 'string' } },
  run: async ({ values: { note }, words: [word, action, ...names] }, context) => {
    const server = required(word, 'SERVER');
    if (action === 'deny' || action === 'relay') {
      required(names[0], 'NETWORK');
      const attributes = { access: action, ...(note === undefined ? {} : { note }) };
      return putItems(CLIENTS, server, { names, attributes }, context);
    }
    if (note !== undefined) throw new UsageError('--note belongs to deny and relay');
    if (action === undefined) return listItems(CLIENTS, server, context);
    if (action !== 'remove') {
      noMore(names);
      return showItem(CLIENTS, server, action, context);
    }
    required(names[0], 'NETWORK');
    return removeItems(CLIENTS, server, names, context);
  },
});
