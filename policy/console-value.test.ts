import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { attributes, oneOf, quoted, someText, text, textParsedBy, trueOrFalse, wholeNumber } from './console-value.ts';
import { parsed, unparsed } from './result.ts';

/** The value, or the problem. */
function read(schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value);
  return result.success ? { value: result.data } : result.error.issues.map(({ message }) => message).join('; ');
}

const number = () => wholeNumber(6, 65_536);
const word = () => oneOf(['modern', 'rfc5321']);

// What somebody types, and what it is taken for.
describe('what is typed in the console', () => {
  it.each<[() => z.ZodType, unknown, unknown]>([
    [number, 500, 500],
    [number, '500', 500],
    [number, ' 500 ', 500],
    [number, '007', 7],
    [number, '\t65536\n', 65_536],
    [trueOrFalse, true, true],
    [trueOrFalse, 'true', true],
    [trueOrFalse, 'TRUE', true],
    [trueOrFalse, ' False ', false],
    [word, 'modern', 'modern'],
    [word, 'MODERN', 'modern'],
    [word, ' Rfc5321 ', 'rfc5321'],
    [text, ' a b ', 'a b'],
    [text, '', ''],
  ])('is understood where it is plain', (schema, typed, value) => {
    expect(read(schema(), typed)).toEqual({ value });
  });

  it.each<[() => z.ZodType, unknown, string]>([
    [number, undefined, 'is missing'],
    [number, '5OO', '"5OO" is not a number; 6 to 65536 are allowed'],
    [number, '', '"" is not a number; 6 to 65536 are allowed'],
    [number, '1e3', '"1e3" is not a number; 6 to 65536 are allowed'],
    [number, '0x10', '"0x10" is not a number; 6 to 65536 are allowed'],
    [number, '1,000', '"1,000" is not a number; 6 to 65536 are allowed'],
    [number, '500 octets', '"500 octets" is not a number; 6 to 65536 are allowed'],
    [number, '500.0', '"500.0" is not a number; 6 to 65536 are allowed'],
    [number, '٥٠٠', '"٥٠٠" is not a number; 6 to 65536 are allowed'],
    [number, '9'.repeat(16), `"${'9'.repeat(16)}" is not a number; 6 to 65536 are allowed`],
    [number, 1.5, '1.5 is not a whole number; 6 to 65536 are allowed'],
    [number, 5, '5 is out of range; 6 to 65536 are allowed'],
    [number, '-500', '-500 is out of range; 6 to 65536 are allowed'],
    [number, '65537', '65537 is out of range; 6 to 65536 are allowed'],
    [number, Number.POSITIVE_INFINITY, 'Infinity is not a number; 6 to 65536 are allowed'],
    [number, true, 'true is not a number; 6 to 65536 are allowed'],
    [number, null, 'null is not a number; 6 to 65536 are allowed'],
    [number, [500], 'a list is not a number; 6 to 65536 are allowed'],
    [number, { N: '500' }, 'a map is not a number; 6 to 65536 are allowed'],
    [trueOrFalse, undefined, 'is missing'],
    [trueOrFalse, 'on', '"on" is neither true nor false'],
    [trueOrFalse, 'yes', '"yes" is neither true nor false'],
    [trueOrFalse, 1, '1 is neither true nor false'],
    [trueOrFalse, new Set(['true']), 'a set is neither true nor false'],
    [word, undefined, 'is missing'],
    [word, 'isa', '"isa" is not allowed; modern, rfc5321 are'],
    [word, true, 'true is not allowed; modern, rfc5321 are'],
    [() => oneOf(['deny']), 'relay', '"relay" is not allowed; deny is'],
    [text, 7, '7 is not text'],
    [text, new Uint8Array(2), 'a binary value is not text'],
    [someText, '  ', 'is empty'],
  ])('is reported with what is allowed where it is not: %#', (schema, typed, problem) => {
    expect(read(schema(), typed)).toBe(problem);
  });
});

describe('textParsedBy', () => {
  const schema = textParsedBy((typed) => (typed === 'good' ? parsed(1) : unparsed(`"${typed}" is bad`)));

  it('gives what the parser gives, blanks cut off', () => {
    expect(read(schema, ' good ')).toEqual({ value: 1 });
    expect(read(schema, ' evil ')).toBe('"evil" is bad');
    expect(read(schema, 7)).toBe('7 is not text');
    expect(read(schema, undefined)).toBe('is missing');
  });
});

describe('attributes', () => {
  const few = () => attributes({ allowed: trueOrFalse().optional(), maxOctets: number().default(7) });
  const named = (names: string) => () =>
    attributes(Object.fromEntries([...names].map((name) => [name, text().optional()])));

  it('fills in defaults and leaves out what is optional', () => {
    expect(read(few(), {})).toEqual({ value: { maxOctets: 7 } });
  });

  it.each<[() => z.ZodType, unknown, string]>([
    [few, { maxOctet: 7 }, '"maxOctet" is not an attribute here; allowed, maxOctets are'],
    [few, { MAXOCTETS: 7 }, '"MAXOCTETS" must be written maxOctets'],
    [few, { 'allowed ': true }, '"allowed " must be written allowed'],
    [
      few,
      { x: 1, y: 2 },
      '"x" is not an attribute here; allowed, maxOctets are; "y" is not an attribute here; allowed, maxOctets are',
    ],
    [named('abcdefgh'), { x: 1 }, '"x" is not an attribute here; a, b, c, d, e, f, g, h are'],
    [named('abcdefghi'), { x: 1 }, '"x" is not an attribute here'],
    [few, 'allowed', '"allowed" is not a map of attributes'],
    [few, null, 'null is not a map of attributes'],
    [few, ['allowed'], 'a list is not a map of attributes'],
  ])('names what it does not know: %#', (schema, typed, problem) => {
    expect(read(schema(), typed)).toBe(problem);
  });
});

describe('quoted', () => {
  it('cuts long text, and never in the middle of a character', () => {
    expect(quoted('x'.repeat(80))).toBe(`"${'x'.repeat(80)}"`);
    expect(quoted('x'.repeat(81))).toBe(`"${'x'.repeat(80)}…"`);
    expect(quoted(`${'x'.repeat(79)}😀😀`).isWellFormed()).toBe(true);
  });
});
