import { expect, it } from 'vitest';
import { tokensOf } from './address-tokens.ts';

/** Gap, kind and text of each token but the end's. */
function tokens(value: string): readonly string[] | 'unreadable' {
  return (
    tokensOf(value)
      ?.slice(0, -1)
      .map(({ gap, kind, text }) => `${gap} ${kind} ${text}`) ?? 'unreadable'
  );
}

it.each<[string, string, readonly string[]]>([
  ['an address', 'a.b@c', ['none word a', 'none mark .', 'none word b', 'none mark @', 'none word c']],
  ['blanks and a fold', 'a \t\r\n b', ['none word a', 'blank word b']],
  ['a comment', 'a(x)b', ['none word a', 'comment word b']],
  ['a comment with blanks about it', 'a (x) b', ['none word a', 'comment word b']],
  ['a domain literal', 'a@[192.0.2.1]', ['none word a', 'none mark @', 'none literal [192.0.2.1]']],
  ['an encoded word', '=?utf-8?q?a,b?= c', ['none encoded =?utf-8?q?a,b?=', 'blank word c']],
  ['a word like an encoded one', 'a=?utf-8?q?b?=', ['none word a=?utf-8?q?b?=']],
  ['quotes in a quoted string', '"a\\"b"c', ['none quoted "a\\"b"', 'none word c']],
  ['a folded quoted string', '"a\r\n b"', ['none quoted "a\r\n b"']],
  ['an address in a quoted string', '"a@b"', ['none quoted "a@b"']],
  ['an address in a comment', '(a@b, c) d', ['comment word d']],
  ['a folded comment', '(a\r\n b) c', ['comment word c']],
  ['a comment in a comment', '(a (b) c) d', ['comment word d']],
  ['a letter behind a backslash in a comment', '(\\a) b', ['comment word b']],
])('tokens are told apart: %s', (_what, value, expected) => {
  expect(tokens(value)).toEqual(expected);
});

it.each([
  ['a control character in quotes', '"a\x01"'],
  ['a bare LF in a comment', '(a\n b) c'],
  ['an address in folded quotes', '"a@b\r\n c"'],
  ['an address in a folded comment', '(a@b\r\n c) d'],
  ['a comma in a nested comment', '(a, (b)) c'],
  ['a nested comment with a word right behind it', '(a (b)c) d'],
  ['the end of a comment behind a backslash', '(a\\)'],
  ['quotes that end in a backslash', '"a\\"'],
  ['a bracket without an end', 'a@[192.0.2.1'],
])('tokens are not made of %s', (_what, value) => {
  expect(tokens(value)).toBe('unreadable');
});
