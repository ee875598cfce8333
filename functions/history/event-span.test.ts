import { describe, expect, it } from 'vitest';
import { eventSpan, timeSchema } from './event-span.ts';

const NOW = '2026-03-31T12:00:00.000Z';
const NOW_INCLUDED = '2026-03-31T12:00:00.001Z';
const TOMORROW = '2026-04-01T12:00:00.000Z';
const OLDEST = '2026-03-01T12:00:00.000Z';

describe('eventSpan', () => {
  it.each([
    // Without a word: the last 24 hours.
    [undefined, undefined, '2026-03-30T12:00:00.000Z', NOW_INCLUDED],
    ['2026-03-20T00:00:00.000Z', undefined, '2026-03-20T00:00:00.000Z', NOW_INCLUDED],
    [undefined, '2026-03-20T00:00:00.000Z', '2026-03-19T00:00:00.000Z', '2026-03-20T00:00:00.000Z'],
    ['2026-03-20T00:00:00.000Z', '2026-03-21T00:00:00.000Z', '2026-03-20T00:00:00.000Z', '2026-03-21T00:00:00.000Z'],
    // Nothing is kept longer than 30 days, and nothing happens in a year.
    ['0001-01-01T00:00:00.000Z', '9999-01-01T00:00:00.000Z', OLDEST, TOMORROW],
    ['2027-01-01T00:00:00.000Z', undefined, NOW_INCLUDED, NOW_INCLUDED],
    [undefined, '2020-01-01T00:00:00.000Z', OLDEST, OLDEST],
  ])('since %s until %s is %s to %s', (since, until, expectedSince, expectedUntil) => {
    const sinceMs = since === undefined ? undefined : Date.parse(since);
    const untilMs = until === undefined ? undefined : Date.parse(until);

    const span = eventSpan({ sinceMs, untilMs }, 30, Date.parse(NOW));

    expect(span).toEqual({ ok: true, value: { since: expectedSince, until: expectedUntil } });
  });

  it('refuses a span that ends before it begins', () => {
    expect(eventSpan({ sinceMs: 5, untilMs: 5 }, 30, 10).ok).toBe(false);
  });
});

describe('timeSchema', () => {
  it.each([
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['2026-03-01T12:30:00Z', '2026-03-01T12:30:00.000Z'],
    ['2026-03-01T12:30:00.25+02:00', '2026-03-01T10:30:00.250Z'],
  ])('reads %s', (text, expected) => {
    expect(new Date(timeSchema.parse(text)).toISOString()).toBe(expected);
  });

  it.each(['', 'yesterday', '2026-02-30', '2026-03-01T25:00:00Z', '2026-03-01T12:00:00', '1741000000'])(
    'refuses %j',
    (text) => {
      expect(timeSchema.safeParse(text).success).toBe(false);
    },
  );

  it('makes a number of every time that it takes', () => {
    for (const text of ['0000-01-01', '9999-12-31T23:59:59.999-23:59', '0000-01-01T00:00:00+23:59']) {
      expect(Number.isFinite(timeSchema.parse(text)), text).toBe(true);
    }
  });
});
