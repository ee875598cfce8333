/** Tables of text. */
import type { styleText } from 'node:util';
import { printable } from './printable.ts';

export type Style = Parameters<typeof styleText>[0];

export interface Column<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => unknown;
  /** Numbers stand at the right; a time is shown short. Text where nothing is said. */
  readonly kind?: 'number' | 'time';
  /** May be cut where the terminal is narrower than the table. */
  readonly mayBeCut?: boolean;
  /** What people look for: it gets the room that the others leave, and is cut last. */
  readonly isNews?: boolean;
  /** Left out where there is too little room for the news; the highest number goes first. */
  readonly leaveOut?: number;
  readonly style?: (row: Row) => Style | undefined;
}

export interface TableForm {
  /** Characters of the terminal; nothing is cut where there is none. */
  readonly width?: number | undefined;
  /** A time as a reader sees it. */
  readonly time: (iso: string) => string;
  readonly styled: (style: Style, text: string) => string;
}

export interface Table {
  /** The headings first. */
  readonly lines: readonly string[];
  /** Headings of columns that were left out for want of room. */
  readonly leftOut: readonly string[];
}

const GAP = '  ';
/** Characters to which a column is cut at most. */
const NARROWEST = 16;
/** Characters that the news has at least, however narrow the terminal. */
const NARROWEST_NEWS = 24;

interface Filled<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  readonly width: number;
}

/** Lays a table out; a column without any value is left out. */
export function layOut<Row>(columns: readonly Column<Row>[], rows: readonly Row[], form: TableForm): Table {
  const filled = columns
    .map((column): Filled<Row> => {
      const cells = rows.map((row) => shownCell(column, row, form));
      return { column, cells, width: Math.max(widthOf(column.heading), ...cells.map(widthOf)) };
    })
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
  const { kept, widths } = fitted(filled, form.width);
  const line = (cellOf: (each: Filled<Row>) => string, styleOf: (column: Column<Row>) => Style | undefined): string =>
    kept
      .map((each, at) => {
        const isLast = at === kept.length - 1;
        const text = aligned(cellOf(each), widths[at] ?? 0, each.column.kind === 'number', isLast);
        const style = styleOf(each.column);
        return style === undefined || text.trim() === '' ? text : form.styled(style, text);
      })
      .join(GAP)
      .trimEnd();
  const heading = line(
    ({ column }) => column.heading,
    () => 'bold',
  );
  const body = rows.map((row, at) =>
    line(
      ({ cells }) => cells[at] ?? '',
      ({ style }) => style?.(row),
    ),
  );
  const leftOut = filled.filter((each) => !kept.includes(each)).map(({ column }) => column.heading);
  return { lines: [heading, ...body], leftOut };
}

function shownCell<Row>({ cell, kind }: Column<Row>, row: Row, { time }: TableForm): string {
  const text = cellText(cell(row));
  return kind === 'time' ? time(text) : text;
}

/** What a cell shows of a value: nothing of what is absent, a list with commas. */
export function cellText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(cellText).join(', ');
  if (typeof value === 'object') return printable(JSON.stringify(value));
  return printable(typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value));
}

interface Fitted<Row> {
  readonly kept: readonly Filled<Row>[];
  readonly widths: readonly number[];
}

/**
 * Takes from the widest of the columns that may be cut until the table fits. Where that leaves the news less room than
 * any other column has, columns are left out.
 */
function fitted<Row>(filled: readonly Filled<Row>[], width: number | undefined): Fitted<Row> {
  const widths = filled.map((each) => each.width);
  if (width === undefined) return { kept: filled, widths };
  cut(widths, width, (at) => filled[at]?.column.mayBeCut === true && filled[at]?.column.isNews !== true, NARROWEST);
  const news = filled.findIndex(({ column }) => column.isNews === true);
  const room = (widths[news] ?? 0) - excessOf(widths, width);
  const others = widths.filter((_, at) => at !== news);
  const wanted = Math.min(widths[news] ?? 0, Math.max(NARROWEST_NEWS, Math.floor(width / 2), ...others));
  const isTight = news === -1 ? excessOf(widths, width) > 0 : room < wanted;
  const spare = filled.filter(({ column }) => column.leaveOut !== undefined);
  if (isTight && spare.length > 0) {
    const least = spare.reduce((a, b) => ((b.column.leaveOut ?? 0) > (a.column.leaveOut ?? 0) ? b : a));
    return fitted(
      filled.filter((each) => each !== least),
      width,
    );
  }
  cut(widths, width, (at) => at === news, NARROWEST_NEWS);
  return { kept: filled, widths };
}

function excessOf(widths: readonly number[], width: number): number {
  return widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length) - width;
}

/** Makes columns narrower, the widest first, until they fit or have the least width. */
function cut(widths: number[], width: number, mayBeCut: (at: number) => boolean, least: number): void {
  const cuttable = [...widths.keys()].filter(mayBeCut);
  for (let excess = excessOf(widths, width); excess > 0; excess -= 1) {
    const widest = cuttable.reduce(
      (best, at) => ((widths[at] ?? 0) > (widths[best] ?? 0) ? at : best),
      cuttable[0] ?? -1,
    );
    if ((widths[widest] ?? 0) <= least) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

function aligned(text: string, width: number, isNumber: boolean, isLast: boolean): string {
  const characters = [...text];
  const shown = characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : text;
  const fill = ' '.repeat(isLast && !isNumber ? 0 : Math.max(0, width - widthOf(shown)));
  return isNumber ? `${fill}${shown}` : `${shown}${fill}`;
}

function widthOf(text: string): number {
  return [...text].length;
}
