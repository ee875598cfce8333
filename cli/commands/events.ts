import type { EventAnswer } from '../api/answers.ts';
import { noMore } from '../arguments.ts';
import { UsageError } from '../cli-error.ts';
import { collect } from '../collect.ts';
import { defineCommand } from '../command.ts';
import { eventsOf, followEvents } from '../follow.ts';
import type { Column } from '../output/table.ts';
import { showFollowed } from './event-list.ts';
import { EVENT_OPTIONS, EVENT_OPTIONS_HELP, eventLimit, eventQuery } from './event-options.ts';
import { addressOf, detailOf } from './event-text.ts';

const COLUMNS: readonly Column<EventAnswer>[] = [
  { heading: 'TIME', cell: ({ at }) => at },
  { heading: 'SERVER', cell: ({ server }) => server },
  { heading: 'TYPE', cell: ({ type }) => type },
  { heading: 'SESSION', cell: ({ session }) => session },
  { heading: 'CLIENT', cell: addressOf },
  { heading: 'IDENTITY', cell: ({ identity, username }) => identity ?? username },
  { heading: 'WHAT', cell: detailOf, mayBeCut: true },
];

export const eventsCommand = defineCommand({
  name: 'events',
  summary: 'what happened: transactions, logins, refusals, limits, changes of policy',
  help: `Usage: npm run postern -- events [SERVER] [OPTION...]

Shows events, newest first. SERVER '*' has those that concern all servers, such as changes of users.

  --type TYPE       one or more, with commas, of session, transaction, refusal, login, limit, policy-invalid,
                    policy-changed
  --session ID      of one session (--session=ID where it begins with a dash)
${EVENT_OPTIONS_HELP}
  npm run postern -- events inbound --type refusal --since 2h
`,
  options: { ...EVENT_OPTIONS, type: { type: 'string' }, session: { type: 'string' } },
  run: async ({ values, words: [server, ...rest] }, context) => {
    noMore(rest);
    const { type, session, follow } = values;
    const query = { ...eventQuery(values, context.nowMs()), server, type, session };
    const limit = eventLimit(values);
    if (follow === true) {
      if (values.until !== undefined) throw new UsageError('--follow takes no --until');
      return showFollowed(COLUMNS, followEvents(context, query), context);
    }
    const events = await collect(eventsOf(context, query, limit), limit);
    if (context.output.isJson) for (const event of events) context.output.jsonLine(event);
    else context.output.table(COLUMNS, events, 'There is no such event.');
    return 0;
  },
});
