/** The view that the address says, and the way to another. */
import { addressOf, changed, parseView, type View } from '../core/address.ts';
import { createStore } from './store.ts';

export const view = createStore<View>({ path: ['overview'], query: {} });

export function followAddress(): void {
  const read = (): void => view.set(parseView(location.hash));
  addEventListener('hashchange', read);
  read();
}

export function go(next: View): void {
  location.hash = addressOf(next);
}

/** Other parameters of the same view; no step for the back button. */
export function refine(changes: Readonly<Record<string, string | undefined>>): void {
  const next = changed(view.get(), changes);
  history.replaceState(null, '', addressOf(next));
  view.set(next);
}
