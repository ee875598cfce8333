/** Whom another policy would have hit: recorded sessions under a document that no one has saved. */
import { useState } from 'preact/hooks';
import type { PolicyAnswer } from '../../functions/admin/contract/answers/policy-document.ts';
import type { ReplayAnswer, ShownOutcome } from '../../functions/admin/contract/answers/replay-answer.ts';
import { call } from '../client/api.ts';
import { path } from '../client/path.ts';
import { useAnswer } from '../client/use-load.ts';
import { linkTo } from '../core/address.ts';
import { counted, isSpan, SPANS, type Span, startOf } from '../core/words.ts';
import { Choice, Field, Moment, Strange, Waiting, Wrong } from '../parts/small.tsx';

export function Replay({ server }: { readonly server: string }) {
  const { value, error, isLoading } = useAnswer<PolicyAnswer>(path`/servers/${server}/policy`);
  return (
    <>
      <Wrong error={error} />
      <Waiting isOn={isLoading && value === undefined} />
      {value !== undefined && <ReplayForm server={server} policy={value.value} />}
    </>
  );
}

interface FormOptions {
  readonly server: string;
  readonly policy: PolicyAnswer;
}

function ReplayForm({ server, policy }: FormOptions) {
  const { problems: _problems, policyVersion: _version, itemsVersion: _items, server: _server, ...document } = policy;
  const [text, setText] = useState(JSON.stringify(document, undefined, 2));
  const [span, setSpan] = useState<Span>('24h');
  const [answer, setAnswer] = useState<ReplayAnswer>();
  const [error, setError] = useState<Error>();
  const [isPlaying, setPlaying] = useState(false);
  const play = async (event: Event): Promise<void> => {
    event.preventDefault();
    setError(undefined);
    setPlaying(true);
    try {
      setAnswer(await replayAll(server, text, span));
    } catch (caught) {
      setAnswer(undefined);
      setError(caught as Error);
    } finally {
      setPlaying(false);
    }
  };
  return (
    <>
      <form class="card" aria-label="Another policy" onSubmit={(event) => void play(event)}>
        <Field label="Policy document: change what you mean to try" rows={16} isCode value={text} onInput={setText} />
        <div class="form">
          <Choice
            label="Sessions of the"
            value={span}
            choices={Object.entries(SPANS)}
            onChange={(next) => isSpan(next) && setSpan(next)}
          />
        </div>
        <div class="actions">
          <button type="submit" class="main" disabled={isPlaying}>
            Whom would it have hit?
          </button>
        </div>
      </form>
      <Wrong error={error} />
      <Waiting isOn={isPlaying} />
      <div aria-live="polite">{answer !== undefined && <Hit answer={answer} />}</div>
    </>
  );
}

async function replayAll(server: string, text: string, span: Span): Promise<ReplayAnswer> {
  const policy: unknown = parsed(text);
  const body = { policy, since: startOf(span, Date.now()) };
  const read = async (next?: string): Promise<ReplayAnswer> => {
    const asked = next === undefined ? body : { ...body, next };
    return (await call<ReplayAnswer>({ method: 'POST', path: path`/servers/${server}/replay`, body: asked })).value;
  };
  let whole = await read();
  for (let { next } = whole; next !== undefined; ) {
    const part = await read(next);
    whole = {
      ...whole,
      scanned: whole.scanned + part.scanned,
      differentAlready: whole.differentAlready + part.differentAlready,
      sessions: [...whole.sessions, ...part.sessions],
      notReplayed: [...whole.notReplayed, ...part.notReplayed],
    };
    next = part.next;
  }
  return whole;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`The document is not JSON: ${(error as Error).message}`);
  }
}

function Hit({ answer: { sessions, scanned, differentAlready, notReplayed } }: { readonly answer: ReplayAnswer }) {
  return (
    <section aria-label="Whom it would have hit">
      <h2>
        {counted(sessions.length, 'session')} of {scanned} would have come out differently
      </h2>
      {differentAlready > 0 && (
        <p class="quiet">{counted(differentAlready, 'session')} would under the policy in force too.</p>
      )}
      {notReplayed.length > 0 && <p class="quiet">{counted(notReplayed.length, 'session')} could not be played.</p>}
      <ul class="events">
        {sessions.map(({ session, at, client, identity, differences }) => (
          <li key={session}>
            <Moment at={at} /> <a href={linkTo(['session', session])}>{session}</a> {client}{' '}
            <Strange text={identity ?? ''} />
            <ul>
              {differences.map((difference, index) => (
                <li key={index}>
                  <span class="code">
                    <Strange text={difference.line} />
                  </span>
                  : <Strange text={outcome(difference.before)} /> →{' '}
                  <b>
                    <Strange text={outcome(difference.after)} />
                  </b>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  );
}

function outcome({ reply, rule, unknown }: ShownOutcome): string {
  return `${reply ?? unknown ?? 'no reply'}${rule === undefined ? '' : ` by ${rule}`}`;
}
