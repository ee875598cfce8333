/** What is found in a quick way is what an expression finds, in texts of few places and of many. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type BeginningReader, eachFieldLine, eachFileLine } from './hidden-beginnings.ts';

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

      expect(found(Buffer.from(given), eachFieldLine)).toEqual(expect.arrayContaining([...expected]));
    }),
    { numRuns: 2000 },
  );
});

it('finds each line that begins a file', () => {
  fc.assert(
    fc.property(text, (given) => {
      const expected = places(given, /(?<![^\r\n])(?:=y)?begin[ -]/gi);

      expect(found(Buffer.from(given), eachFileLine)).toEqual(expect.arrayContaining([...expected]));
    }),
    { numRuns: 2000 },
  );
});
