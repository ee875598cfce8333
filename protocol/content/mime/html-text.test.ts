import { describe, expect, it } from 'vitest';
import { textOfHtml } from './html-text.ts';

describe('the text of HTML', () => {
  it.each([
    ['without markup', 'a b', 'a b'],
    ['of nothing', '', ''],
    ['in one element', '<p>a</p>', ' a '],
    ['with a tag inside of a word', 'via<b>g</b>ra', 'viagra'],
    ['with a block between words', 'a<br>b<DIV class="x">c</div>d', 'a b c d'],
    ['with a tag that is closed in itself', 'a<br/>b', 'a b'],
    ['with a comment inside of a word', 'via<!-- > -->gra', 'viagra'],
    ['with a comment of blocks', 'a<!--<p>-->b', 'ab'],
    ['with a comment that begins with its end', 'a<!-->b-->c', 'ac'],
    ['with a comment that has no end', 'a<!-- b > c', 'a'],
    ['with a tag that has no end', 'a<p b', 'a '],
    ['with a declaration', '<!DOCTYPE html>a<?xml x?>b', 'ab'],
    ['with a sign that begins no tag', '1 < 2 <3 <', '1 < 2 <3 <'],
    ['with two signs', '<<b>a', '<a'],
    ['with capitals', '<B>a</B><Z>b<z>c<A>d', 'abcd'],
    ['with octets beside letters', '<@a><[a><`a><{a>', '<@a><[a><`a><{a>'],
    ['with the longest name of a block', 'a<blockquote>b', 'a b'],
    ['with a longer name', 'a<blockquotes>b', 'ab'],
    ['with a name that a block begins', 'a<pre1>b<p_>c<p:x>d', 'abc d'],
    ['with a heading', 'a<h1>b<h9>c', 'a bc'],
    ['with names and numbers', '&lt;&amp;&#65;&#x42;&#X43;', '<&ABC'],
    ['with names that have no end', '&lt &amp&lt', '< &<'],
    ['with names of another case', '&Auml;&auml;&AMP;', '\u00c4\u00e4&AMP;'],
    ['with what is left out', 'vi&shy;ag&zwnj;ra&zwj;', 'viagra'],
    ['with a blank', 'a&nbsp;b', 'a b'],
    ['with a name that nobody knows', 'a&x;b&nothing;', 'a&x;b&nothing;'],
    ['with numbers that are none', '&#0;&#xD800;&#xDFFF;&#x110000;&#;', '&#;'],
    ['with the numbers beside these', '&#1;&#xD7FF;&#xE000;&#x10FFFF;', '\x01\ud7ff\ue000\u{10ffff}'],
    ['with numbers of many digits', '&#0000065;&#00000065;&#x000041;&#x0000041;', 'A\u00065;A\u00041;'],
    ['with markup in names', '&lt;b&gt;', '<b>'],
  ])('%s', (_what, html, text) => {
    expect(textOfHtml(html)).toBe(text);
  });

  it.each([
    'address article aside blockquote body br caption center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 head header',
    'hr html li main nav ol p pre section select option style script table tbody td tfoot th thead title tr ul',
  ])('is parted by %s', (names) => {
    for (const name of names.split(' ')) expect(textOfHtml(`a<${name} x>b</${name}>c`)).toBe('a b c');
  });
});
