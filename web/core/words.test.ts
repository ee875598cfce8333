import { describe, expect, it } from 'vitest';
import { counted, durationText, hourText, momentText, momentTitle, octetsText, startOf, valueText } from './words.ts';

const NOW = Date.parse('2026-03-05T14:00:00Z');

describe('numbers', () => {
  it.each<[octets: number, text: string]>([
    [0, '0 octets'],
    [1, '1 octet'],
    [1023, '1,023 octets'],
    [1536, '1.5 KiB'],
    [26_214_400, '25 MiB'],
    [5_000_000_000_000, '4657 GiB'],
  ])('%d octets are %s', (octets, text) => {
    expect(octetsText(octets)).toBe(text);
  });

  it.each<[ms: number, text: string]>([
    [3, '3 ms'],
    [1499, '1 s'],
    [59_600, '1 min'],
    [65_000, '1 min 5 s'],
    [3_600_000, '1 h'],
    [3_900_000, '1 h 5 min'],
    [200_000_000, '2 days'],
  ])('%d ms are %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it('say one and many', () => {
    expect([counted(1, 'reply', 'replies'), counted(12_345, 'reply', 'replies')]).toEqual([
      '1 reply',
      '12,345 replies',
    ]);
  });
});

describe('a moment', () => {
  it.each<[iso: string, text: string]>([
    ['2026-03-05T13:04:05.678Z', '13:04:05'],
    ['2026-03-04T23:59:59Z', '4 Mar 23:59:59'],
    ['2025-12-31T00:00:00Z', '31 Dec 2025 00:00:00'],
    ['yesterday', 'yesterday'],
  ])('%s is shown as %s', (iso, text) => {
    expect(momentText(iso, NOW, 'UTC')).toBe(text);
  });

  it('says UTC and how long ago when it is pointed at', () => {
    expect(momentTitle('2026-03-05T13:04:05.678Z', NOW)).toBe('2026-03-05 13:04:05.678 UTC, 55 min 54 s ago');
    expect(momentTitle('2026-03-05T14:00:10Z', NOW)).toContain('in 10 s');
  });

  it('at midnight is a day on an axis', () => {
    expect([hourText(NOW / 1000, 'UTC'), hourText(Date.parse('2026-03-05T00:00:00Z') / 1000, 'UTC')]).toEqual([
      '14:00',
      '5 Mar',
    ]);
  });

  it('begins a span', () => {
    expect(startOf('7d', NOW)).toBe('2026-02-26T14:00:00.000Z');
  });
});

it.each<[value: unknown, text: string]>([
  [undefined, ''],
  [null, ''],
  [['a', 1], 'a, 1'],
  [{ a: 1 }, '{"a":1}'],
  [false, 'false'],
])('the value %j is the text %j', (value, text) => {
  expect(valueText(value)).toBe(text);
});
