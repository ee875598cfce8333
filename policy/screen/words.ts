/** Words and phrases in text: whole words, in any case and width, whatever the blanks between those of a phrase. */
import { comparable } from './glob.ts';

/** Characters of one word or phrase. */
export const MAX_WORD_CHARACTERS = 200;

const SPECIAL = /[\\^$.*+?()[\]{}|/]/g;
/** Letters of scripts that write words without blanks between them: a word of these has no border. */
const BORDERED = '(?![\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}])[\\p{L}\\p{N}_]';
const BEGINS = new RegExp(`^${BORDERED}`, 'u');
const ENDS = new RegExp(`${BORDERED}$`, 'u');

/** Blanks that are not one space. */
const BLANKS = /[^\S ]\s*| \s+/g;

/** Text in the form in which words are looked for. */
export function searchable(text: string): string {
  return comparable(text).replace(BLANKS, ' ');
}

function patternOf(word: string): string {
  const escaped = searchable(word).trim().replace(SPECIAL, '\\$&');
  // A border only where the word itself begins or ends with a letter or digit: "$$$" has none.
  // It is asked after the word: most places of a text show at once that there is none.
  const before = BEGINS.test(escaped) ? `(?<![\\p{L}\\p{N}_]${escaped})` : '';
  const after = ENDS.test(escaped) ? '(?![\\p{L}\\p{N}_])' : '';
  return `${escaped}${before}${after}`;
}

/** One expression for all of a rule's words; it is asked of `searchable` text. */
export function compileWords(words: readonly string[]): RegExp {
  return new RegExp(words.map(patternOf).join('|'), 'u');
}
