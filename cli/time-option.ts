/** Times as people type them: `--since 2h`, `today`, `09:00`, `2026-03-01`. */
import { UsageError } from './cli-error.ts';
import type { Zone } from './output/zone.ts';

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

export const TIME_FORMS = '2h, 7d, today, yesterday, 09:00, 2026-03-01, 2026-03-01T12:00 or 2026-03-01T12:00:00Z';

export interface Clock {
  readonly nowMs: number;
  readonly zone: Zone;
}

/**
 * The time that an option says, as the API takes it. What names no zone is in the reader's own.
 *
 * @throws UsageError that lists the forms
 */
export function timeOption(text: string | undefined, option: string, clock: Clock): string | undefined {
  if (text === undefined) return undefined;
  const atMs = READINGS.map((read) => read(text.trim(), clock)).find((each) => each !== undefined);
  if (atMs === undefined || Number.isNaN(atMs) || Math.abs(atMs) > 8.64e15) {
    throw new UsageError(`${option} is "${text}" where a time is expected: ${TIME_FORMS}`);
  }
  return new Date(atMs).toISOString();
}

export interface Span {
  readonly since: string | undefined;
  readonly until: string | undefined;
}

/** @throws UsageError when the span is empty, too */
export function spanOf(
  { since, until }: { readonly since?: string | undefined; readonly until?: string | undefined },
  clock: Clock,
): Span {
  const span = { since: timeOption(since, '--since', clock), until: timeOption(until, '--until', clock) };
  const untilMs = span.until === undefined ? clock.nowMs : Date.parse(span.until);
  if (span.since !== undefined && Date.parse(span.since) >= untilMs) {
    throw new UsageError(`--since ${since} is not before ${until === undefined ? 'now' : `--until ${until}`}`);
  }
  return span;
}

type Reading = (text: string, clock: Clock) => number | undefined;

const READINGS: readonly Reading[] = [
  // So long ago.
  (text, { nowMs }) => {
    const [, count, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
    return unit === undefined ? undefined : nowMs - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  },
  (text, { nowMs }) => (text === 'now' ? nowMs : undefined),
  (text, { nowMs, zone }) => (text === 'today' ? zone.midnight(nowMs) : undefined),
  (text, { nowMs, zone }) => (text === 'yesterday' ? zone.midnight(nowMs, -1) : undefined),
  lastTimeOfDay,
  momentInZone,
  // With a zone of its own.
  (text) =>
    /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : undefined,
];

/** `09:00`: the last time that the clock showed it. */
function lastTimeOfDay(text: string, { nowMs, zone }: Clock): number | undefined {
  const [, hour, minute, second = '0'] = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const [year, month, day] = zone.wallTime(nowMs);
  const on = (date: number): number => zone.momentOf([year, month, date, Number(hour), Number(minute), Number(second)]);
  return on(day) <= nowMs ? on(day) : on(day - 1);
}

/** `2026-03-01`, `2026-03-01T12:00`: in the reader's zone. */
function momentInZone(text: string, { zone }: Clock): number | undefined {
  const form = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?$/;
  const [, year, month, day, hour = '0', minute = '0', second = '0'] = form.exec(text) ?? [];
  if (year === undefined) return undefined;
  const wall = [Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second)] as const;
  const asUtc = new Date(Date.UTC(wall[0], wall[1] - 1, wall[2], wall[3], wall[4], wall[5]));
  // The 31st of February is no day.
  const isReal =
    asUtc.getUTCMonth() === wall[1] - 1 && asUtc.getUTCDate() === wall[2] && asUtc.getUTCHours() === wall[3];
  return isReal ? zone.momentOf(wall) : undefined;
}
