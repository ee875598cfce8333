/** What is found in a quick way is what an expression finds, in texts of few places and of many. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BeginningReader, eachFieldLine, eachFileLine, isFullOf } from './hidden-beginnings.ts';

const words = fc.constantFrom(
  'content-type: a/b',
  'Content-Disposition: inline',
  'CONTENT-DESCRIPTION: x',
  'content-length: 1',
  'begin 644 a',
  'BEGIN 644 a',
  'Begin-base64 644 a',
  '=ybegin line=128 name=a',
  'y=ybegin ',
  'x',
  '-',
  'bbbbbbbbbbbb',
);
const ends = fc.constantFrom('\r\n', '\n', '\r', ' ', '');

const text = fc
  .tuple(
    fc.constantFrom('', '-', 'begin ', 'bbbb\r\n'),
    fc.constantFrom(0, 5, 40),
    fc.array(fc.tuple(words, ends), { maxLength: 12 }),
  )
  .map(([flood, times, pieces]) => flood.repeat(times) + pieces.flat().join(''));

function found(octets: Buffer, each: (unit: Buffer, read: BeginningReader) => void): readonly number[] {
  const places = new Set<number>();
  each(octets, (at) => places.add(at));
  return [...places].sort((a, b) => a - b);
}

function places(given: string, pattern: RegExp): readonly number[] {
  return [...given.matchAll(pattern)].map(({ index }) => index);
}

it('finds each line that begins with a field about the content', () => {
  fc.assert(
    fc.property(text, (given) => {
      const expected = places(given, /(?<![^\r\n])content-[dt]/gi);

      const read = found(Buffer.from(given), eachFieldLine);
      expect(read).toEqual(expect.arrayContaining([...expected]));
      // What begins and ends as the word does is looked at too, at the beginning of a line alone.
      expect(places(given, /(?<![^\r\n])c.{5}t-/gi)).toEqual(expect.arrayContaining([...read]));
    }),
    { numRuns: 2000 },
  );
});

it('finds each line that begins a file', () => {
  fc.assert(
    fc.property(text, (given) => {
      const expected = places(given, /(?<![^\r\n])(?:=y)?begin[ -]/gi);

      const read = found(Buffer.from(given), eachFileLine);
      expect(read).toEqual(expect.arrayContaining([...expected]));
      expect(places(given, /(?<![^\r\n])(?:=y)?begin/gi)).toEqual(expect.arrayContaining([...read]));
    }),
    { numRuns: 2000 },
  );
});

describe('a text', () => {
  const sampled = (letters: number, letter = 'p'): Buffer =>
    Buffer.from(Array.from({ length: 64 }, (_none, at) => (at < letters ? letter : 'x')).join(''));

  it.each([
    ['of six samples in 64 is full of a letter', sampled(6), true],
    ['of five is not', sampled(5), false],
    ['of its capitals is', sampled(6, 'P'), true],
    ['of nothing is not', Buffer.alloc(0), false],
    [
      'ten times as long is sampled in tenths',
      Buffer.from(sampled(6).toString().replaceAll(/./g, '$&xxxxxxxxx')),
      true,
    ],
    ['that has it between its samples is not', Buffer.from('xppppppppp'.repeat(64)), false],
  ])('%s', (_what, unit, isFull) => {
    expect(isFullOf(unit, 0x70)).toBe(isFull);
  });

  it.each([
    ['a field', 'Content-Type: x', [0], []],
    ['fields after every line end', 'a\ncontent-x\rCONTENT-D\r\nContent-T', [2, 12, 23], []],
    ['no field inside of a line', ' content-type: x', [], []],
    ['no other word of its length', 'contend-type: x\nxontent-type', [], []],
    ['files', 'begin 644 a\n=ybegin line\rBegin-base64\r\nBEGIN 1', [], [0, 12, 25, 39]],
    ['no file inside of a line', 'to begin 644\n=xbegin y\nx=ybegin \nybegin', [], []],
    ['none in other letters', 'bEgin 644 is what nobody would ever write', [], []],
  ])('has %s', (_what, given, fields, files) => {
    // In text that is full of the letter b each is looked for in another way.
    for (const text of [given, `${given}\n${'x'.repeat(400)}`]) {
      expect(found(Buffer.from(text), eachFieldLine)).toEqual(fields);
      expect(found(Buffer.from(text), eachFileLine)).toEqual(files);
    }
  });

  it('has what stands behind many places that are none', () => {
    const given = `${'a-b '.repeat(40)}\nContent-Type: x\n${'where do I begin '.repeat(40)}\nbegin 644 a\n=ybegin line`;

    expect(found(Buffer.from(given), eachFieldLine)).toEqual([161]);
    expect(found(Buffer.from(given), eachFileLine)).toEqual([161 + 16 + 681, 161 + 16 + 681 + 12]);
  });
});
