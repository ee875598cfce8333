/** Where `authenticate` counts failed logins, over all sessions, tasks and its own copies. */

/** The guesses that count together: those at a user, known or not, from one client network. Keys of the table *counters*. */
export interface Guesser {
  readonly counter: string;
  readonly scope: string;
}

export interface LockoutThresholds {
  /** Guesses that may fail before the network is locked out for the user. */
  readonly failures: number;
  /** How long failures count, and a lockout lasts, from the last one. */
  readonly seconds: number;
}

export type Reservation =
  | {
      readonly kind: 'reserved';
      /** Which window it belongs to: one begins with the first failure, and ends by time or by a success. */
      readonly window: string;
      /** Failures of the window, guesses under way and this one included. */
      readonly failures: number;
    }
  | { readonly kind: 'locked' };

/** Each method rejects when the store does not answer. */
export interface LoginCounters {
  /** Counts a guess as failed before it is tried, or says that none may be tried; a locked one changes nothing. */
  reserve(guesser: Guesser, thresholds: LockoutThresholds, nowMs: number): Promise<Reservation>;
  /** Takes back one guess of this window, which came to no answer. Nothing happens when the window has ended. */
  giveBack(guesser: Guesser, window: string): Promise<void>;
  /** Forgets all failures of this window. Nothing happens when it has ended. */
  forget(guesser: Guesser, window: string): Promise<void>;
}
