import { describe, expect, it } from 'vitest';
import { UsageError } from './cli-error.ts';
import { Zone } from './output/zone.ts';
import { spanOf, timeOption } from './time-option.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');

describe('a time', () => {
  it.each([
    ['90m', '2026-11-24T10:30:00.000Z'],
    ['30s', '2026-11-24T11:59:30.000Z'],
    ['2h', '2026-11-24T10:00:00.000Z'],
    ['7d', '2026-11-17T12:00:00.000Z'],
    ['1w', '2026-11-17T12:00:00.000Z'],
    ['now', '2026-11-24T12:00:00.000Z'],
    // Berlin is an hour ahead in November, two in July.
    ['today', '2026-11-23T23:00:00.000Z'],
    ['yesterday', '2026-11-22T23:00:00.000Z'],
    ['09:00', '2026-11-24T08:00:00.000Z'],
    ['9:00:30', '2026-11-24T08:00:30.000Z'],
    ['14:00', '2026-11-23T13:00:00.000Z'],
    ['2026-11-01', '2026-10-31T23:00:00.000Z'],
    ['2026-07-01', '2026-06-30T22:00:00.000Z'],
    ['2026-07-01T10:00', '2026-07-01T08:00:00.000Z'],
    ['2026-07-01 10:00:05', '2026-07-01T08:00:05.000Z'],
    ['2026-11-01T10:00:00Z', '2026-11-01T10:00:00.000Z'],
    ['2026-11-01T10:00:00.5+02:00', '2026-11-01T08:00:00.500Z'],
    // The hour that the clock leaves out.
    ['2026-03-29T02:30', '2026-03-29T01:30:00.000Z'],
    [undefined, undefined],
  ])('%s is %s in Berlin', (text, time) => {
    expect(timeOption(text, '--since', { nowMs: NOW, zone: new Zone('Europe/Berlin') })).toBe(time);
  });

  it.each([
    ['today', '2026-11-24T00:00:00.000Z'],
    ['2026-11-01', '2026-11-01T00:00:00.000Z'],
  ])('%s is %s with --utc', (text, time) => {
    expect(timeOption(text, '--since', { nowMs: NOW, zone: new Zone('UTC') })).toBe(time);
  });

  it.each(['', 'foorday', '2 h', '24:00', '9:60', '2026-02-30', '2026-13-01', '2h ago', '10000000h', '2026'])(
    '%j is none, and the forms are told',
    (text) => {
      const read = () => timeOption(text, '--until', { nowMs: NOW, zone: new Zone('UTC') });

      expect(read).toThrow(UsageError);
      expect(read).toThrow(`--until is "${text}" where a time is expected: 2h, 7d, today, yesterday, 09:00`);
    },
  );

  it.each([
    [{ since: '1h', until: '2h' }, '--since 1h is not before --until 2h'],
    [{ since: '2027-01-01' }, '--since 2027-01-01 is not before now'],
  ])('%j is no span', (span, problem) => {
    expect(() => spanOf(span, { nowMs: NOW, zone: new Zone('UTC') })).toThrow(problem);
  });
});
