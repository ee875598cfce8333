/** Words and phrases in text: whole words, in any case and width, whatever the blanks between those of a phrase. */
import { comparable } from './glob.ts';

/** Characters of one word or phrase. */
export const MAX_WORD_CHARACTERS = 200;

const SPECIAL = /[\\^$.*+?()[\]{}|/]/g;
/** Letters of scripts that write words without blanks between them: a word of these has no border. */
const BORDERED = '(?![\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}])[\\p{L}\\p{N}_]';
const BEGINS = new RegExp(`^${BORDERED}`, 'u');
const ENDS = new RegExp(`${BORDERED}$`, 'u');

/** Text in the form in which words are looked for. */
export function searchable(text: string): string {
  return comparable(text).replace(/\s+/g, ' ');
}

function patternOf(word: string): string {
  const escaped = searchable(word).trim().replace(SPECIAL, '\\$&');
  // A border only where the word itself begins or ends with a letter or digit: "$$$" has none.
  const before = BEGINS.test(escaped) ? '(?<![\\p{L}\\p{N}_])' : '';
  const after = ENDS.test(escaped) ? '(?![\\p{L}\\p{N}_])' : '';
  return `${before}${escaped}${after}`;
}

/** One expression for all of a rule's words; it is asked of `searchable` text. */
export function compileWords(words: readonly string[]): RegExp {
  return new RegExp(words.map(patternOf).join('|'), 'u');
}
