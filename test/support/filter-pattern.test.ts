import { describe, expect, it } from 'vitest';
import { lineFilter } from './filter-pattern.ts';

describe('a metric filter', () => {
  it.each([
    ['{ $.event = "a" }', { event: 'a' }, true],
    ['{ $.event = "a" }', { event: 'ab' }, false],
    ['{ $.event = "a" }', { other: 'a' }, false],
    ['{ $.rule = "next-hop-*" }', { rule: 'next-hop-down' }, true],
    ['{ $.rule = "next-hop-*" }', { rule: 'next-hop' }, false],
    ['{ $.a.b = "1" }', { a: { b: 1 } }, true],
    ['{ ($.a = "1") && ($.b = "2") }', { a: '1', b: '2' }, true],
    ['{ ($.a = "1") && ($.b = "2") }', { a: '1' }, false],
    ['{ $.a = "1" || $.b = "2" && $.c = "3" }', { a: '1' }, true],
    ['{ ($.a = "1" || $.b = "2") && $.c = "3" }', { a: '1' }, false],
  ])('%s of %j is %s', (pattern, line, expected) => {
    expect(lineFilter(pattern)(line)).toBe(expected);
  });

  it.each(['event = "a"', '{ $.event }', '{ $.event = "a"', '{ $.event > "a" }', '{ $.event = "a" } x'])(
    '%s is none',
    (pattern) => {
      expect(() => lineFilter(pattern)).toThrow(SyntaxError);
    },
  );
});
