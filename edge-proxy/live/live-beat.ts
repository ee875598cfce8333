/** Each 5 s: ends the sessions that somebody wants ended, and tells of those under way while somebody looks. */
import type { LiveMatch, LiveSession } from '../../policy/live.ts';
import type { Faults } from '../faults.ts';
import { errorText, type Log } from '../log.ts';
import type { LiveTable } from './live-table.ts';

const BEAT_MS = 5000;
/** Wishes that are remembered, so that each is carried out once; they expire in the table before. */
const MAX_DONE = 1000;

export interface LiveSessions {
  /** @param asked the session whose commands are wanted */
  live(asked: string | undefined): readonly LiveSession[];
  /** Ends those that are meant; returns how many. */
  end(match: LiveMatch): number;
}

export interface LiveBeatOptions {
  readonly table: LiveTable;
  readonly server: string;
  /** Names this task among those of the server. */
  readonly task: string;
  readonly sessions: LiveSessions;
  /** Milliseconds since 1970. */
  readonly calendar: () => number;
  readonly log: Log;
  readonly faults: Faults;
  readonly beatMs?: number;
}

export class LiveBeat {
  readonly #options: LiveBeatOptions;
  readonly #done = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #isFailing = false;

  constructor(options: LiveBeatOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#isClosed) return;
    const { faults, beatMs = BEAT_MS } = this.#options;
    this.#timer = setTimeout(
      () =>
        faults.watch(
          'live-beat',
          this.beat().finally(() => this.start()),
        ),
      beatMs,
    );
    this.#timer.unref();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /** Never rejects for a table that does not answer, which is logged once a spell. */
  async beat(): Promise<void> {
    const { table, server, task, sessions, calendar, log } = this.#options;
    try {
      const { asked, ends } = await table.read(server, calendar());
      for (const { id, match } of ends) this.#end(id, match);
      if (asked !== undefined) await table.tell(server, task, sessions.live(asked.session), calendar());
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) log({ event: 'live-unreadable', problem: errorText(error) });
      this.#isFailing = true;
    }
  }

  #end(id: string, match: LiveMatch): void {
    if (this.#done.has(id)) return;
    if (this.#done.size >= MAX_DONE) this.#done.clear();
    this.#done.add(id);
    const ended = this.#options.sessions.end(match);
    this.#options.log({ event: 'sessions-ended', wish: id, sessions: ended });
  }
}
