/** One session: who, TLS, each command with its reply, rule and time; what it would hear today. */
import { useState } from 'preact/hooks';
import type { EventAnswer, Transcript } from '../../functions/admin/contract/answers/event-answer.ts';
import type { ExplainAnswer } from '../../functions/admin/contract/answers/explain-answer.ts';
import {
  commandText,
  playSession,
  replyText,
  type SessionScript,
} from '../../functions/admin/contract/session-script.ts';
import { announce } from '../client/announce.ts';
import { call } from '../client/api.ts';
import { path } from '../client/path.ts';
import { readTranscript } from '../client/transcript.ts';
import { useLoad } from '../client/use-load.ts';
import { linkTo } from '../core/address.ts';
import { eventText, listOf, membersOf, replyTone, textOf, verdictTone } from '../core/events.ts';
import { loginText, type TranscriptRow, transcriptRows } from '../core/transcript.ts';
import { counted, durationText, octetsText } from '../core/words.ts';
import { Scroll } from '../parts/scroll.tsx';
import { Copy, Facts, Moment, Strange, Tag, Waiting, Wrong } from '../parts/small.tsx';

interface Explained {
  readonly script: SessionScript;
  readonly answer: ExplainAnswer;
}

export function Session({ id }: { readonly id: string }) {
  const { value, error, isLoading } = useLoad(id, (signal) => readTranscript(id, signal));
  return (
    <>
      <h1>
        Session <bdi>{value?.session ?? id}</bdi> <Copy text={value?.session ?? id} what="the session's id" />
      </h1>
      <Wrong error={error} />
      <Waiting isOn={isLoading && value === undefined} />
      {value !== undefined && <Shown transcript={value} />}
    </>
  );
}

function Shown({ transcript }: { readonly transcript: Transcript }) {
  const [explained, setExplained] = useState<Explained>();
  const [error, setError] = useState<Error>();
  const { session, server, identity, startedAt, endedAt, ending, policyVersions, commandsOmitted } = transcript;
  const client = membersOf(transcript.client);
  const rows = transcriptRows(transcript, explained);
  const explain = async (): Promise<void> => {
    setError(undefined);
    try {
      const { script, answered } = await playSession(transcript, (body) =>
        call<ExplainAnswer>({ method: 'POST', path: path`/servers/${server}/explain`, body }),
      );
      const answer = answered.value;
      setExplained({ script, answer });
      const differing = transcriptRows(transcript, { script, answer }).filter(
        ({ today }) => today?.differs === true,
      ).length;
      announce(
        differing === 0
          ? 'Each reply has the code it had then'
          : `${counted(differing, 'reply', 'replies')} would differ`,
      );
    } catch (caught) {
      setError(caught as Error);
    }
  };
  return (
    <>
      <Facts
        facts={[
          [
            'Server',
            <a key="server" href={linkTo(['policy', server])}>
              {server}
            </a>,
          ],
          ['Client', <Client key="client" client={client} />],
          ['TLS', client.tls === true ? 'yes' : 'no'],
          [
            'User',
            identity === undefined ? undefined : (
              <a key="user" href={linkTo(['users', identity])}>
                <Strange text={identity} />
              </a>
            ),
          ],
          ['Login', <Strange key="login" text={loginText(transcript)} />],
          ['Started', <Moment key="started" at={startedAt} />],
          [
            'Ended',
            endedAt === undefined ? (
              'not yet'
            ) : (
              <>
                <Moment at={endedAt} />, {ending}, after {durationText(Date.parse(endedAt) - Date.parse(startedAt))}
              </>
            ),
          ],
          ['Policy version', policyVersions.join(', ')],
        ]}
      />
      <div class="actions">
        <button type="button" class="main" onClick={() => void explain()}>
          Explain under today's policy
        </button>
        <a class="button" href={linkTo(['try', server], { session })}>
          Replay in Try it
        </a>
      </div>
      <Wrong error={error} />
      {explained !== undefined && <Difference rows={rows} answer={explained.answer} />}
      <Commands rows={rows} startedAt={startedAt} isExplained={explained !== undefined} />
      {commandsOmitted !== undefined && <p>{counted(commandsOmitted, 'further command')} not recorded.</p>}
      <Told events={transcript.events} />
    </>
  );
}

function Client({ client }: { readonly client: Readonly<Record<string, unknown>> }) {
  const address = textOf(client.address);
  return (
    <>
      <a href={linkTo(['sessions'], { client: address })}>{address}</a> port {textOf(client.port)},{' '}
      {client.helo === undefined ? (
        'said no name'
      ) : (
        <>
          said <Strange text={textOf(client.helo)} />
        </>
      )}{' '}
      <Copy text={address} what="the client's address" />
    </>
  );
}

