import { expect, it } from 'vitest';
import { withoutFinalBlanks } from './blanks.ts';

it.each([
  ['', ''],
  ['   ', ''],
  ['a', 'a'],
  ['a  ', 'a'],
  [' a b  ', ' a b'],
  // No other white space is a blank: 0xA0 is an octet of UTF-8.
  ['a\xa0', 'a\xa0'],
  ['a\t', 'a\t'],
])('of %j leaves %j', (text, left) => {
  expect(withoutFinalBlanks(text)).toBe(left);
});
