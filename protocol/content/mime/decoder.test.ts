/** A stream decoded unit by unit is what the whole decoded is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decoderOf } from './decoder.ts';
import type { TransferEncoding } from './head/content-fields.ts';

function decoded(encoding: TransferEncoding, units: readonly string[]) {
  let slow = 0;
  const decoder = decoderOf(encoding, (octets) => {
    slow += octets;
  });
  const pieces = units.map((unit) => decoder.decode(Buffer.from(unit, 'latin1')));
  const last = decoder.end?.() ?? Buffer.alloc(0);
  return { text: Buffer.concat([...pieces, last]).toString('latin1'), slow };
}

/** Two thousand octets and more, in regular lines. */
const REGULAR = `${'QUJD'.repeat(19)}\r\n`.repeat(30);

describe('base64', () => {
  it('is decoded whatever its lines and units are', () => {
    const lines = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 6000 }),
        lines,
        fc.integer({ min: 1, max: 30 }),
        (octets, lengths, size) => {
          const text = Buffer.from(octets).toString('base64');
          const units: string[] = [];
          for (let at = 0, index = 0; at < text.length; index += 1) {
            const length = lengths[index % lengths.length] ?? 1;
            const line = `${text.slice(at, at + length)}\r\n`;
            if (index % size === 0) units.push(line);
            else units.push((units.pop() ?? '') + line);
            at += length;
          }

          expect(decoded('base64', units).text).toBe(Buffer.from(octets).toString('latin1'));
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ['regular units', [REGULAR, REGULAR], 'ABC'.repeat(1140), 0],
    [
      'a regular unit behind one that leaves octets',
      ['QU\r\n', `${'JDQU'.repeat(19)}\r\n`.repeat(30), 'JD\r\n'],
      'ABC'.repeat(571),
      8,
    ],
    ['octets that no one takes', ['QU#J', 'D'], 'ABC', 5],
  ])('of %s', (_what, units, text, slow) => {
    expect(decoded('base64', units)).toEqual({ text, slow });
  });
});

it.each<[encoding: TransferEncoding, unit: string, text: string, slow: number]>([
  ['identity', 'a=41\r\n', 'a=41\r\n', 0],
  ['quoted-printable', 'a=41\r\n', 'aA\r\n', 6],
  ['uuencode', '#0V%T\r\n', 'Cat', 7],
])('%s is decoded a unit at a time', (encoding, unit, text, slow) => {
  expect(decoded(encoding, [unit])).toEqual({ text, slow });
});