function Difference({ rows, answer }: { readonly rows: readonly TranscriptRow[]; readonly answer: ExplainAnswer }) {
  const differing = rows.filter(({ today }) => today?.differs === true).length;
  return (
    <div class="card">
      <p>
        Under the policy in force ({answer.policyVersion}){' '}
        {differing === 0
          ? 'each reply has the code it had then.'
          : `${counted(differing, 'reply', 'replies')} of ${rows.length} would differ.`}
      </p>
      <p class="quiet">
        Content is not recorded: a short message stands in its place. Next hops are assumed to take all. AUTH is not
        played again; the user is taken to have logged in.
      </p>
    </div>
  );
}

interface CommandsOptions {
  readonly rows: readonly TranscriptRow[];
  readonly startedAt: string;
  readonly isExplained: boolean;
}

function Commands({ rows, startedAt, isExplained }: CommandsOptions) {
  if (rows.length === 0)
    return <p class="nothing">Its commands are recorded when a transaction or the session ends.</p>;
  return (
    <Scroll label="Commands">
      <table class="transcript">
        <caption class="unseen">Commands and replies</caption>
        <thead>
          <tr>
            <th scope="col" class="wide">
              After
            </th>
            <th scope="col">Command</th>
            <th scope="col" class="number wide">
              Octets
            </th>
            <th scope="col">Reply</th>
            <th scope="col">Rule</th>
            {isExplained && <th scope="col">Today</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, command, rule, today }) => (
            <tr key={key} class={command.verb === 'AUTH' && command.reply === 235 ? 'login' : undefined}>
              <td class="wide number">
                {command.at === undefined ? (
                  ''
                ) : (
                  <span title={command.at}>
                    {durationText(Math.max(0, Date.parse(command.at) - Date.parse(startedAt)))}
                  </span>
                )}
              </td>
              <td class={`code${command.line === undefined || command.line === '.' ? ' quiet' : ''}`}>
                <Strange text={commandText(command)} />
              </td>
              <td class="number wide" title={octetsText(command.octets)}>
                {command.octets}
              </td>
              <td class={`code reply ${replyTone(command.reply)}`}>
                <Strange text={replyText(command)} />
              </td>
              <td>
                <Strange text={rule} />
              </td>
              {isExplained && (
                <td class={`code${today?.differs === true ? ' differs' : ' quiet'}`}>
                  {today?.differs === true && <b>differs: </b>}
                  <Strange text={today?.reply ?? ''} />
                  {today?.rule === '' || today === undefined ? (
                    ''
                  ) : (
                    <>
                      {' '}
                      <span class="quiet">
                        by <Strange text={today.rule} />
                      </span>
                    </>
                  )}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** Events that are not plain from the commands. */
function Told({ events }: { readonly events: readonly EventAnswer[] }) {
  const shown = events.filter(
    ({ type, reportOnly }) => ['login', 'limit', 'transaction'].includes(type) || reportOnly === true,
  );
  if (shown.length === 0) return null;
  return (
    <section aria-label="What came of it">
      <h2>What came of it</h2>
      <ul class="events">
        {shown.map((event) => (
          <li key={textOf(event.id)}>
            <Moment at={event.at} />{' '}
            <Tag tone={event.verdict === undefined ? 'bad' : verdictTone(event.verdict)}>
              {textOf(event.verdict ?? event.type)}
            </Tag>{' '}
            <Strange text={eventText(event)} />
            {event.type === 'transaction' && <Message event={event} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Message({ event }: { readonly event: EventAnswer }) {
  const id = textOf(event.transaction);
  return (
    <>
      {' '}
      <span class="quiet">
        id <bdi>{id}</bdi>
      </span>{' '}
      <Copy text={id} what="the message's id" />
      {event.verdict === 'held' && (
        <>
          {' '}
          <a href={linkTo(['held', textOf(event.server), id])}>look at it</a>
        </>
      )}
      <ul>
        {listOf(event.recipients).map((recipient) => (
          <li key={textOf(recipient.address)}>
            <Strange text={textOf(recipient.address)} />: {textOf(recipient.outcome ?? recipient.reply)} by{' '}
            <Strange text={textOf(recipient.rule)} />
            {recipient.nextHop === undefined ? (
              ''
            ) : (
              <>
                , next hop <Strange text={textOf(recipient.nextHop)} />
              </>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
