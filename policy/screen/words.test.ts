import { describe, expect, it } from 'vitest';
import { comparable } from './glob.ts';
import { compileWords, onOneLine } from './words.ts';

describe('words', () => {
  it.each<[string, readonly string[], string, string | undefined]>([
    ['any one of several', ['lottery', 'raffle'], 'Our Raffle!', 'raffle'],
    ['none of them', ['lottery', 'raffle'], 'Our prize!', undefined],
    ['not at the end of another word', ['cat'], 'a bobcat', undefined],
    ['not at the beginning of another word', ['cat'], 'a category', undefined],
    ['not next to a digit', ['cat'], 'cat5', undefined],
    ['not next to an underscore', ['cat'], 'my_cat', undefined],
    ['at a hyphen', ['cat'], 'cat-like', 'cat'],
    ['at the ends of the text', ['cat'], 'cat', 'cat'],
    ['after a longer word that contains it', ['cat'], 'bobcat, cat', 'cat'],
    ['blanks round it, which do not count', [' cat '], 'cat', 'cat'],
    ['a phrase over two lines', ['wire transfer'], 'wire\r\n  transfer', 'wire\r\n  transfer'],
    ['a phrase written without its blank', ['wire transfer'], 'wiretransfer', undefined],
    ['a phrase that begins within a word', ['wire transfer'], 'rewire transfer', undefined],
    ['a dot, which is a dot', ['a.b'], 'a-b', undefined],
    ['signs that mean something in expressions', ['(50%+)?'], 'save (50%+)?', '(50%+)?'],
    ['signs, which need no blank round them', ['$$$'], 'make$$$now', '$$$'],
    ['signs at the end of a word', ['c++'], 'c++11', 'c++'],
    ['signs at the end of a word that begins within another', ['c++'], 'abc++', undefined],
    ['signs at the beginning of a word', ['#win'], 'now#win', '#win'],
    ['signs at the beginning of a word that goes on', ['#win'], '#winter', undefined],
    ['a letter that is not ASCII, as a border', ['cat'], 'catégorie', undefined],
    ['a word of Japanese inside a sentence', ['くじ'], 'たからくじです', 'くじ'],
  ])('are found: %s', (_case, words, text, found) => {
    expect(compileWords(words).exec(comparable(text))?.[0]).toBe(found);
  });
});

it('a phrase that was found is told on one line', () => {
  expect(onOneLine('wire\r\n \t transfer')).toBe('wire transfer');
});
