import { describe, expect, it } from 'vitest';
import { csv } from './csv.ts';
import { printable, printableJson } from './printable.ts';
import { type Column, cellText, layOut } from './table.ts';

interface Row {
  readonly name: string;
  readonly octets?: number;
  readonly note?: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { heading: 'NAME', cell: ({ name }: Row) => name },
  { heading: 'OCTETS', cell: ({ octets }: Row) => octets, kind: 'number' },
  { heading: 'NOTE', cell: ({ note }: Row) => note, mayBeCut: true },
];

interface Shape {
  readonly width?: number;
  readonly columns?: readonly Column<Row>[];
}

function table(rows: readonly Row[], { width, columns = COLUMNS }: Shape = {}) {
  const styled = (style: unknown, text: string): string => `<${String(style)}>${text}`;
  return layOut(columns, rows, { width, time: (iso) => iso.slice(11, 19), styled });
}

function linesOf(rows: readonly Row[], shape?: Shape): readonly string[] {
  return table(rows, shape).lines.map((line) => line.replaceAll('<bold>', ''));
}

describe('a table', () => {
  it('has numbers at the right, no blanks at the end, and no column without a value', () => {
    const lines = linesOf([
      { name: 'a', octets: 5 },
      { name: 'bücher', octets: 12345 },
    ]);

    expect(lines).toEqual(['NAME    OCTETS', 'a            5', 'bücher   12345']);
  });

  it('is cut to a terminal where it may be, and nowhere else', () => {
    const note = 'n'.repeat(60);
    const rows = [{ name: 'a'.repeat(20), octets: 1, note }];

    const [, narrow = ''] = linesOf(rows, { width: 50 });
    const [, wide] = linesOf(rows);

    expect(narrow).toHaveLength(50);
    expect(narrow.endsWith('n…')).toBe(true);
    expect(wide).toContain(note);
  });

  it('keeps what cannot be cut where the terminal is too narrow for it', () => {
    const [, line] = linesOf([{ name: 'a'.repeat(40), note: 'n'.repeat(40) }], { width: 10 });

    expect(line).toBe(`${'a'.repeat(40)}  ${'n'.repeat(15)}…`);
  });

  it('shows a time short, and a style round the whole cell', () => {
    const columns: readonly Column<Row>[] = [
      { heading: 'TIME', cell: ({ name }) => name, kind: 'time' },
      { heading: 'NOTE', cell: ({ note }) => note, style: () => 'red' },
    ];

    expect(linesOf([{ name: '2026-11-24T10:00:00Z', note: 'bad' }], { columns })[1]).toBe('10:00:00  <red>bad');
  });

  const NEWS: readonly Column<Row>[] = [
    { heading: 'NAME', cell: ({ name }) => name },
    { heading: 'SECOND', cell: ({ name }) => name, leaveOut: 2 },
    { heading: 'FIRST', cell: ({ name }) => name, leaveOut: 1 },
    { heading: 'NEWS', cell: ({ note }) => note, mayBeCut: true, isNews: true },
  ];

  // Three columns of 15 and their gaps leave 29 of 80 to the news, which is less than half.
  it.each([
    [200, []],
    [80, ['SECOND']],
    [40, ['SECOND', 'FIRST']],
  ])('on %i columns gives the news the most room, and says what it leaves out', (width, leftOut) => {
    const rows = [{ name: 'n'.repeat(15), note: 'x'.repeat(200) }];

    const shown = table(rows, { width, columns: NEWS });

    expect(shown.leftOut).toEqual(leftOut);
    const [, line = ''] = shown.lines;
    expect(line.length).toBeLessThanOrEqual(Math.max(width, 41));
    expect(line.split('  ').at(-1)?.length ?? 0).toBeGreaterThan(15);
  });

  it('leaves nothing out where the news is short', () => {
    expect(table([{ name: 'n'.repeat(15), note: 'x' }], { width: 80, columns: NEWS }).leftOut).toEqual([]);
  });

  it.each([
    [undefined, ''],
    [null, ''],
    [true, 'yes'],
    [['a', 'b'], 'a, b'],
    [{ a: 1 }, '{"a":1}'],
    [0, '0'],
  ])('shows %j as %j', (value, text) => {
    expect(cellText(value)).toBe(text);
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

describe('CSV', () => {
  const COLUMN = [{ heading: 'A', cell: ({ name }: Row) => name }];

  it.each([
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "x" now', '"say ""x"" now"'],
    ['a\r\nb', 'a\\x0d\\x0ab'],
    // Nothing that a spreadsheet takes for a formula; numbers, and ids that begin with a dash, stay as they are.
    ['=cmd|x', "'=cmd|x"],
    ['+1', "'+1"],
    ['@x', "'@x"],
    ['-1+2', "'-1+2"],
    ['-12.5', '-12.5'],
    ['-Ab3_-xyz012', '-Ab3_-xyz012'],
  ])('writes %j as %s', (name, field) => {
    expect(csv(COLUMN, [{ name }])).toBe(`A\r\n${field}\r\n`);
  });
});
