/** What a client would hear, and why: an envelope, or a typed dialogue; and whom another policy would have hit. */
import { useState } from 'preact/hooks';
import type { ExplainAnswer, ExplainedLine } from '../../functions/admin/contract/answers/explain-answer.ts';
import { scriptOf } from '../../functions/admin/contract/session-script.ts';
import { call } from '../client/api.ts';
import { path } from '../client/path.ts';
import { useServers } from '../client/servers.ts';
import { readTranscript } from '../client/transcript.ts';
import { useLoad } from '../client/use-load.ts';
import { go, refine } from '../client/view.ts';
import { linkTo } from '../core/address.ts';
import { replyTone } from '../core/events.ts';
import { type DialogueEntry, dialogueText, explainBody, type TriedForm } from '../core/try-it.ts';
import { Scroll } from '../parts/scroll.tsx';
import { Field, Strange, Tag, Tick, Waiting, Wrong } from '../parts/small.tsx';
import { ServerChoice } from './policy.tsx';
import { Replay } from './replay.tsx';

const MODES = [
  ['message', 'A message'],
  ['dialogue', 'A dialogue'],
  ['replay', 'Another policy'],
] as const;

interface TryOptions {
  readonly server: string | undefined;
  readonly query: Readonly<Record<string, string>>;
}

export function TryIt({ server, query }: TryOptions) {
  const servers = useServers();
  const shown = server ?? servers.value?.[0]?.server;
  const session = useLoad(query.session, (signal) => readTranscript(query.session ?? '', signal));
  const mode = query.mode ?? (query.session === undefined ? 'message' : 'dialogue');
  return (
    <>
      <div class="title">
        <h1>Try it</h1>
        <ServerChoice server={shown} onChange={(next) => go({ path: ['try', next], query })} />
      </div>
      <p class="quiet">
        Played on the machine that serves live sessions. Nothing is sent, recorded or counted; next hops are assumed to
        take all.
      </p>
      <Wrong error={servers.error ?? session.error} />
      {shown !== undefined && (
        <>
          <nav class="tabs" aria-label="What is tried">
            {MODES.map(([name, words]) => (
              <a
                key={name}
                href={linkTo(['try', shown], { ...query, mode: name })}
                aria-current={name === mode ? 'page' : undefined}
              >
                {words}
              </a>
            ))}
          </nav>
          {query.session !== undefined && <Waiting isOn={session.isLoading} />}
          {mode === 'replay' ? (
            <Replay key={shown} server={shown} />
          ) : (
            (query.session === undefined || session.value !== undefined) && (
              <Form
                key={`${mode} ${query.session}`}
                server={shown}
                mode={mode === 'dialogue' ? 'dialogue' : 'message'}
                first={firstForm(query, session.value)}
              />
            )
          )}
        </>
      )}
    </>
  );
}

function firstForm(
  query: Readonly<Record<string, string>>,
  transcript: Parameters<typeof scriptOf>[0] | undefined,
): TriedForm {
  const client = (transcript?.client ?? {}) as { readonly address?: string };
  return {
    from: query.from ?? '',
    to: query.to ?? '',
    client: query.client ?? client.address ?? '',
    user: query.user ?? transcript?.identity ?? '',
    tls: false,
    message: '',
    dialogue: transcript === undefined ? '' : dialogueText(scriptOf(transcript).dialogue as readonly DialogueEntry[]),
  };
}

interface FormOptions {
  readonly server: string;
  readonly mode: 'message' | 'dialogue';
  readonly first: TriedForm;
}

