/** Numbers and times in words. */

export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${grouped(count)} ${count === 1 ? singular : plural}`;
}

const GROUPS = new Intl.NumberFormat('en');

/** `12,345`. */
export function grouped(number: number): string {
  return GROUPS.format(number);
}

const UNITS = ['octets', 'KiB', 'MiB', 'GiB'];

/** `25 MiB`; to the octet below 1 KiB. */
export function octetsText(octets: number): string {
  if (octets < 1024) return counted(octets, 'octet');
  let [size, unit] = [octets, 0];
  while (size >= 1024 && unit < UNITS.length - 1) [size, unit] = [size / 1024, unit + 1];
  return `${size < 10 ? size.toFixed(1).replace(/\.0$/, '') : Math.round(size)} ${UNITS[unit]}`;
}

/** `1 h 5 min`, `12 s`, `350 ms`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return pair(minutes, 'min', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? pair(hours, 'h', minutes % 60, 'min') : counted(Math.floor(hours / 24), 'day');
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** By which time zone times are shown; `undefined` is the reader's own. */
export type Zone = 'UTC' | undefined;

/** `14:03:21` of today, `3 Mar 14:03:21` of this year, else with the year. */
export function momentText(iso: string, nowMs: number, zone: Zone): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const [day, today] = [dayOf(at, zone), dayOf(new Date(nowMs), zone)];
  const clock = format(at, { timeStyle: 'medium' }, zone);
  if (day === today) return clock;
  const isThisYear = day.slice(0, 4) === today.slice(0, 4);
  return `${format(at, { day: 'numeric', month: 'short', ...(isThisYear ? {} : { year: 'numeric' }) }, zone)} ${clock}`;
}

/** An hour on an axis: `14:00`, and at midnight the day. */
export function hourText(epochSeconds: number, zone: Zone): string {
  const at = new Date(epochSeconds * 1000);
  const clock = format(at, { hour: '2-digit', minute: '2-digit' }, zone);
  return clock === '00:00' ? format(at, { day: 'numeric', month: 'short' }, zone) : clock;
}

/** The whole moment, in UTC and locally, for a tooltip. */
export function momentTitle(iso: string, nowMs: number): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const utc = at.toISOString().replace('T', ' ').replace('Z', ' UTC');
  const agoMs = nowMs - at.getTime();
  return `${utc}, ${agoMs < 0 ? `in ${durationText(-agoMs)}` : `${durationText(agoMs)} ago`}`;
}

function dayOf(at: Date, zone: Zone): string {
  return format(at, { year: 'numeric', month: '2-digit', day: '2-digit' }, zone, 'sv');
}

const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** A format is dear to make, and a list shows thousands of times. */
function format(at: Date, options: Intl.DateTimeFormatOptions, zone: Zone, locale = 'en-GB'): string {
  const key = JSON.stringify([options, zone, locale]);
  const known = FORMATS.get(key) ?? new Intl.DateTimeFormat(locale, { ...options, timeZone: zone });
  FORMATS.set(key, known);
  return known.format(at);
}

/** What may be looked back to in a list, each with its words. */
export const SPANS = { '1h': 'last hour', '24h': 'last 24 hours', '7d': 'last 7 days', '30d': 'last 30 days' } as const;
export type Span = keyof typeof SPANS;

const SPAN_MS: Readonly<Record<Span, number>> = {
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
  '30d': 2_592_000_000,
};

export function isSpan(text: string | undefined): text is Span {
  return text !== undefined && Object.hasOwn(SPANS, text);
}

/** ISO time at which a span begins. */
export function startOf(span: Span, nowMs: number): string {
  return new Date(nowMs - SPAN_MS[span]).toISOString();
}

/** A value of an item as one line of text. */
export function valueText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
