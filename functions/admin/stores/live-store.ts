/** What the admin API needs of sessions under way: to ask tasks for them, to hear them, and to have some ended. */
import type { LiveMatch, LiveSession } from '../../../policy/live.ts';

export interface ToldSessions {
  /** ISO time. */
  readonly at: string;
  /** Names the task. */
  readonly task: string;
  readonly sessions: readonly LiveSession[];
}

export interface LiveAnswer {
  /** Since when somebody looks, in milliseconds since 1970; absent where no one does. */
  readonly askedAtMs?: number | undefined;
  readonly told: readonly ToldSessions[];
}

export interface LiveStore {
  /** @param session the one whose commands are wanted too */
  ask(server: string, nowMs: number, session?: string): Promise<void>;
  read(server: string, nowMs: number): Promise<LiveAnswer>;
  end(server: string, wish: { readonly match: LiveMatch; readonly who: string }, nowMs: number): Promise<void>;
}
