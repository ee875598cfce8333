/** Words and phrases in text: whole words, in any case and width, whatever the blanks between those of a phrase. */
import { comparable } from './glob.ts';

/** Characters of one word or phrase. */
export const MAX_WORD_CHARACTERS = 200;

const SPECIAL = /[\\^$.*+?()[\]{}|/]/g;
/** Letters of scripts that write words without blanks between them: a word of these has no border. */
const BORDERED = '(?![\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}])[\\p{L}\\p{N}_]';
const BEGINS = new RegExp(`^${BORDERED}`, 'u');
const ENDS = new RegExp(`${BORDERED}$`, 'u');

/** Any blanks for those of a phrase: a mail's lines end where they end. */
const BLANKS = /\s+/g;

/** A word or phrase that was found, on one line. */
export function onOneLine(found: string): string {
  return found.replace(BLANKS, ' ');
}

function patternOf(word: string): string {
  const escaped = comparable(word).trim().replace(SPECIAL, '\\$&').replace(BLANKS, '\\s+');
  // A border only where the word itself begins or ends with a letter or digit: "$$$" has none.
  // It is asked after the word: most places of a text show at once that there is none.
  const before = BEGINS.test(escaped) ? `(?<![\\p{L}\\p{N}_]${escaped})` : '';
  const after = ENDS.test(escaped) ? '(?![\\p{L}\\p{N}_])' : '';
  return `${escaped}${before}${after}`;
}

/** One expression for all of a rule's words; it is asked of `comparable` text. */
export function compileWords(words: readonly string[]): RegExp {
  return new RegExp(words.map(patternOf).join('|'), 'u');
}
