import { type MessageAnswer, messagesAnswer } from '../../../functions/admin/contract/answers/message-answer.ts';
import { noMore, sessionIdIn, wholeNumberOption } from '../../arguments.ts';
import { UsageError } from '../../cli-error.ts';
import { defineCommand } from '../../command.ts';
import type { Context } from '../../context.ts';
import { type EventQuery, followEvents } from '../../follow.ts';
import type { Column, Style } from '../../output/table.ts';
import { showFirst } from '../../shown-list.ts';
import { spanOf } from '../../time-option.ts';
import { deliveriesStyle, deliveriesText } from './delivery-text.ts';
import { showFollowed } from './event-list.ts';
import { TIME_OPTIONS_HELP } from './event-options.ts';
import { addressOf, detailOf, styleOf } from './event-text.ts';
import { recipientsText } from './recipients-text.ts';

const DEFAULT_LIMIT = 100;
/** Where nothing is said: the question comes days after the message. */
const DEFAULT_SINCE = '7d';
const REFUSED = 'refused,deferred';

function columnsOf({ output, nowMs }: Context): readonly Column<MessageAnswer>[] {
  const time = (iso: string): string => (output.isText ? output.zone.short(iso, nowMs()) : iso);
  return [
    { heading: 'TIME', cell: ({ at }) => at, kind: 'time' },
    { heading: 'SERVER', cell: ({ server }) => server, leaveOut: 3 },
    { heading: 'ID', cell: ({ id }) => id },
    { heading: 'CLIENT', cell: ({ client }) => client.address, leaveOut: 1 },
    { heading: 'USER', cell: ({ identity }) => identity, leaveOut: 2 },
    { heading: 'FROM', cell: ({ sender }) => (sender === '' ? '<>' : sender), mayBeCut: true },
    {
      heading: 'WHAT',
      cell: (message) => outcomeText(message, time),
      mayBeCut: true,
      isNews: true,
      style: outcomeStyle,
    },
  ];
}

function outcomeText(message: MessageAnswer, time: (iso: string) => string): string {
  const { rule, reply, messageId } = message;
  const id = messageId === undefined ? [] : [`<${messageId}>`];
  const told = deliveriesText(message, time);
  const what = recipientsText({ ...message, type: 'transaction' });
  return [what, ...(told === undefined ? [] : [told]), `rule ${rule}`, reply, ...id].join(', ');
}

function outcomeStyle(message: MessageAnswer): Style | undefined {
  return deliveriesStyle(message) ?? styleOf({ ...message, type: 'transaction' });
}

const FOLLOWED: readonly Column<Parameters<typeof detailOf>[0]>[] = [
  { heading: 'TIME', cell: ({ at }) => at, kind: 'time' },
  { heading: 'SESSION', cell: ({ session }) => session },
  { heading: 'CLIENT', cell: addressOf },
  { heading: 'WHAT', cell: detailOf, isNews: true, style: styleOf },
];

export const traceCommand = defineCommand({
  name: 'trace',
  help: `Usage: postern trace [WHAT] [OPTION...]
       postern trace [WHAT] --follow

Shows what became of messages, newest first; of mail that went out by Amazon SES, what became of it there too, as far as
SES has told. WHAT is the address of a recipient, @domain of recipients, or the id that
a client heard with 250; without it, all messages that the options leave.

  --from ADDRESS    sender, or @domain; '<>' is the null sender
  --to ADDRESS      recipient, or @domain; as WHAT
  --client NETWORK  IP address of the client, or a network such as 203.0.113.0/24
  --user USER       who had logged in
  --rule RULE       what decided
  --verdict LIST    one or more, with commas, of accepted, refused, deferred, held, discarded, abandoned
  --refused         what was refused or put off, for any recipient
  --message-id ID   the message's own Message-ID
  --server SERVER   of one server
  --limit N         how many; 100 where nothing is said, 0 for all
  --follow          shows all that a client (--client, an address) or a user does as it happens, until Ctrl-C
${TIME_OPTIONS_HELP.replace('24 hours ago', '7 days ago')}
  postern trace bob@example.com --refused --since today
`,
  places: [['WHAT']],
  takesSessions: true,
  options: {
    from: { type: 'string' },
    to: { type: 'string' },
    client: { type: 'string' },
    user: { type: 'string' },
    rule: { type: 'string' },
    verdict: { type: 'string' },
    refused: { type: 'boolean' },
    'message-id': { type: 'string' },
    server: { type: 'string' },
    limit: { type: 'string' },
    follow: { type: 'boolean' },
    since: { type: 'string' },
    until: { type: 'string' },
  },
  run: async ({ values, words: [what, ...rest] }, context) => {
    noMore(rest);
    const { from, client, user, rule, server } = values;
    if (values.follow === true) return follow({ address: client, identity: user, server }, context);
    if (what !== undefined && values.to !== undefined)
      throw new UsageError(`"${what}" and --to are the same: give one`);
    if (values.refused === true && values.verdict !== undefined)
      throw new UsageError('--refused and --verdict exclude each other');
    const isId = what !== undefined && sessionIdIn(what) !== undefined && !what.includes('@');
    const since = values.since ?? (isId ? undefined : DEFAULT_SINCE);
    const query = {
      ...{ server, recipient: isId ? undefined : (what ?? values.to), sender: from, client, identity: user },
      ...{ verdict: values.refused === true ? REFUSED : values.verdict, rule, id: isId ? what : undefined },
      ...{ messageId: values['message-id'], ...spanOf({ since, until: values.until }, context.clock()) },
    };
    const wanted = wholeNumberOption(values.limit, '--limit') ?? DEFAULT_LIMIT;
    const limit = wanted === 0 ? undefined : wanted;
    const entries = messagesOf(context, query, limit);
    const nothing = nothingText(isId ? undefined : what, values.since);
    await showFirst({ columns: columnsOf(context), entries, limit, nothing }, context);
    return 0;
  },
});

/** @param address of a recipient, where one was asked for */
function nothingText(address: string | undefined, since: string | undefined): string {
  if (address === undefined) return 'There is no such message.';
  const further = since === undefined ? ' in the last 7 days; --since looks further back' : '';
  return `There is no such message to ${address}${further}. --from ${address} asks for those that it sent.`;
}

function messagesOf({ api }: Context, query: EventQuery, limit: number | undefined): AsyncGenerator<MessageAnswer> {
  const answer = messagesAnswer;
  const pages = { path: '/messages', doing: 'find messages', answer, query };
  const entries = ({ messages }: { readonly messages: readonly MessageAnswer[] }) => messages;
  // One more tells whether there are more.
  return api.pages(
    limit === undefined ? { ...pages, entries } : { ...pages, entries, limit: Math.min(limit + 1, 1000) },
  );
}

function follow(query: EventQuery, context: Context): Promise<number> {
  if (query.address === undefined && query.identity === undefined) {
    throw new UsageError('--follow needs --client or --user: whom to follow');
  }
  return showFollowed(FOLLOWED, followEvents(context, query), context);
}
