import {
  countsAnswer,
  type HourAnswer,
  TOP_BY,
  type TopAnswer,
  type TopEntry,
  topAnswer,
} from '../../../functions/admin/contract/answers/count-answer.ts';
import { withQuery } from '../../api/path.ts';
import { noMore, wholeNumberOption } from '../../arguments.ts';
import { UsageError } from '../../cli-error.ts';
import { defineCommand } from '../../command.ts';
import type { Context } from '../../context.ts';
import type { Column } from '../../output/table.ts';
import { spanOf } from '../../time-option.ts';
import { TIME_OPTIONS_HELP } from './event-options.ts';

/** As people say it, and as the API does. */
const NAMES: Readonly<Record<string, (typeof TOP_BY)[number]>> = {
  ...Object.fromEntries(TOP_BY.map((by) => [by, by])),
  user: 'identity',
  hop: 'nextHop',
};
const DEFAULT_LIMIT = 20;

const COLUMNS: readonly Column<TopEntry>[] = [
  { heading: 'MESSAGES', cell: ({ messages }) => messages, kind: 'number' },
  { heading: 'REFUSALS', cell: ({ refusals }) => refusals, kind: 'number' },
  { heading: 'WHAT', cell: ({ value }) => value, mayBeCut: true, isNews: true },
];

/** What Amazon SES told of is counted by these alone. */
const TOLD_BY: readonly string[] = ['identity', 'recipient'];
const TOLD_COLUMNS: readonly Column<TopEntry>[] = [
  ...COLUMNS.slice(0, -1),
  { heading: 'BOUNCES', cell: ({ bounces }) => bounces, kind: 'number' },
  { heading: 'COMPLAINTS', cell: ({ complaints }) => complaints, kind: 'number' },
  ...COLUMNS.slice(-1),
];

const HOUR_COLUMNS: readonly Column<HourAnswer>[] = [
  { heading: 'HOUR', cell: ({ at }) => at, kind: 'time' },
  { heading: 'TAKEN', cell: ({ messages }) => messages.accepted + messages.held + messages.discarded, kind: 'number' },
  { heading: 'REFUSED', cell: ({ messages }) => messages.refused, kind: 'number' },
  { heading: 'PUT OFF', cell: ({ messages }) => messages.deferred, kind: 'number' },
  { heading: 'REFUSALS', cell: ({ refusals }) => refusals, kind: 'number' },
  { heading: 'SESSIONS', cell: ({ sessions }) => sessions, kind: 'number' },
  { heading: 'LOGINS', cell: ({ logins }) => logins.permit, kind: 'number' },
  { heading: 'FAILED', cell: ({ logins }) => logins.reject, kind: 'number', style: failedStyle },
  { heading: 'MOST REFUSED BY', cell: firstRule, mayBeCut: true, isNews: true },
];

function failedStyle({ logins }: HourAnswer): 'red' | undefined {
  return logins.reject > 0 ? 'red' : undefined;
}

function firstRule({ rules }: HourAnswer): string {
  const [first] = Object.entries(rules).sort(([, a], [, b]) => b - a);
  return first === undefined ? '' : `${first[0]} ${first[1]}`;
}

export const topCommand = defineCommand({
  name: 'top',
  help: `Usage: postern top [SERVER] [--by WHAT] [OPTION...]
       postern top [SERVER] --hours [OPTION...]

Shows who is at the top: clients, rules and so on with the most messages and refusals, from counters that are kept as
events are recorded. Whole hours are counted: the hour in which --since is has all of its own.

  --by WHAT         client (where nothing is said), rule, recipient, sender, user or hop
  --refused         by refusals alone
  --bounced         by hard bounces alone, of mail by Amazon SES (--by user or recipient)
  --hours           messages, refusals and logins of each hour
  --limit N         how many; 20 where nothing is said
${TIME_OPTIONS_HELP}
Counters are kept for 35 days.

  postern top inbound --by rule --since 7d
`,
  places: [['SERVER']],
  options: {
    by: { type: 'string' },
    hours: { type: 'boolean' },
    refused: { type: 'boolean' },
    bounced: { type: 'boolean' },
    limit: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
  },
  run: async ({ values, words: [server, ...rest] }, context) => {
    noMore(rest);
    const span = { server, ...spanOf(values, context.clock()) };
    if (values.hours === true) return showHours(span, context);
    const by = NAMES[values.by ?? 'client'];
    if (by === undefined) {
      throw new UsageError(`--by is "${values.by}" where client, rule, recipient, sender, user or hop is expected`);
    }
    const limit = String(wholeNumberOption(values.limit, '--limit', 1) ?? DEFAULT_LIMIT);
    if (values.refused === true && values.bounced === true) {
      throw new UsageError('--refused and --bounced exclude each other');
    }
    const order = values.refused === true ? 'refusals' : values.bounced === true ? 'bounces' : undefined;
    const call = { path: withQuery('/top', { ...span, by, order, limit }), doing: 'count', answer: topAnswer };
    const { value, raw } = await context.api.call(call);
    if (context.output.isJson) context.output.json(raw);
    else showTop(value, context);
    return 0;
  },
});

function showTop({ by, top, others }: TopAnswer, { output }: Context): void {
  output.table(TOLD_BY.includes(by) ? TOLD_COLUMNS : COLUMNS, top, 'Nothing was counted.');
  if (others.messages + others.refusals > 0) {
    output.footer(`and ${others.messages} messages, ${others.refusals} refusals of others`);
  }
}

async function showHours(
  span: Readonly<Record<string, string | undefined>>,
  { api, output }: Context,
): Promise<number> {
  const { value, raw } = await api.call({ path: withQuery('/counts', span), doing: 'count', answer: countsAnswer });
  if (output.isJson) output.json(raw);
  else output.table(HOUR_COLUMNS, value.counts, 'Nothing was counted.');
  return 0;
}
