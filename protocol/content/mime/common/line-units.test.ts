/** Units of whole lines, whatever the chunks; and dots taken away as one octet after another would have it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LINE_OCTETS } from './limits.ts';
import { DotRemover, LineUnits } from './line-units.ts';

/** The units of octets that come in chunks of these sizes, and how often a line was overlong. */
function unitsOf(octets: Buffer, sizes: readonly number[]) {
  const units: string[] = [];
  let overlong = 0;
  const lines = new LineUnits(
    (unit) => units.push(unit.toString('latin1')),
    () => {
      overlong += 1;
    },
  );
  for (let at = 0, index = 0; at < octets.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    lines.receive(octets.subarray(at, at + size));
    at += size;
  }
  lines.end();
  return { units, overlong };
}

function linesOf(...lengths: readonly number[]): Buffer {
  return Buffer.from(lengths.map((length) => `${'x'.repeat(length)}\r\n`).join(''));
}

/** What is read of the blocks of the stream: all to a block's last line feed, and the line across its end by itself. */
function expectedUnits(text: string): readonly string[] {
  const units: string[] = [];
  let tail = '';
  for (let at = 0; at < text.length; at += 65_536) {
    let block = text.slice(at, at + 65_536);
    if (tail !== '') {
      const end = block.indexOf('\n') + 1;
      if (end === 0) {
        tail += block;
        continue;
      }
      units.push(tail + block.slice(0, end));
      block = block.slice(end);
      tail = '';
    }
    const last = block.lastIndexOf('\n') + 1;
    if (last > 0) units.push(block.slice(0, last));
    tail = block.slice(last);
  }
  return tail === '' ? units : [...units, tail];
}

describe('units', () => {
  it('are the same in any chunks, and cut at line ends where 64 KiB end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 10_000, max: 65_534 })), {
          maxLength: 12,
        }),
        fc.array(fc.integer({ min: 1, max: 140_000 }), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (lengths, sizes, isEnded) => {
          const whole = linesOf(...lengths);
          const octets = isEnded ? whole : whole.subarray(0, Math.max(0, whole.length - 2));

          const { units, overlong } = unitsOf(octets, sizes);

          expect(units).toEqual(expectedUnits(octets.toString('latin1')));
          expect(overlong).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    ['as long as a line may be', [MAX_LINE_OCTETS], 0],
    ['one octet longer', [MAX_LINE_OCTETS + 1], 1],
    ['behind another', [100, MAX_LINE_OCTETS], 0],
    ['longer behind another', [100, MAX_LINE_OCTETS + 1], 1],
  ])('of a line %s', (_what, lengths, times) => {
    expect(unitsOf(linesOf(...lengths), [1000]).overlong).toBe(times);
  });

  it('of a line without an end are told of in each block of it', () => {
    expect(unitsOf(Buffer.alloc(200_000, 'x'), [7000]).overlong).toBe(3);
  });
});

describe('dots', () => {
  /** RFC 5321 section 4.5.2, one line after another. */
  function plainly(text: string): string {
    return text.replace(/(^|\n)\./g, '$1');
  }

  it('are taken away at the beginnings of lines, in any chunks', () => {
    const piece = fc.constantFrom('.', '..', 'a', '\r\n', '\r\n.', '\n', 'b.c', '\r\n..'.repeat(70), 'x'.repeat(50));
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 }),
        (pieces, sizes) => {
          const text = pieces.join('');
          const octets = Buffer.from(text);
          const remover = new DotRemover();
          let kept = '';
          for (let at = 0, index = 0; at < octets.length; index += 1) {
            const size = sizes[index % sizes.length] ?? 1;
            kept += remover.remove(octets.subarray(at, at + size)).toString();
            at += size;
          }

          expect(kept).toBe(plainly(text));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('that are none leave the octets where they are', () => {
    const octets = Buffer.from('a.b\r\nc');

    expect(new DotRemover().remove(octets)).toBe(octets);
  });
});
