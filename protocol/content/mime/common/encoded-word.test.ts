import { describe, expect, it } from 'vitest';
import {
  charsetReadings,
  charsetsOf,
  decodeCharset,
  decodeWords,
  hasEncodedWord,
  isCheapCharset,
  isKnownCharset,
  textOf,
} from './encoded-word.ts';

describe('encoded words', () => {
  it.each([
    ['of quoted-printable', '=?utf-8?q?a=C3=BC_b?=', 'a\u00fc b'],
    ['in capitals', '=?UTF-8?Q?=c3=bc?=', '\u00fc'],
    ['of base64', '=?utf-8?b?w7w=?=', '\u00fc'],
    ['of base64 in capitals', '=?utf-8?B?w7w=?=', '\u00fc'],
    ['of another charset', '=?iso-8859-1?q?=FC?=', '\u00fc'],
    ['with a language', '=?iso-8859-1*de?q?=FC?=', '\u00fc'],
    ['in a charset that nobody knows', '=?x-nothing?q?=FC?=', '\u00fc'],
    ['of no charset', '=??q?a?=', 'a'],
    ['without an end', 'x =?utf-8?q?a_b', 'x a b'],
    ['of nothing', '=?utf-8?q??=', ''],
    ['with blanks between them', '=?utf-8?q?a?= \t\r\n =?utf-8?q?b?=', 'ab'],
    ['with a word between them', '=?utf-8?q?a?= x =?utf-8?q?b?=', 'a x b'],
    ['one of which has half a character', '=?utf-8?q?=C3?= =?utf-8?q?=BC?=', '\u00fc'],
    ['of two charsets', '=?utf-8?q?=C3=BC?= =?iso-8859-1?q?=FC?=', '\u00fc\u00fc'],
    ['inside of other text', 'a"=?utf-8?q?b?="c', 'a"b"c'],
    ['of another encoding', '=?utf-8?x?a?=', '=?utf-8?x?a?='],
    ['of no digits', '=?utf-8?q?=4x?=', '=4x'],
    ['that are none', '=?a b', '=?a b'],
    ['with UTF-8 round them', '\xc3\xbc =?utf-8?q?b?= \xc3\xbc', '\u00fc b \u00fc'],
  ])('%s', (_what, text, decoded) => {
    expect(decodeWords(text)).toBe(decoded);
  });

  it.each([
    ['=?utf-8?q?a?=', true, ['utf-8']],
    ['=?a*en?q?b?= =?c?B?d?=', true, ['a', 'c']],
    ['=?utf-8?x?a?=', false, []],
    ['plain', false, []],
    [`=?${'x'.repeat(60)}?q?a?=`, true, ['x'.repeat(60)]],
    [`=?${'x'.repeat(61)}?q?a?=`, false, []],
  ])('%s has %s', (text, has, charsets) => {
    expect(hasEncodedWord(text)).toBe(has);
    expect(charsetsOf(text)).toEqual(charsets);
  });

  it('are read as is asked', () => {
    expect(decodeWords('a=?x?q?b?= =?x?q?c?=', (octets, charset) => `[${charset} ${octets.length}]`)).toBe('a[x 2]');
  });
});

describe('a charset', () => {
  it.each([
    ['utf-8', '\xc3\xbc', '\u00fc'],
    [' UTF-8 ', '\xc3\xbc', '\u00fc'],
    ['us-ascii', '\xc3\xbc', '\u00fc'],
    ['iso-8859-2', '\xb1', '\u0105'],
    ['cp1252', '\x80', '\u20ac'],
    ['unknown', '\x80', '\u20ac'],
    ['utf-16', '\0a\0b', 'ab'],
    ['utf-16le', 'a\0b\0', 'ab'],
    ['utf-7', 'a+AC4-', 'a+AC4-'],
    ['koi8-r', '\xc1', '\u0430'],
    ['shift_jis', '\x82\xa0', '\u3042'],
    ['no-such-charset', '\x80', '\u20ac'],
  ])('%s', (charset, octets, text) => {
    expect(decodeCharset(Buffer.from(octets, 'latin1'), charset)).toBe(text);
  });

  it.each([
    ['utf-16', 'a\0', ['\u6100', 'a', 'a']],
    ['UTF-32', 'a\0', ['a\0', 'a', 'a']],
    ['ucs-2', 'a\0', ['a', 'a', 'a']],
    ['utf-8', 'a\0', ['a\0']],
    ['x-utf-16', 'a', ['a']],
  ])('%s may be read as %s', (charset, octets, readings) => {
    expect(charsetReadings(Buffer.from(octets, 'latin1'), charset)).toEqual(readings);
  });

  it.each([
    ...['utf-8', ' US-ASCII', 'iso-8859-1', 'windows-1252', 'cp437', 'cp850', 'IBM866', 'windows_874', 'iso_8859_15'],
    ...[
      'latin1',
      'latin-9',
      'x-unknown',
      'unknown-8bit',
      'default',
      'ansi_x3.4',
      'x-mac-roman',
      'macintosh',
      'binary',
      '8bit',
    ],
    ...['gb18030', 'big5', 'euc-kr', 'iso-2022-jp', 'utf-16'],
  ])('%s is known', (charset) => {
    expect(isKnownCharset(charset)).toBe(true);
  });

  it.each(['utf-7', 'UTF-7 ', 'unicode-1-1-utf-7', 'utf-32', 'cp037', 'ebcdic', 'x-nothing', 'xcp437', ''])(
    '%s is not',
    (charset) => {
      expect(isKnownCharset(charset)).toBe(false);
    },
  );

  it('is cheap once it was asked for', () => {
    expect(['utf-8', ' US-ascii '].map(isCheapCharset)).toEqual([true, true]);
    expect(isCheapCharset('ISO-8859-16')).toBe(false);
    decodeCharset(Buffer.from('a'), 'iso-8859-16');
    expect(isCheapCharset('ISO-8859-16')).toBe(true);
    decodeCharset(Buffer.from('a'), 'x-nothing-at-all');
    expect(isCheapCharset('x-nothing-at-all')).toBe(false);
  });
});

it.each([
  ['plain', 'plain'],
  ['\xc3\xbc', '\u00fc'],
  ['\xfc', '\xfc'],
  ['\xc3\xbc\xfc', '\xc3\xbc\xfc'],
])('%j is the text %j', (latin1, text) => {
  expect(textOf(latin1)).toBe(text);
});