function Form({ server, mode, first }: FormOptions) {
  const [form, setForm] = useState(first);
  const [answer, setAnswer] = useState<ExplainAnswer>();
  const [error, setError] = useState<Error>();
  const set = (changes: Partial<TriedForm>): void => setForm({ ...form, ...changes });
  const play = async (event: Event): Promise<void> => {
    event.preventDefault();
    setError(undefined);
    // The address says what was asked, but for what is long.
    refine({ from: form.from, to: form.to, client: form.client, user: form.user });
    try {
      const { value } = await call<ExplainAnswer>({
        method: 'POST',
        path: path`/servers/${server}/explain`,
        body: explainBody(form, mode),
      });
      setAnswer(value);
    } catch (caught) {
      setAnswer(undefined);
      setError(caught as Error);
    }
  };
  return (
    <>
      <form class="card" aria-label="What is tried" onSubmit={(event) => void play(event)}>
        <div class="form">
          {mode === 'message' && (
            <>
              <Field label="From" hint="Empty is the null sender" value={form.from} onInput={(from) => set({ from })} />
              <Field label="To" hint="Recipients, with commas" value={form.to} onInput={(to) => set({ to })} />
            </>
          )}
          <Field
            label="Client address"
            hint="Empty is 192.0.2.1, which is no one's"
            value={form.client}
            onInput={(client) => set({ client })}
          />
          <Field label="User" hint="Has logged in, under TLS" value={form.user} onInput={(user) => set({ user })} />
          <Tick label="TLS from the first octet" isOn={form.tls} onChange={(tls) => set({ tls })} />
        </div>
        {mode === 'message' ? (
          <Field
            label="Message, if its content is to be judged"
            hint="Header, an empty line, body"
            rows={8}
            isCode
            value={form.message}
            onInput={(message) => set({ message })}
          />
        ) : (
          <Field
            label="What the client sends, a line each"
            hint="EHLO, MAIL FROM:<…>, RCPT TO:<…>, DATA, content, a dot, QUIT"
            rows={12}
            isCode
            value={form.dialogue}
            onInput={(dialogue) => set({ dialogue })}
          />
        )}
        <div class="actions">
          <button type="submit" class="main">
            What would it hear?
          </button>
        </div>
      </form>
      <Wrong error={error} />
      <div aria-live="polite">{answer !== undefined && <Explanation answer={answer} />}</div>
    </>
  );
}

function Explanation({ answer }: { readonly answer: ExplainAnswer }) {
  const { greeting, lines, policyVersion, isClosed, isComplete, problems, client, identity } = answer;
  return (
    <section aria-label="What it would hear">
      <h2>What it would hear</h2>
      <p class="quiet">
        Policy {policyVersion}; client {client.address}
        {client.tls ? ' under TLS' : ''}
        {identity === undefined ? (
          ''
        ) : (
          <>
            , user <Strange text={identity} />
          </>
        )}
        {isClosed ? '; the connection is closed' : ''}
        {isComplete ? '' : '; time ran out before the last line'}
      </p>
      {problems.map(({ item, problem }) => (
        <p key={item} class="problem">
          <Strange text={item} /> is not in force: <Strange text={problem} />
        </p>
      ))}
      <Scroll label="Replies">
        <table class="transcript">
          <thead>
            <tr>
              <th scope="col">Line</th>
              <th scope="col">Reply</th>
              <th scope="col">Rule</th>
              <th scope="col">Next hop</th>
            </tr>
          </thead>
          <tbody>
            {[greeting, ...lines].map((line, index) => (
              <Line key={index} line={line} />
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function Line({
  line: { line, reply, rule, limit, octets, nextHop, notes = [], reportOnly = [], screen },
}: {
  readonly line: ExplainedLine;
}) {
  return (
    <tr>
      <td class="code">
        <Strange text={line} />
      </td>
      <td class={`code reply ${replyTone(reply)}`}>
        {(reply ?? '').split('\n').map((each) => (
          <div key={each}>
            <Strange text={each} />
          </div>
        ))}
        {notes.map((note) => (
          <div key={note} class="quiet">
            <Strange text={note} />
          </div>
        ))}
        {screen?.matches.map((match) => (
          <div key={match.rule}>
            <Tag tone="warn">{match.action}</Tag> <Strange text={match.facts.join('; ')} />
          </div>
        ))}
      </td>
      <td>
        <Strange text={rule ?? ''} />
        {limit === undefined ? (
          ''
        ) : (
          <div class="quiet">
            {octets} of {limit} octets
          </div>
        )}
        {reportOnly.map((each) => (
          <div key={each} class="quiet">
            only reported: <Strange text={each} />
          </div>
        ))}
      </td>
      <td>
        <Strange text={nextHop ?? ''} />
      </td>
    </tr>
  );
}
