/** Sessions under way, as tasks tell of them while somebody looks; and the end of one, or of a user's. */
import { useEffect, useState } from 'preact/hooks';
import type { LiveAnswer, LiveSessionAnswer } from '../../functions/admin/contract/answers/live-answer.ts';
import { call } from '../client/api.ts';
import { saveOrTell } from '../client/edit.ts';
import { FOLLOW_MS } from '../client/follow.ts';
import { path, withQuery } from '../client/path.ts';
import { textOf } from '../core/events.ts';
import { durationText } from '../core/words.ts';
import { confirm } from '../parts/dialog.tsx';
import { Moment, Strange, Waiting, Wrong } from '../parts/small.tsx';
import { type Column, Table } from '../parts/table.tsx';

/** Seconds that the first question waits for the beat of tasks. */
const WAIT_SECONDS = 6;

const COLUMNS: readonly Column<LiveSessionAnswer>[] = [
  {
    key: 'startedAt',
    heading: 'For',
    text: ({ startedAt }) => startedAt,
    cell: ({ startedAt }) => (
      <span title={startedAt}>{durationText(Math.max(0, Date.now() - Date.parse(startedAt)))}</span>
    ),
  },
  { key: 'server', heading: 'Server', text: ({ server }) => server },
  { key: 'client', heading: 'Client', text: ({ client }) => client.address },
  {
    key: 'helo',
    heading: 'HELO',
    text: ({ client }) => textOf(client.helo),
    cell: ({ client }) => <Strange text={textOf(client.helo)} most={40} />,
    isWide: true,
  },
  { key: 'tls', heading: 'TLS', text: ({ client }) => (client.tls ? 'yes' : 'no'), isWide: true },
  {
    key: 'user',
    heading: 'User',
    text: ({ identity }) => textOf(identity),
    cell: ({ identity }) => <Strange text={textOf(identity)} most={60} />,
  },
  { key: 'state', heading: 'State', text: ({ state }) => state },
  {
    key: 'transactions',
    heading: 'Transactions',
    text: ({ transactions }) => `${transactions}`,
    order: ({ transactions }) => transactions,
    isNumber: true,
    isWide: true,
  },
  {
    key: 'end',
    heading: '',
    text: () => '',
    cell: (session) => (
      <button
        type="button"
        class="danger"
        aria-label={`End session ${session.session}`}
        onClick={() => void end(session)}
      >
        End
      </button>
    ),
  },
];

export function Live({ server }: { readonly server: string | undefined }) {
  const [answer, setAnswer] = useState<LiveAnswer>();
  const [error, setError] = useState<Error>();
  useEffect(() => {
    const control = new AbortController();
    void follow(server, control.signal, setAnswer, setError);
    return () => control.abort();
  }, [server]);
  return (
    <>
      <Wrong error={error} />
      <Waiting isOn={answer === undefined && error === undefined} />
      {answer !== undefined && (
        <>
          <Table
            noun="session"
            rows={answer.sessions}
            columns={COLUMNS}
            rowKey={({ session }) => session}
            nothing={answer.tasks === 0 ? 'No task has told of its sessions.' : 'No session is under way.'}
          />
          {answer.asOf !== undefined && (
            <p class="quiet">
              As of <Moment at={answer.asOf} />: tasks tell every 5 seconds.
            </p>
          )}
        </>
      )}
    </>
  );
}

async function follow(
  server: string | undefined,
  signal: AbortSignal,
  show: (answer: LiveAnswer) => void,
  fail: (error: Error | undefined) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { value } = await call<LiveAnswer>({ path: withQuery('/live', { server, wait: WAIT_SECONDS }), signal });
      show(value);
      fail(undefined);
    } catch (error) {
      if (signal.aborted) return;
      fail(error as Error);
    }
    await new Promise((resolve) => setTimeout(resolve, FOLLOW_MS));
  }
}

async function end({ server, session, client, identity }: LiveSessionAnswer): Promise<void> {
  const isYes = await confirm({
    title: 'End this session?',
    lines: [
      `${session} of ${client.address}${identity === undefined ? '' : `, ${identity}`}: whatever is under way in it hears 421`,
    ],
    action: 'End it',
  });
  if (!isYes) return;
  const at = withQuery(path`/live/${session}`, { server });
  await saveOrTell({ what: `Session ${session} is ended within 5 seconds`, method: 'DELETE', path: at });
}
