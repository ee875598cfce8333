import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { dayMark, dayStream, dayStreams, shardOf } from './event-stream.ts';

/** How often each shard was taken. */
function takenShards(names: readonly string[]): readonly number[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(shardOf(name), (counts.get(shardOf(name)) ?? 0) + 1);
  return [...counts.values()];
}

describe('the shards of a day', () => {
  const prefix = 'aB3_dE-gH1jK';
  it.each([
    ['ids of sessions', () => randomBytes(9).toString('base64url')],
    ['ids that one task counts', (index: number) => `${prefix}${index.toString(36)}`],
    ['ids of changes', (index: number) => `arn:aws:dynamodb:table/policy#${index}`],
  ])('take equal parts of %s', (_what, nameOf) => {
    const shards = takenShards(Array.from({ length: 160_000 }, (_, index) => nameOf(index)));

    // 10,000 each; chance alone leaves 100 of them to either side.
    expect(shards).toHaveLength(16);
    expect(Math.max(...shards)).toBeLessThan(10_600);
    expect(Math.min(...shards)).toBeGreaterThan(9_400);
  });

  it.each([
    ['mx1#2026-03-01#07', { stream: 'mx1#days', at: '2026-03-01' }],
    ['*#2026-03-01#15', { stream: '*#days', at: '2026-03-01' }],
    ['mx1#2026-03-01', undefined],
    ['mx1#history', undefined],
    ['mx1#counts#client', undefined],
  ])('have a mark by which they are found: %s', (stream, mark) => {
    const made = dayMark(stream);

    expect(made && { stream: made.stream, at: made.at }).toEqual(mark);
  });

  it('are all read, and the partition of older events too', () => {
    const streams = dayStreams('mx1', '2026-03-01');

    expect(streams).toHaveLength(17);
    expect(streams).toContain('mx1#2026-03-01');
    expect(streams).toContain(dayStream('mx1', '2026-03-01', shardOf('any')));
    expect(streams[0]).toBe('mx1#2026-03-01#00');
    expect(dayStreams('mx1', '2026-03-01', false)).toEqual(['mx1#2026-03-01']);
  });
});
