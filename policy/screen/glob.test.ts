import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparable, matchesGlob, parseGlob } from './glob.ts';

/** The meaning of a glob, said as a regular expression. */
function slowly(text: string, pattern: string): boolean {
  const source = [...comparable(pattern)].map((character) => {
    if (character === '*') return '[^]*';
    return character === '?' ? '[^]' : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
  return new RegExp(`^${source.join('')}$`, 'u').test(text);
}

describe('matchesGlob', () => {
  it('is the regular expression that it means', () => {
    const piece = fc.constantFrom('a', 'b', '.', 'ab', '*', '?', 'B');
    const text = fc.array(fc.constantFrom('a', 'b', '.', 'ab'), { maxLength: 12 });
    fc.assert(
      fc.property(text, fc.array(piece, { maxLength: 8 }), (name, pattern) => {
        expect(matchesGlob(name.join(''), parseGlob(pattern.join('')))).toBe(slowly(name.join(''), pattern.join('')));
      }),
    );
  });

  it.each([
    ['Evil.EXE', '*.exe', true],
    ['evil.exe.txt', '*.exe', false],
    ['a', '', false],
    ['', '*', true],
    ['aba', 'a*a', true],
    ['a', 'a*a', false],
    ['ｅvil.exe', 'evil*', true],
    ['(1).doc', '(1).d?c', true],
  ])('%s by %s is %s', (name, pattern, expected) => {
    expect(matchesGlob(comparable(name), parseGlob(pattern))).toBe(expected);
  });
});
