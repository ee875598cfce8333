/** What a probe tells: one step for each thing looked at, with what was seen and, where it is a fault, what to do. */
import type { Door } from './conversation.ts';

/**
 * `fault`: to be corrected, the probe fails by it. `note`: to know, and no one's fault. `skipped`: not tried, with why.
 */
export type Outcome = 'ok' | 'fault' | 'note' | 'skipped';

export interface ProbeStep {
  /** `relay`, `certificate` and the like; stable, for metrics and scripts. */
  readonly check: string;
  readonly outcome: Outcome;
  /** What was seen. */
  readonly detail: string;
  /** What to do about a fault. */
  readonly todo?: string;
  /** Milliseconds from what was sent to the answer. */
  readonly ms?: number;
  /** Whole days until a certificate ends; negative when it has. */
  readonly days?: number;
}

export interface ProbeReport extends Door {
  readonly kind: ServerKind;
  /** ISO 8601 time of the beginning. */
  readonly at: string;
  readonly steps: readonly ProbeStep[];
}

/** What the server is for: mail from strangers for its own domains, or mail of users that log in. */
export type ServerKind = 'inbound' | 'submission';

/** Whether nothing was found to be wrong. */
export function isClean({ steps }: ProbeReport): boolean {
  return steps.every(({ outcome }) => outcome !== 'fault');
}

export const ok = (check: string, detail: string, ms?: number): ProbeStep => ({
  check,
  outcome: 'ok',
  detail,
  ...(ms === undefined ? {} : { ms }),
});

export const fault = (check: string, detail: string, todo: string): ProbeStep => ({
  check,
  outcome: 'fault',
  detail,
  todo,
});

export const note = (check: string, detail: string): ProbeStep => ({ check, outcome: 'note', detail });

export const skipped = (check: string, why: string): ProbeStep => ({ check, outcome: 'skipped', detail: why });
