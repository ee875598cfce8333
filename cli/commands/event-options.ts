/** Options that `events` and `sessions` share. */
import { timeOption, wholeNumber } from '../arguments.ts';
import type { EventQuery } from '../follow.ts';

export const EVENT_OPTIONS = {
  since: { type: 'string' },
  until: { type: 'string' },
  address: { type: 'string' },
  identity: { type: 'string' },
  limit: { type: 'string' },
  follow: { type: 'boolean' },
} as const;

export const EVENT_OPTIONS_HELP = `  --since TIME      2026-03-01, 2026-03-01T12:00:00Z, or so long ago: 90m, 2h, 7d; without it, 24 hours
  --until TIME      likewise; without it, now
  --address IP      of the client
  --identity USER   who logged in, or tried to
  --limit N         how many; 100 where nothing is said, 0 for all
  --follow          shows new ones as they come, until Ctrl-C
`;

const DEFAULT_LIMIT = 100;

interface EventValues {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly address?: string | undefined;
  readonly identity?: string | undefined;
  readonly limit?: string | undefined;
}

export function eventQuery({ since, until, address, identity }: EventValues, nowMs: number): EventQuery {
  return { since: timeOption(since, nowMs), until: timeOption(until, nowMs), address, identity };
}

/** `undefined`: all of them. */
export function eventLimit({ limit }: EventValues): number | undefined {
  const wanted = wholeNumber(limit, '--limit') ?? DEFAULT_LIMIT;
  return wanted === 0 ? undefined : wanted;
}
