/** Keys: one letter each, off where a field has the focus, and off altogether where the reader wants no such keys. */
import { useEffect } from 'preact/hooks';
import { keys } from './client/preferences.ts';
import { useStore } from './client/store.ts';
import { go, view } from './client/view.ts';
import { parentOf } from './core/address.ts';
import { Dialog } from './parts/dialog.tsx';
import { Tick } from './parts/small.tsx';

const PLACES: Readonly<Record<string, string>> = {
  o: 'overview',
  s: 'sessions',
  p: 'policy',
  t: 'try',
  h: 'held',
  u: 'users',
  c: 'changes',
};

const HELP = [
  ['/', 'to the search field'],
  ['j, k', 'to the next row, to the one before'],
  ['Enter', 'opens it'],
  ['Esc', 'out of a field, out of a question, to the list or the overview'],
  ['g, then a letter', 'opens a page: o overview, s sessions, p policy, t try it, h held, u users, c changes'],
  ['z', 'undoes the last change, while its message stands'],
  ['?', 'shows this'],
] as const;

/** Milliseconds within which the letter after `g` counts. */
const CHORD_MS = 1500;

export function useKeys(showHelp: () => void): void {
  useEffect(() => {
    let chordAt = Number.NEGATIVE_INFINITY;
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (document.querySelector('dialog[open]') !== null) return;
      if (event.key === 'Escape') {
        leave(event);
        return;
      }
      if (isTyping(event.target) || keys.get() === 'off') return;
      const isChord = event.timeStamp - chordAt < CHORD_MS;
      chordAt = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (isChord && PLACES[event.key] !== undefined) {
        event.preventDefault();
        go({ path: [PLACES[event.key] ?? ''], query: {} });
        return;
      }
      const act = ACTS[event.key] ?? (event.key === '?' ? showHelp : undefined);
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}

const ACTS: Readonly<Record<string, () => void>> = {
  '/': () => document.querySelector<HTMLElement>('[data-search]')?.focus(),
  j: () => step(1),
  k: () => step(-1),
  z: () => [...document.querySelectorAll<HTMLElement>('[data-undo]')].at(-1)?.click(),
};

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button', 'submit'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

function leave(event: KeyboardEvent): void {
  if (isTyping(event.target)) {
    (event.target as HTMLElement).blur();
    return;
  }
  const { path } = view.get();
  if (path[0] !== 'overview') go(parentOf(view.get()));
}

function step(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = at === -1 ? (by === 1 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
  rows[next]?.focus();
}

export function KeyHelp({ onClose }: { readonly onClose: () => void }) {
  const state = useStore(keys);
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {HELP.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <Tick label="Letters are keys" isOn={state === 'on'} onChange={(isOn) => keys.set(isOn ? 'on' : 'off')} />
      <div class="actions">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
