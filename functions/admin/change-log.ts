/** Every change that the API makes is an event, `policy-changed`: who, when, before and after. */
import type { PosternEvent } from '../../policy/event.ts';
import { logProblem, problemOfError } from '../log.ts';
import { type EventItem, makeEventItem } from '../tables/event-item.ts';

export type PolicyChanged = Extract<PosternEvent, { type: 'policy-changed' }>;

export interface ChangeLog {
  /** Keeps events. Never rejects: the change itself has been made, and is not undone for its record's sake. */
  record(events: readonly PolicyChanged[]): Promise<void>;
}

/** Where items of events are written; rejects when any could not be. */
export interface EventWriter {
  write(items: readonly EventItem[]): Promise<void>;
}

/** Keeps events in the table where `record-events` keeps those of the proxies. */
export class TableChangeLog implements ChangeLog {
  readonly #writer: EventWriter;

  constructor(writer: EventWriter) {
    this.#writer = writer;
  }

  async record(events: readonly PolicyChanged[]): Promise<void> {
    if (events.length === 0) return;
    try {
      await this.#writer.write(events.map(makeEventItem));
    } catch (error) {
      const items = events.map(({ item }) => item).slice(0, NAMED_ITEMS);
      const server = events[0]?.server;
      logProblem({ function: 'admin', server, item: items.join(', '), problem: `No event: ${problemOfError(error)}` });
    }
  }
}

/** Items that a log line names. */
const NAMED_ITEMS = 20;
