import { describe, expect, it } from 'vitest';
import { printable, printableJson } from './printable.ts';
import { tableLines, textOf } from './table.ts';

interface Row {
  readonly name: string;
  readonly octets?: number;
  readonly note?: string;
}

const COLUMNS = [
  { heading: 'NAME', cell: ({ name }: Row) => name },
  { heading: 'OCTETS', cell: ({ octets }: Row) => octets, isNumber: true },
  { heading: 'NOTE', cell: ({ note }: Row) => note, mayBeCut: true },
];

describe('a table', () => {
  it('has numbers at the right, no blanks at the end, and no column without a value', () => {
    const lines = tableLines(COLUMNS, [
      { name: 'a', octets: 5 },
      { name: 'bücher', octets: 12345 },
    ]);

    expect(lines).toEqual(['NAME    OCTETS', 'a            5', 'bücher   12345']);
  });

  it('is cut to a terminal where it may be, and nowhere else', () => {
    const note = 'n'.repeat(60);
    const rows = [{ name: 'a'.repeat(20), octets: 1, note }];

    const [, narrow = ''] = tableLines(COLUMNS, rows, 50);
    const [, wide] = tableLines(COLUMNS, rows);

    expect(narrow).toHaveLength(50);
    expect(narrow.endsWith('n…')).toBe(true);
    expect(wide).toContain(note);
  });

  it('keeps what cannot be cut where the terminal is too narrow for it', () => {
    const [, line] = tableLines(COLUMNS, [{ name: 'a'.repeat(40), note: 'n'.repeat(40) }], 10);

    expect(line).toBe(`${'a'.repeat(40)}  ${'n'.repeat(15)}…`);
  });

  it.each([
    [undefined, ''],
    [null, ''],
    [true, 'yes'],
    [['a', 'b'], 'a, b'],
    [{ a: 1 }, '{"a":1}'],
    [0, '0'],
  ])('shows %j as %j', (value, text) => {
    expect(textOf(value)).toBe(text);
  });
});

describe('text that others wrote', () => {
  it.each([
    ['EHLO \x1b[2J\x1b]0;owned\x07', 'EHLO \\x1b[2J\\x1b]0;owned\\x07'],
    ['\x9b31m', '\\x9b31m'],
    ['a\r\nb', 'a\\x0d\\x0ab'],
    ['\u202etxt.exe', '\\u202etxt.exe'],
    ['bücher 書', 'bücher 書'],
  ])('%j is shown as %s', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('is harmless in JSON too, and the same when it is read', () => {
    const value = { line: 'a\x1b\x9b31m\u202e' };

    const json = printableJson(value);

    expect(json).toBe('{"line":"a\\u001b\\u009b31m\\u202e"}');
    expect(JSON.parse(json)).toEqual(value);
  });
});
