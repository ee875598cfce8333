/** One held message: envelope, why it is held, structure, and its content as text; never as HTML. */
import { useState } from 'preact/hooks';
import type { HeldAnswer } from '../../functions/admin/contract/answers/held-answer.ts';
import { octets } from '../client/api.ts';
import { saveOrTell, tell } from '../client/edit.ts';
import { path } from '../client/path.ts';
import { useAnswer } from '../client/use-load.ts';
import { linkTo } from '../core/address.ts';
import { whoText } from '../core/events.ts';
import { contentText, factsText, partRows } from '../core/held.ts';
import { counted, octetsText } from '../core/words.ts';
import { confirm } from '../parts/dialog.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Copy, Facts, Moment, Strange, Tag, Tick, Waiting, Wrong } from '../parts/small.tsx';

export function HeldMessage({ server, id }: { readonly server: string; readonly id: string }) {
  const { value, error, isLoading } = useAnswer<HeldAnswer>(path`/servers/${server}/held/${id}`);
  return (
    <>
      <h1>
        Held message <bdi>{id}</bdi> <Copy text={id} what="the message's id" />
      </h1>
      <Wrong error={error} />
      <Waiting isOn={isLoading && value === undefined} />
      {value !== undefined && <Shown held={value.value} />}
    </>
  );
}

function Shown({ held }: { readonly held: HeldAnswer }) {
  const { server, state, at, expiresAt, session, client, identity, sender, rule, screen, sha256 } = held;
  return (
    <>
      <Facts
        facts={[
          ['State', <State key="state" held={held} />],
          ['Held', <Moment key="at" at={at} />],
          ['Expires', <Moment key="expires" at={expiresAt} />],
          ['From', <Strange key="from" text={sender === '' ? '<>' : sender} />],
          ['Client', <Strange key="client" text={`${client.address}, said ${client.helo ?? 'no name'}`} />],
          ['User', identity === undefined ? undefined : <Strange key="user" text={identity} />],
          ['Rule', <Strange key="rule" text={rule} />],
          ['Because of', <Strange key="facts" text={factsText(held)} />],
          ['Size', octetsText(held.octets)],
          [
            'SHA-256',
            <span key="sha" class="code">
              {sha256}
            </span>,
          ],
          [
            'Session',
            <a key="session" href={linkTo(['session', session])}>
              {session}
            </a>,
          ],
        ]}
      />
      {state === 'held' ? <Decide held={held} /> : <Recipients held={held} />}
      <h2>Structure</h2>
      {screen.structure.map(({ flag, reason }) => (
        <p key={`${flag} ${reason}`}>
          <Tag tone="warn">{flag}</Tag> <Strange text={reason} />
        </p>
      ))}
      <Parts held={held} />
      <h2>Content</h2>
      <Content key={server} held={held} />
    </>
  );
}

function State({ held: { state, decidedBy, decidedAt, reason, tries, nextTryAt } }: { readonly held: HeldAnswer }) {
  return (
    <>
      {state}
      {decidedBy !== undefined && (
        <>
          {' '}
          by <Strange text={whoText(decidedBy)} /> <Moment at={decidedAt} />
        </>
      )}
      {reason !== undefined && (
        <>
          ; <Strange text={reason} />
        </>
      )}
      {tries !== undefined && `; ${counted(tries, 'try', 'tries')}`}
      {nextTryAt !== undefined && (
        <>
          , next <Moment at={nextTryAt} />
        </>
      )}
    </>
  );
}

function Recipients({ held: { recipients, deliveredTo = [] } }: { readonly held: HeldAnswer }) {
  return (
    <ul>
      {recipients.map(({ address, nextHop }) => (
        <li key={address}>
          <Strange text={address} /> by <Strange text={nextHop} />
          {deliveredTo.includes(address) ? ', delivered' : ''}
        </li>
      ))}
    </ul>
  );
}

