import { noMore, required } from '../arguments.ts';
import { UsageError } from '../cli-error.ts';
import { defineCommand } from '../command.ts';
import { type Collection, listItems, putItems, removeItems, showItem } from './collection.ts';

const SENDERS: Collection = {
  name: 'senders',
  singular: 'sender',
  parameter: 'sender',
  columns: [{ heading: 'ACCESS', cell: ({ access }) => access }],
};

export const sendersCommand = defineCommand({
  name: 'senders',
  summary: 'senders whose mail a server does not take',
  help: `Usage: npm run postern -- senders SERVER
       npm run postern -- senders SERVER SENDER
       npm run postern -- senders SERVER deny SENDER... [--note TEXT]
       npm run postern -- senders SERVER remove SENDER...

SENDER is an address, mallory@example.net, or a domain, spam.example, whose subdomains are senders of their own.

  deny          MAIL from there is answered with 550
  remove        it is taken again
  --note TEXT   for people
`,
  options: { note: { type: 'string' } },
  run: async ({ values: { note }, words: [word, action, ...names] }, context) => {
    const server = required(word, 'SERVER');
    if (action === 'deny') {
      required(names[0], 'SENDER');
      const attributes = { access: 'deny', ...(note === undefined ? {} : { note }) };
      return putItems(SENDERS, server, { names, attributes }, context);
    }
    if (note !== undefined) throw new UsageError('--note belongs to deny');
    if (action === undefined) return listItems(SENDERS, server, context);
    if (action !== 'remove') {
      noMore(names);
      return showItem(SENDERS, server, action, context);
    }
    required(names[0], 'SENDER');
    return removeItems(SENDERS, server, names, context);
  },
});
