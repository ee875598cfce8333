import { noMore, required } from '../arguments.ts';
import { UsageError } from '../cli-error.ts';
import { defineCommand } from '../command.ts';
import { type Collection, listItems, putItems, removeItems, showItem } from './collection.ts';

const DOMAINS: Collection = {
  name: 'domains',
  singular: 'domain',
  parameter: 'domain',
  columns: [
    { heading: 'NEXT HOP', cell: ({ nextHop }) => nextHop },
    { heading: 'FROM', cell: ({ from }) => from },
  ],
};

export const domainsCommand = defineCommand({
  name: 'domains',
  summary: 'domains that a server takes mail for, and where it goes',
  help: `Usage: npm run postern -- domains SERVER
       npm run postern -- domains SERVER DOMAIN
       npm run postern -- domains SERVER add DOMAIN... [--next-hop HOP] [--note TEXT]
       npm run postern -- domains SERVER remove DOMAIN...

Shows the domains that mail is taken for, each with its next hop: the domain's own, or the server's default one.
Subdomains are domains of their own.

  --next-hop HOP   ses, or smtp://HOST:PORT?tls=offer|require|never; without it, the server's default next hop
  --note TEXT      for people

  add              makes the domain, or replaces what it says
  remove           mail for it is refused from then on, 5 seconds later at most

  npm run postern -- domains inbound add example.edu --next-hop 'smtp://10.20.0.25?tls=require'
`,
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
      return putItems(DOMAINS, server, { names, attributes }, context);
    }
    if (Object.keys(attributes).length > 0) throw new UsageError('--next-hop and --note belong to add');
    if (action === undefined) return listItems(DOMAINS, server, context);
    if (action !== 'remove') {
      noMore(names);
      return showItem(DOMAINS, server, action, context);
    }
    required(names[0], 'DOMAIN');
    return removeItems(DOMAINS, server, names, context);
  },
});