function Decide({ held: { server, id, recipients, sender } }: { readonly held: HeldAnswer }) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const wanted = recipients.map(({ address }) => address).filter((address) => !left.has(address));
  const release = (): void => {
    const body = left.size === 0 ? {} : { recipients: wanted };
    const what = `Released ${id} to ${wanted.join(', ')}; a task hands it on within seconds`;
    void saveOrTell({ what, method: 'POST', path: path`/servers/${server}/held/${id}/release`, body });
  };
  const deny = async (): Promise<void> => {
    const lines = [`${id}: <${sender}> to ${recipients.map(({ address }) => address).join(', ')}`];
    if (!(await confirm({ title: 'Deny this message? It goes nowhere.', lines, action: 'Deny' }))) return;
    await saveOrTell({ what: `Denied ${id}`, method: 'POST', path: path`/servers/${server}/held/${id}/deny` });
  };
  return (
    <fieldset class="card">
      <legend>Release to</legend>
      {recipients.map(({ address, nextHop }) => (
        <div key={address}>
          <Tick
            label={`${address} by ${nextHop}`}
            isOn={!left.has(address)}
            onChange={(isOn) =>
              setLeft(new Set([...[...left].filter((each) => each !== address), ...(isOn ? [] : [address])]))
            }
          />
        </div>
      ))}
      <div class="actions">
        <button type="button" class="main" disabled={wanted.length === 0} onClick={release}>
          Release to {counted(wanted.length, 'recipient')}
        </button>
        <button type="button" class="danger" onClick={() => void deny()}>
          Deny
        </button>
      </div>
    </fieldset>
  );
}

function Parts({ held }: { readonly held: HeldAnswer }) {
  const rows = partRows(held);
  if (rows.length === 0) return <p class="nothing">No part was seen.</p>;
  return (
    <Scroll label="Parts of the message">
      <table>
        <thead>
          <tr>
            <th scope="col">Part</th>
            <th scope="col">Names</th>
            <th scope="col">Types, by label and content</th>
            <th scope="col">Size</th>
            <th scope="col">Inside</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ names, types, size, inside, isAttachment }, index) => (
            <tr key={index}>
              <td>
                {index + 1}
                {isAttachment ? ', attachment' : ''}
              </td>
              <td>
                <Strange text={names} />
              </td>
              <td>
                <Strange text={types} />
              </td>
              <td>{size}</td>
              <td>
                <Strange text={inside} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {held.screen.partsOmitted !== undefined && <p>{counted(held.screen.partsOmitted, 'further part')}.</p>}
    </Scroll>
  );
}

/** Octets that are shown as text; the whole is a download. */
const SHOWN_OCTETS = 65_536;
/** Octets of one answer, the most that the API gives. */
const PART_OCTETS = 4_194_304;

function Content({ held: { server, id, octets: size, state } }: { readonly held: HeldAnswer }) {
  const [text, setText] = useState<string>();
  const at = path`/servers/${server}/held/${id}/content`;
  const show = async (): Promise<void> => {
    try {
      setText(contentText(await octets({ path: at, headers: { range: `bytes=0-${SHOWN_OCTETS - 1}` } })));
    } catch (error) {
      tell((error as Error).message, 'bad');
    }
  };
  const download = async (): Promise<void> => {
    try {
      const parts: Uint8Array<ArrayBuffer>[] = [];
      for (let first = 0; first < size; first += PART_OCTETS) {
        parts.push(await octets({ path: at, headers: { range: `bytes=${first}-${first + PART_OCTETS - 1}` } }));
      }
      keep(new Blob(parts, { type: 'application/octet-stream' }), `${id.replace(/[^A-Za-z0-9._-]/g, '_')}.eml`);
    } catch (error) {
      tell((error as Error).message, 'bad');
    }
  };
  return (
    <>
      <p class="quiet">
        Whoever looks at it is recorded, with time and name{state === 'expired' ? '' : '; it is shown as text alone'}.
      </p>
      <div class="actions">
        <button type="button" onClick={() => void show()}>
          Show as text
        </button>
        <button type="button" onClick={() => void download()}>
          Download
        </button>
      </div>
      {text !== undefined && (
        <Scroll label="Content as text">
          <pre>
            {text}
            {size > SHOWN_OCTETS && `\n… ${octetsText(size - SHOWN_OCTETS)} more; download it to see them`}
          </pre>
        </Scroll>
      )}
    </>
  );
}

function keep(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
