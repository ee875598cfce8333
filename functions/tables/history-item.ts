/**
 * The history of a server's policy in the table *events*: a second item of each change, in a partition of the server's
 * own, so that a year of it is read without the sessions of a year. Sort key: the order of the changes, `#` and the id.
 */
import type { PosternEvent } from '../../policy/event.ts';
import { type EventItem, makeEventItem } from './event-item.ts';

/** Partition of a server's history; no name of a server holds `#`, and no day is called so. */
export function historyStream(server: string): string {
  return `${server}#history`;
}

/** The items of an event: its own, and of a change of policy the one in the history. */
export function withHistory(event: PosternEvent): readonly EventItem[] {
  const item = makeEventItem(event);
  if (event.type !== 'policy-changed' || event.order === undefined) return [item];
  const key = { stream: historyStream(event.server), at: `${event.order}#${event.id}` };
  return [item, { ...item, ...key, toldAt: event.at }];
}
