import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanUntil } from './clean-octets.ts';

/** The first octet from `start` that is not clean; the chunk's length when there is none. */
function firstUnclean(chunk: Buffer, start: number): number {
  for (let at = start; at < chunk.length; at += 1) {
    const before = at === start ? '' : chunk.toString('latin1', at - 1, at);
    const here = chunk.toString('latin1', at, at + 1);
    const behind = chunk.toString('latin1', at + 1, at + 2);
    const isStop = here === '\0' || (here === '\n' && before !== '\r') || (here === '\r' && behind !== '\n');
    if (isStop || (here === '.' && before === '\n')) return at;
  }
  return chunk.length;
}

/** What a vector's width, and the octet after it, leave unread. */
const MAX_LEFT = 17;

describe('cleanUntil', () => {
  const part = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 90 }).map((length) => 'x.'.repeat(length)) },
    { weight: 6, arbitrary: fc.constant('\r\n') },
    { weight: 1, arbitrary: fc.constantFrom('\t', '\v', '\r', '\n', '\0', '\r\n.', '\x80', '\r\r\n', '\n\n') },
  );
  const content = fc.array(part, { maxLength: 60 }).map((parts) => Buffer.from(parts.join(''), 'latin1'));

  it('never passes an octet that is not clean, nor stops far before one', () => {
    fc.assert(
      fc.property(content, fc.nat(40), (chunk, offset) => {
        const start = Math.min(offset, chunk.length);
        const expected = firstUnclean(chunk, start);

        const tally = { lines: 5 };
        const end = cleanUntil(chunk, start, tally);
        const passed = chunk.toString('latin1', start, end);

        expect(tally.lines).toBe(5 + passed.split('\n').length - 1);
        expect(end).toBeLessThanOrEqual(expected);
        expect(end).toBeGreaterThanOrEqual(Math.min(expected, Math.max(start, chunk.length - MAX_LEFT)));
      }),
      { numRuns: 3000 },
    );
  });

  it('counts as many lines as a window can hold', () => {
    const chunk = Buffer.from('\r\n'.repeat(100_000));
    const tally = { lines: 0 };
    const end = cleanUntil(chunk, 0, tally);

    expect(end).toBeGreaterThanOrEqual(chunk.length - MAX_LEFT);
    expect(tally.lines).toBe(Math.floor(end / 2));
  });

  // The windows in which content is copied: 1 KiB, doubled up to 64 KiB.
  it.each([1, 1023, 1024, 1025, 3071, 3072, 65_535, 131_071, 131_072, 200_000])(
    'finds one octet at offset %i',
    (at) => {
      const chunk = Buffer.alloc(300_000, 'x');
      for (const stop of ['\0', '\r', '\n']) {
        const stopped = Buffer.from(chunk);
        stopped.write(stop, at, 'latin1');

        expect(cleanUntil(stopped, 0, { lines: 0 })).toBe(at);
      }
      expect(cleanUntil(chunk, 0, { lines: 0 })).toBeGreaterThanOrEqual(chunk.length - MAX_LEFT);
    },
  );

  it('sees the end of a line, and a dot behind it, wherever the end of a window falls between them', () => {
    for (let at = 960; at < 1060; at += 1) {
      const chunk = Buffer.alloc(4096, 'x');
      chunk.write('\r\n', at, 'latin1');
      const tally = { lines: 0 };

      expect(cleanUntil(chunk, 0, tally), `end of a line at ${at}`).toBeGreaterThanOrEqual(chunk.length - MAX_LEFT);
      expect(tally.lines).toBe(1);

      chunk.write('.', at + 2, 'latin1');
      expect(cleanUntil(chunk, 0, { lines: 0 }), `dot behind it at ${at}`).toBe(at + 2);
    }
  });

  it('finds one octet wherever it stands in a block or after the last one', () => {
    for (let at = 1; at < 230; at += 1) {
      for (const [octets, stop] of [
        ['\0', 0] as const,
        ['\rx', 0] as const,
        ['\n', 0] as const,
        ['\r\n.', 2] as const,
      ]) {
        const chunk = Buffer.alloc(256, 'x');
        chunk.write(octets, at, 'latin1');

        expect(cleanUntil(chunk, 0, { lines: 0 })).toBe(at + stop);
      }
    }
  });

  it.each([1, 1023, 1024, 1025, 65_535, 65_536])('knows a pair and a dotted line across offset %i', (at) => {
    const chunk = Buffer.alloc(100_000, 'x');
    chunk.write('\r\n', at - 1, 'latin1');
    const dotted = Buffer.from(chunk);
    dotted.write('.', at + 1, 'latin1');

    expect(cleanUntil(chunk, 0, { lines: 0 })).toBeGreaterThanOrEqual(chunk.length - MAX_LEFT);
    expect(cleanUntil(dotted, 0, { lines: 0 })).toBe(at + 1);
  });

  it('takes what stands before the start for the middle of a line', () => {
    expect(cleanUntil(Buffer.from(`\n.${'x'.repeat(40)}`), 1, { lines: 0 })).toBeGreaterThan(1);
  });

  it('reads nothing of a chunk that is shorter than a vector', () => {
    expect(cleanUntil(Buffer.from('\0'.repeat(16)), 0, { lines: 0 })).toBe(0);
  });
});
