/** What readers of the screen are told when something changes that has no focus. */
import { createStore } from './store.ts';

export const announcement = createStore('');

export function announce(text: string): void {
  // The same text twice is told twice only if it differs.
  announcement.set(announcement.get() === text ? `${text} ` : text);
}
