import { describe, expect, it } from 'vitest';
import { MAX_OCTETS_IN_FLIGHT, octetsInFlightWithin } from './octet-budget.ts';

const MEBI = 1_048_576;

describe('octetsInFlightWithin', () => {
  it.each([
    ['the most there ever is, with plenty of memory', { heapOctets: 4288 * MEBI, memoryOctets: 16_384 * MEBI }, 64],
    ['what a small heap has room for', { heapOctets: 240 * MEBI, memoryOctets: 16_384 * MEBI }, 20],
    ['what a small container has room for', { heapOctets: 4288 * MEBI, memoryOctets: 500 * MEBI }, 50],
  ])('is %s', (_what, limits, mebiOctets) => {
    expect(octetsInFlightWithin(limits)).toBe(mebiOctets * MEBI);
    expect(octetsInFlightWithin(limits)).toBeLessThanOrEqual(MAX_OCTETS_IN_FLIGHT);
  });
});
