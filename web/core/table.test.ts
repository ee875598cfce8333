import { describe, expect, it } from 'vitest';
import { nextSort, PAGE_ROWS, type TableColumn, tablePage, tableState } from './table.ts';

interface Row {
  readonly name: string;
  readonly octets: number;
}

const COLUMNS: readonly TableColumn<Row>[] = [
  { key: 'name', heading: 'Name', text: ({ name }) => name },
  { key: 'octets', heading: 'Octets', text: ({ octets }) => `${octets} octets`, order: ({ octets }) => octets },
];
const ROWS: readonly Row[] = [
  { name: 'b10', octets: 9 },
  { name: 'b9', octets: 10 },
  { name: 'A', octets: 2 },
];

function names(query: Readonly<Record<string, string>>): readonly string[] {
  return tablePage(ROWS, COLUMNS, tableState(query)).rows.map(({ name }) => name);
}

describe('a table', () => {
  it.each<[query: Readonly<Record<string, string>>, names: readonly string[]]>([
    // As it came.
    [{}, ['b10', 'b9', 'A']],
    // Numbers in names count as numbers, and capitals as their letters.
    [{ sort: 'name' }, ['A', 'b9', 'b10']],
    [{ sort: '-octets' }, ['b9', 'b10', 'A']],
    [{ sort: 'unknown' }, ['b10', 'b9', 'A']],
    // All words, in any column and any case.
    [{ q: 'B octets' }, ['b10', 'b9']],
    [{ q: '10 oct' }, ['b10', 'b9']],
    [{ q: 'nothing' }, []],
    [{ page: '7' }, ['b10', 'b9', 'A']],
    [{ page: 'x' }, ['b10', 'b9', 'A']],
  ])('of %j shows %j', (query, shown) => {
    expect(names(query)).toEqual(shown);
  });

  it('has pages, of which the last may be asked for by any higher number', () => {
    const rows = Array.from({ length: PAGE_ROWS * 2 + 1 }, (_, octets) => ({ name: 'x', octets }));

    expect(tablePage(rows, COLUMNS, tableState({ page: '99' }))).toEqual({
      rows: [rows.at(-1)],
      found: rows.length,
      page: 3,
      pages: 3,
    });
  });

  it('sorts up, then down, then not', () => {
    expect([undefined, 'name', '-name', 'octets'].map((sort) => nextSort(sort, 'name'))).toEqual([
      'name',
      '-name',
      undefined,
      'name',
    ]);
  });
});
