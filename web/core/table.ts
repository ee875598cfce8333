/** What a table shows: rows filtered by words, sorted by a column, cut into pages, by what the address says. */

export interface TableColumn<Row> {
  readonly key: string;
  readonly heading: string;
  /** What the cell says, for filter, sort and readers. */
  readonly text: (row: Row) => string;
  /** By what it is sorted, where the text will not do. */
  readonly order?: (row: Row) => string | number;
}

export interface TableState {
  /** Key of a column, with a minus for the other way round. */
  readonly sort: string | undefined;
  /** Words that must all be in a row. */
  readonly filter: string;
  /** From 1. */
  readonly page: number;
}

export interface TablePage<Row> {
  readonly rows: readonly Row[];
  /** Rows that the filter leaves. */
  readonly found: number;
  readonly page: number;
  readonly pages: number;
}

export const PAGE_ROWS = 100;

/** Reads the state out of an address; `prefix` tells two tables of one view apart. */
export function tableState(query: Readonly<Record<string, string>>, prefix = ''): TableState {
  const page = Number(query[`${prefix}page`]);
  return {
    sort: query[`${prefix}sort`],
    filter: query[`${prefix}q`] ?? '',
    page: Number.isInteger(page) && page > 0 ? page : 1,
  };
}

export function tablePage<Row>(
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  { sort, filter, page }: TableState,
): TablePage<Row> {
  const found = sorted(filtered(rows, columns, filter), columns, sort);
  const pages = Math.max(1, Math.ceil(found.length / PAGE_ROWS));
  const shown = Math.min(page, pages);
  const start = (shown - 1) * PAGE_ROWS;
  return { rows: found.slice(start, start + PAGE_ROWS), found: found.length, page: shown, pages };
}

function filtered<Row>(rows: readonly Row[], columns: readonly TableColumn<Row>[], filter: string): readonly Row[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = columns
      .map((column) => column.text(row))
      .join('\n')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

const COLLATOR = new Intl.Collator('en', { numeric: true });

function sorted<Row>(
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  sort: string | undefined,
): readonly Row[] {
  const column = columns.find(({ key }) => key === sort?.replace(/^-/, ''));
  if (column === undefined) return rows;
  const order = column.order ?? column.text;
  const sign = sort?.startsWith('-') === true ? -1 : 1;
  const keyed = rows.map((row) => ({ row, key: order(row) }));
  return keyed.sort((a, b) => sign * compared(a.key, b.key)).map(({ row }) => row);
}

function compared(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : COLLATOR.compare(`${a}`, `${b}`);
}

/** What a click on a heading makes of the sort: up, down, as it came. */
export function nextSort(sort: string | undefined, key: string): string | undefined {
  if (sort === key) return `-${key}`;
  return sort === `-${key}` ? undefined : key;
}
