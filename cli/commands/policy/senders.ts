import { ITEM_ANSWERS, LIST_ANSWERS } from '../../../functions/admin/contract/answers/collection-answer.ts';
import { SENDER_PREFIX } from '../../../policy/item.ts';
import { required } from '../../arguments.ts';
import { UsageError } from '../../cli-error.ts';
import { defineCommand } from '../../command.ts';
import { listItems, putItems, removeFromCollection, showItem } from './collection.ts';

const ACTIONS = ['deny', 'remove'] as const;

type Sender = (typeof ITEM_ANSWERS.senders)['_output'];
const SENDERS = {
  name: 'senders',
  singular: 'sender',
  prefix: SENDER_PREFIX,
  answer: ITEM_ANSWERS.senders,
  page: LIST_ANSWERS.senders,
  entries: ({ senders }: { readonly senders: readonly Sender[] }) => senders,
  nameOf: ({ sender }: Sender) => sender,
  columns: [{ heading: 'ACCESS', cell: ({ access }: Sender) => access }],
} as const;

export const sendersCommand = defineCommand({
  name: 'senders',
  help: `Usage: postern senders SERVER
       postern senders SERVER SENDER
       postern senders SERVER deny SENDER... [--note TEXT]
       postern senders SERVER remove SENDER...

SENDER is an address, mallory@example.net, or a domain, spam.example, whose subdomains are senders of their own.

  deny          MAIL from there is answered with 550
  remove        it is taken again
  --note TEXT   for people

  postern senders inbound deny spam.example --note 'since March'
`,
  places: [['SERVER'], ACTIONS],
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
    if (action !== 'remove')
      return showItem(SENDERS, { server, name: action, others: names, actions: ACTIONS }, context);
    required(names[0], 'SENDER');
    return removeFromCollection(SENDERS, server, names, context);
  },
});
