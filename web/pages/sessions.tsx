/** Sessions that have ended, newest first; a list that follows. */
import type { EventAnswer } from '../../functions/admin/contract/answers/event-answer.ts';
import { useEvents } from '../client/use-events.ts';

import { refine } from '../client/view.ts';
import { linkTo } from '../core/address.ts';
import { clientOf, outcomeText, outcomeTone, textOf } from '../core/events.ts';
import { durationText, isSpan, SPANS } from '../core/words.ts';
import { Late } from '../parts/late.tsx';
import { Moment, Strange, Tag, Tick, Waiting, Wrong } from '../parts/small.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Live } from './live.tsx';
import { Messages } from './messages.tsx';
import { type SearchOptions, ServerAndTime } from './server-and-time.tsx';

const COLUMNS: readonly Column<EventAnswer>[] = [
  { key: 'at', heading: 'Ended', text: ({ at }) => at, cell: ({ at }) => <Moment at={at} /> },
  { key: 'server', heading: 'Server', text: ({ server }) => textOf(server), isWide: true },
  { key: 'client', heading: 'Client', text: (event) => clientOf(event).address },
  {
    key: 'helo',
    heading: 'HELO',
    text: (event) => clientOf(event).helo,
    cell: (event) => <Strange text={clientOf(event).helo} most={40} />,
    isWide: true,
  },
  { key: 'tls', heading: 'TLS', text: (event) => (clientOf(event).tls ? 'yes' : 'no'), isWide: true },
  {
    key: 'user',
    heading: 'User',
    text: ({ identity }) => textOf(identity),
    cell: ({ identity }) => <Strange text={textOf(identity)} most={60} />,
  },
  {
    key: 'outcome',
    heading: 'Outcome',
    text: outcomeText,
    cell: (event) => <Tag tone={outcomeTone(event)}>{outcomeText(event)}</Tag>,
  },
  {
    key: 'duration',
    heading: 'Duration',
    text: ({ durationMs }) => durationText(Number(durationMs)),
    order: ({ durationMs }) => Number(durationMs),
    isNumber: true,
    isWide: true,
  },
  { key: 'ending', heading: 'Ending', text: ({ ending }) => textOf(ending), isWide: true },
];

const LISTS = [
  ['ended', 'Sessions'],
  ['messages', 'Messages'],
  ['live', 'Under way'],
] as const;

export function Sessions({ query }: { readonly query: Readonly<Record<string, string>> }) {
  const { list = 'ended' } = query;
  return (
    <>
      <h1>Sessions</h1>
      <nav class="tabs" aria-label="Lists">
        {LISTS.map(([name, words]) => (
          <a
            key={name}
            href={linkTo(['sessions'], { server: query.server, list: name === 'ended' ? undefined : name })}
            aria-current={name === list ? 'page' : undefined}
          >
            {words}
          </a>
        ))}
      </nav>
      {list === 'messages' && <Messages query={query} />}
      {list === 'live' && <Live server={query.server} />}
      {list !== 'messages' && list !== 'live' && <SessionList query={query} />}
    </>
  );
}

function SessionList({ query }: { readonly query: Readonly<Record<string, string>> }) {
  const span = isSpan(query.span) ? query.span : '24h';
  const isFollowed = query.follow === '1';
  const sessions = useEvents({
    query: { type: 'session', server: query.server, address: query.client, identity: query.user },
    span,
    isFollowed,
  });
  return (
    <>
      <SessionSearch query={query} span={span} />
      <Wrong error={sessions.error} />
      <Waiting isOn={sessions.isLoading && sessions.value === undefined} />
      {sessions.value !== undefined && (
        <Table
          noun="session"
          rows={sessions.value}
          columns={COLUMNS}
          rowKey={({ id }) => textOf(id)}
          link={({ session }) => linkTo(['session', textOf(session)])}
          nothing={`No session has ended in the ${SPANS[span]}.`}
          more={sessions.hasMore ? sessions.loadMore : undefined}
          tools={
            <Tick label="Follow" isOn={isFollowed} onChange={(isOn) => refine({ follow: isOn ? '1' : undefined })} />
          }
        />
      )}
    </>
  );
}

function SessionSearch({ query, span }: SearchOptions) {
  return (
    <search class="search">
      <ServerAndTime query={query} span={span} />
      <Late
        label="Client address"
        value={query.client ?? ''}
        onDone={(client) => refine({ client, page: undefined })}
      />
      <Late label="User" value={query.user ?? ''} onDone={(user) => refine({ user, page: undefined })} />
    </search>
  );
}
