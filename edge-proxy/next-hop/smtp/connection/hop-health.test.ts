import { beforeEach, describe, expect, it } from 'vitest';
import { HopHealth } from './hop-health.ts';

let nowMs: number;
let health: HopHealth;
beforeEach(() => {
  nowMs = 1000;
  health = new HopHealth(() => nowMs);
});

function order(...names: readonly string[]): string {
  return health.order(names, (name) => name).join('');
}

function fail(name: string): void {
  health.begin(name);
  health.ended(name);
  health.failed(name);
}

describe('the order in which hosts are tried', () => {
  it('is that of preference while all are well', () => {
    expect(order('a', 'b', 'c')).toBe('abc');
  });

  it('has those that failed last, the last failure at the very end', () => {
    fail('b');
    nowMs += 1;
    fail('a');

    expect(order('a', 'b', 'c')).toBe('cba');
  });

  it('is that of preference again when one came out well', () => {
    fail('a');
    health.succeeded('a');

    expect(order('a', 'b')).toBe('ab');
  });

  it.each([
    [29_999, 'ba'],
    [30_000, 'ab'],
  ])('after %i ms is %s', (ms, expected) => {
    fail('a');
    nowMs += ms;

    expect(order('a', 'b')).toBe(expected);
  });

  it('lets one find out whether it is well again, and no one else for as long', () => {
    fail('a');
    nowMs += 30_000;
    health.begin('a');

    expect(order('a', 'b')).toBe('ba');
    nowMs += 29_999;
    expect(order('a', 'b')).toBe('ba');
  });

  it.each([
    [999, 'ab'],
    [1000, 'ba'],
  ])('has one that has not answered in %i ms: %s', (ms, expected) => {
    health.begin('a');
    nowMs += ms;

    expect(order('a', 'b')).toBe(expected);
  });

  it('has a suspect before one that failed', () => {
    health.begin('a');
    fail('b');
    nowMs += 1000;

    expect(order('b', 'a')).toBe('ab');
  });

  it('suspects none whose tries come out, however many are under way', () => {
    health.begin('a');
    nowMs += 900;
    health.begin('a');
    health.ended('a');
    nowMs += 900;

    expect(order('a', 'b')).toBe('ab');
  });

  it('forgets old failures of addresses that never come back', () => {
    for (let count = 0; count < 10_000; count += 1) {
      fail(`address ${count}`);
      nowMs += 1000;
    }
    fail('a');

    expect(order('a', 'b')).toBe('ba');
  });
});
