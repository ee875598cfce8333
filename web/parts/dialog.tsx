/** Questions before something is done that cannot be taken back, and between two who edit. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { type Conflict, conflict } from '../client/edit.ts';
import { createStore, useStore } from '../client/store.ts';
import { differencesOf } from '../core/differences.ts';
import { whoText } from '../core/events.ts';
import { Moment, Strange } from './small.tsx';

interface DialogOptions {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Dialog({ title, onClose, children }: DialogOptions) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

export interface Question {
  readonly title: string;
  /** Names what goes, line by line. */
  readonly lines: readonly string[];
  /** The word on the button that does it. */
  readonly action: string;
}

interface AskedQuestion extends Question {
  readonly answer: (isYes: boolean) => void;
}

const question = createStore<AskedQuestion | undefined>(undefined);

/** Asks before something is done; true for yes. */
export function confirm(asked: Question): Promise<boolean> {
  return new Promise((answer) => question.set({ ...asked, answer }));
}

/** Names that a question shows before it only counts them. */
const MOST_LINES = 12;

export function QuestionDialog() {
  const asked = useStore(question);
  if (asked === undefined) return null;
  const close = (isYes: boolean): void => {
    question.set(undefined);
    asked.answer(isYes);
  };
  const left = asked.lines.length - MOST_LINES;
  return (
    <Dialog title={asked.title} onClose={() => close(false)}>
      <ul>
        {asked.lines.slice(0, MOST_LINES).map((line) => (
          <li key={line}>
            <Strange text={line} />
          </li>
        ))}
        {left > 0 && <li>and {left} more</li>}
      </ul>
      <div class="actions">
        <button type="button" onClick={() => close(false)}>
          Cancel
        </button>
        <button type="button" class="danger" onClick={() => close(true)}>
          {asked.action}
        </button>
      </div>
    </Dialog>
  );
}

export function ConflictDialog() {
  const found = useStore(conflict);
  return found === undefined ? null : <OpenConflict found={found} />;
}

function OpenConflict({ found: { change, theirs, choose } }: { readonly found: Conflict }) {
  const [isShown, setShown] = useState(false);
  const { value } = theirs;
  const given = (value?.given ?? value) as Readonly<Record<string, unknown>> | undefined;
  const mine = change.body as Readonly<Record<string, unknown>> | undefined;
  return (
    <Dialog title="Changed meanwhile" onClose={() => choose('theirs')}>
      <p>
        {value === undefined ? 'It was removed meanwhile.' : <Changer value={value} />} Your change was not made:{' '}
        <Strange text={change.what} />.
      </p>
      {isShown && (
        <table>
          <thead>
            <tr>
              <th scope="col">Attribute</th>
              <th scope="col">Theirs</th>
              <th scope="col">Mine</th>
            </tr>
          </thead>
          <tbody>
            {differencesOf(given, change.method === 'PATCH' ? { ...given, ...mine } : mine).map(
              ({ name, before, after }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>
                    <Strange text={before} />
                  </td>
                  <td>
                    <Strange text={after} />
                  </td>
                </tr>
              ),
            )}
          </tbody>
        </table>
      )}
      <div class="actions">
        <button type="button" onClick={() => setShown(!isShown)} aria-expanded={isShown}>
          {isShown ? 'Hide' : 'Show'}
        </button>
        <button type="button" onClick={() => choose('mine')}>
          Keep mine
        </button>
        <button type="button" onClick={() => choose('theirs')}>
          Take theirs
        </button>
      </div>
    </Dialog>
  );
}

function Changer({ value }: { readonly value: Readonly<Record<string, unknown>> }) {
  const { changedBy, changedAt } = value;
  return (
    <>
      Changed meanwhile by <Strange text={changedBy === undefined ? 'the console or SDK' : whoText(changedBy)} />
      {typeof changedAt === 'string' && (
        <>
          {' '}
          at <Moment at={changedAt} />
        </>
      )}
      .
    </>
  );
}
