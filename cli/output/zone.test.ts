import { describe, expect, it } from 'vitest';
import { Zone } from './zone.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const BERLIN = new Zone('Europe/Berlin');

describe('a time', () => {
  it.each([
    ['2026-11-24T08:01:02.345Z', '09:01:02'],
    // Yesterday in UTC, today in Berlin.
    ['2026-11-23T23:30:00.000Z', '00:30:00'],
    ['2026-11-23T22:30:00.000Z', '23 Nov 23:30:00'],
    ['2025-07-01T10:00:00.000Z', '01 Jul 2025 12:00:00'],
    ['no time', 'no time'],
  ])('%s is short as %s', (iso, text) => {
    expect(BERLIN.short(iso, NOW)).toBe(text);
  });

  it.each([
    ['2026-11-24T08:01:02.345Z', '2026-11-24 09:01:02 +01:00'],
    ['2026-07-01T08:01:02.345Z', '2026-07-01 10:01:02 +02:00'],
  ])('%s is long as %s', (iso, text) => {
    expect(BERLIN.long(iso)).toBe(text);
  });

  it('has an offset west of Greenwich, and of half an hour', () => {
    expect(new Zone('America/St_Johns').long('2026-11-24T08:00:00Z')).toBe('2026-11-24 04:30:00 -03:30');
  });

  it('in UTC says so', () => {
    const utc = new Zone('UTC');

    const shown = [utc.short('2026-11-24T08:01:02Z', NOW), utc.long('2026-11-24T08:01:02Z')];

    expect(shown).toEqual(['08:01:02Z', '2026-11-24 08:01:02 UTC']);
  });

  it('of a command has milliseconds', () => {
    expect(BERLIN.clock('2026-11-24T08:01:02.345Z')).toBe('09:01:02.345');
  });

  it('is the one of the machine where TZ names no zone', () => {
    const iso = '2026-11-24T08:00:00Z';

    expect(new Zone(':/etc/localtime').long(iso)).toBe(new Zone(undefined).long(iso));
  });

  it.each(['2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z', '2026-10-25T03:30:00Z', '2026-11-24T12:00:00Z'])(
    '%s is the moment of what the clock shows',
    (iso) => {
      const atMs = Date.parse(iso);

      expect(BERLIN.momentOf(BERLIN.wallTime(atMs))).toBe(atMs);
    },
  );
});
