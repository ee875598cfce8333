/** The span of time whose events are asked for. */
import * as z from 'zod';
import { type ParseResult, parsed, unparsed } from '../../policy/result.ts';

const DAY_MS = 86_400_000;

/** An ISO 8601 time, or the day that it begins with, as milliseconds since 1970. */
export const timeSchema = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], {
    error: () => 'is neither 2026-03-01T12:00:00Z nor 2026-03-01',
  })
  .transform((text) => Date.parse(text));

export interface EventSpan {
  /** ISO times; `since` is included, `until` is not. */
  readonly since: string;
  readonly until: string;
}

/**
 * The last 24 hours before `until`, which is now, where no one says otherwise.
 *
 * Never more than `days` back, since older events have expired, nor more than a day ahead, for those who ask of a
 * clock that is wrong. All times are milliseconds since 1970.
 */
export function eventSpan(
  { sinceMs, untilMs }: { readonly sinceMs?: number | undefined; readonly untilMs?: number | undefined },
  days: number,
  nowMs: number,
): ParseResult<EventSpan> {
  const oldestMs = nowMs - days * DAY_MS;
  const within = (ms: number): number => Math.min(Math.max(ms, oldestMs), nowMs + DAY_MS);
  // An event of this very millisecond is one of the last 24 hours.
  const until = within(untilMs ?? nowMs + 1);
  const since = Math.min(within(sinceMs ?? Math.min(untilMs ?? nowMs, nowMs) - DAY_MS), until);
  if (sinceMs !== undefined && untilMs !== undefined && sinceMs >= untilMs) return unparsed('must be before until');
  return parsed({ since: new Date(since).toISOString(), until: new Date(until).toISOString() });
}
