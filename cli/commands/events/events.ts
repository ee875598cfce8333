import type { EventAnswer } from '../../../functions/admin/contract/answers/event-answer.ts';
import { noMore, sessionIdIn } from '../../arguments.ts';
import { UsageError } from '../../cli-error.ts';
import { defineCommand } from '../../command.ts';
import { eventsOf, followEvents } from '../../follow.ts';
import type { Column } from '../../output/table.ts';
import { onlyRefused, REFUSED_TYPES } from '../../refused.ts';
import { showFirst } from '../../shown-list.ts';
import { showFollowed } from './event-list.ts';
import { EVENT_OPTIONS, EVENT_OPTIONS_HELP, eventLimit, eventQuery } from './event-options.ts';
import { addressOf, detailOf, styleOf } from './event-text.ts';

const COLUMNS: readonly Column<EventAnswer>[] = [
  { heading: 'TIME', cell: ({ at }) => at, kind: 'time' },
  { heading: 'SERVER', cell: ({ server }) => server, leaveOut: 3 },
  { heading: 'TYPE', cell: ({ type }) => type, leaveOut: 4 },
  { heading: 'SESSION', cell: ({ session }) => session },
  { heading: 'CLIENT', cell: addressOf, leaveOut: 1 },
  { heading: 'USER', cell: ({ identity, username }) => identity ?? username, leaveOut: 2 },
  { heading: 'WHAT', cell: detailOf, mayBeCut: true, isNews: true, style: styleOf },
];

export const eventsCommand = defineCommand({
  name: 'events',
  help: `Usage: postern events [SERVER] [OPTION...]

Shows events, newest first. SERVER '*' has those that concern all servers, such as changes of users.

  --type TYPE       one or more, with commas, of session, transaction, refusal, login, limit, policy-invalid,
                    policy-changed, held, delivery, next-hop, certificate, probe
  --session ID      of one session, or the id that a client hears with 250 (--session=ID where it begins with a dash)
${EVENT_OPTIONS_HELP}
  postern events inbound --type refusal --since 2h
`,
  places: [['SERVER']],
  options: { ...EVENT_OPTIONS, type: { type: 'string' }, session: { type: 'string' } },
  run: async ({ values, words: [server, ...rest] }, context) => {
    noMore(rest);
    const session = values.session === undefined ? undefined : sessionIdIn(values.session);
    if (session === undefined && values.session !== undefined) {
      throw new UsageError(`--session is "${values.session}" where the id of a session is expected, 12 characters`);
    }
    const type = values.type ?? (values.refused === true ? REFUSED_TYPES : undefined);
    const query = { ...eventQuery(values, context.clock()), server, type, session };
    const chosen = values.refused === true ? onlyRefused : (events: AsyncGenerator<EventAnswer>) => events;
    if (values.follow === true) return showFollowed(COLUMNS, chosen(followEvents(context, query)), context);
    const limit = eventLimit(values);
    const entries = chosen(eventsOf(context, query, values.refused === true ? undefined : limit));
    await showFirst({ columns: COLUMNS, entries, limit, nothing: 'There is no such event.' }, context);
    return 0;
  },
});
