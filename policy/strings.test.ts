import { describe, expect, it } from 'vitest';
import { unparsed } from './result.ts';
import { stringsParsedBy, stringsSchema } from './strings.ts';

describe('stringsSchema', () => {
  it.each([
    ['a set', new Set(['a', 'b']), ['a', 'b']],
    ['a list', ['a', 'b'], ['a', 'b']],
    ['strings with blanks round them', [' a', 'b\t'], ['a', 'b']],
    ['one string', ' a ', ['a']],
    ['an empty list', [], []],
  ])('reads %s', (_form, value, strings) => {
    expect(stringsSchema.parse(value)).toEqual(strings);
  });

  it.each([
    ['what could be several strings', 'a, b', '"a, b" is not a set of strings'],
    ['two words', 'a b', '"a b" is not a set of strings'],
    ['an empty string', '', '"" is not a set of strings'],
    ['a number', 7, '7 is not a set of strings'],
    ['a map', { a: 'b' }, 'a map is not a set of strings'],
    ['a set of numbers', new Set([7]), '7 is not text'],
    ['nothing', undefined, 'is missing'],
  ])('refuses %s', (_form, value, problem) => {
    expect(stringsSchema.safeParse(value).error?.issues.map(({ message }) => message)).toEqual([problem]);
  });
});

describe('stringsParsedBy', () => {
  it.each([
    [7, '7 is not a set of strings'],
    [undefined, 'is missing'],
  ])('takes no %j', (value, problem) => {
    const schema = stringsParsedBy((text) => ({ ok: true, value: text }));

    expect(schema.safeParse(value).error?.issues.map(({ message }) => message)).toEqual([problem]);
  });

  it('names every string at fault', () => {
    const schema = stringsParsedBy((text) => (text === 'a' ? { ok: true, value: 1 } : unparsed(`no ${text}`)));

    expect(schema.parse(['a', ' a ', 'a'])).toEqual([1, 1, 1]);
    expect(schema.safeParse(['x', 'a', 'y']).error?.issues.map(({ message }) => message)).toEqual(['no x', 'no y']);
  });
});
