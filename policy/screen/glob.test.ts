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

    // A star is any text, also none; several are one.
    ['report.pdf', '*port*', true],
    ['report.pdf', 'rep**.pdf', true],
    ['report.pdf', '*.p*f', true],
    ['ab', 'a*x*b', false],
    ['axb', 'a*x*b', true],
    ['ab', 'a*ab', false],

    // No two pieces of a glob stand for the same characters.
    ['abc', 'a*bc*c', false],
    ['abcc', 'a*bc*c', true],

    // A question mark is one character, and there must be one.
    ['invoice.doc', 'invoice.doc?', false],
    ['invoice.docx', 'invoice.doc?', true],
    ['ab', 'ab?*', false],
    ['a', 'a?**', false],
    ['a', '*??**', false],
    ['a', '*?', true],
    ['', '?', false],

    // A piece with a question mark is found in the middle and at the end, and nowhere where it is not.
    ['my invoice7 of may', '*invoice? of*', true],
    ['my invoice of may', '*invoice? of*', false],
    ['my invoice7', '*voice?*', true],
    ['my invoice', '*voice?*', false],
    ['my invoice', '*q?*', false],
  ])('%s by %s is %s', (name, pattern, expected) => {
    expect(matchesGlob(comparable(name), parseGlob(pattern))).toBe(expected);
  });
});
