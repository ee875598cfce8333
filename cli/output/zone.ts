/** Times as a person at a place reads and writes them. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** A reading of the clock on the wall: year, month from 1, day, hour, minute, second. */
export type WallTime = readonly [
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
];

export class Zone {
  readonly isUtc: boolean;
  readonly #format: Intl.DateTimeFormat;

  /** @param name as TZ has it; the machine's own zone where it is absent or names none */
  constructor(name: string | undefined) {
    this.isUtc = name === 'UTC';
    this.#format = formatOf(name);
  }

  wallTime(atMs: number): WallTime {
    const parts = new Map(this.#format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)] as const));
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    return [part('year'), part('month'), part('day'), part('hour'), part('minute'), part('second')];
  }

  /** The moment at which the clock shows this; in the hour that a change of the clock leaves out, an hour later. */
  momentOf(wall: WallTime): number {
    const asUtc = utcOf(wall);
    const first = asUtc - this.#offsetMs(asUtc);
    return asUtc - this.#offsetMs(first);
  }

  /** Midnight of the day on which a moment is, or of so many days later. */
  midnight(atMs: number, daysLater = 0): number {
    const [year, month, day] = this.wallTime(atMs);
    return this.momentOf([year, month, day + daysLater, 0, 0, 0]);
  }

  /** As lists show a time: of today the clock alone, of this year with the day; what is no time as it is. */
  short(iso: string, nowMs: number): string {
    const atMs = Date.parse(iso);
    if (Number.isNaN(atMs)) return iso;
    const [year, month, day, ...clock] = this.wallTime(atMs);
    const [thisYear] = this.wallTime(nowMs);
    const time = clock.map(twoDigits).join(':');
    if (this.midnight(atMs) === this.midnight(nowMs)) return this.isUtc ? `${time}Z` : time;
    const date = `${twoDigits(day)} ${MONTHS[month - 1]}`;
    return `${year === thisYear ? date : `${date} ${year}`} ${time}${this.isUtc ? 'Z' : ''}`;
  }

  /** The clock alone, with milliseconds. */
  clock(iso: string): string {
    const atMs = Date.parse(iso);
    if (Number.isNaN(atMs)) return iso;
    const [, , , ...clock] = this.wallTime(atMs);
    return `${clock.map(twoDigits).join(':')}.${iso.slice(20, 23).padEnd(3, '0')}`;
  }

  /** The whole time with its offset: `2026-11-24 10:00:02 +01:00`. */
  long(iso: string): string {
    const atMs = Date.parse(iso);
    if (Number.isNaN(atMs)) return iso;
    const [year, month, day, ...clock] = this.wallTime(atMs);
    const minutes = Math.round(this.#offsetMs(atMs) / 60_000);
    const size = Math.abs(minutes);
    const offset = `${minutes < 0 ? '-' : '+'}${twoDigits(Math.floor(size / 60))}:${twoDigits(size % 60)}`;
    const date = `${year}-${twoDigits(month)}-${twoDigits(day)}`;
    return `${date} ${clock.map(twoDigits).join(':')} ${this.isUtc ? 'UTC' : offset}`;
  }

  #offsetMs(atMs: number): number {
    return utcOf(this.wallTime(atMs)) - Math.floor(atMs / 1000) * 1000;
  }
}

function utcOf([year, month, day, hour, minute, second]: WallTime): number {
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

function formatOf(timeZone: string | undefined): Intl.DateTimeFormat {
  const options = {
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  } as const;
  try {
    return new Intl.DateTimeFormat('en-US', { ...options, ...(timeZone === undefined ? {} : { timeZone }) });
  } catch {
    // TZ may hold what the C library reads and no one else.
    return new Intl.DateTimeFormat('en-US', options);
  }
}
