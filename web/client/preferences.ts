/** What a reader has chosen of this page; kept by the browser, and nothing else is. */
import type { Zone } from '../core/words.ts';
import { createStore, type Store } from './store.ts';

export type Theme = 'system' | 'light' | 'dark';

export const theme = kept<Theme>('postern-theme', ['system', 'light', 'dark']);
export const zoneChoice = kept<'local' | 'UTC'>('postern-zone', ['local', 'UTC']);
export const keys = kept<'on' | 'off'>('postern-keys', ['on', 'off']);

export function zoneOf(choice: 'local' | 'UTC'): Zone {
  return choice === 'UTC' ? 'UTC' : undefined;
}

/** The first is what is so where nothing was chosen. */
function kept<Choice extends string>(name: string, choices: readonly [Choice, ...Choice[]]): Store<Choice> {
  const store = createStore(choices.find((each) => each === read(name)) ?? choices[0]);
  store.listen(() => write(name, store.get()));
  return store;
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    // A browser may forbid it; the choice is then of this tab.
    return null;
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // The same.
  }
}
