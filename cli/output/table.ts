/** Tables of text. */
import { printable } from './printable.ts';

export interface Column<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => unknown;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
  /** May be cut where the terminal is narrower than the table. */
  readonly mayBeCut?: boolean;
}

const GAP = '  ';
/** Characters to which a column is cut at most. */
const NARROWEST = 16;

/**
 * The lines of a table, its headings first; a column without any value is left out.
 *
 * @param width characters of the terminal; nothing is cut where there is none
 */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width?: number): string[] {
  const filled = columns
    .map((column) => ({ column, cells: rows.map((row) => textOf(column.cell(row))) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
  const widths = fitted(
    filled.map(({ column, cells }) => {
      return {
        width: Math.max(widthOf(column.heading), ...cells.map(widthOf)),
        mayBeCut: column.mayBeCut ?? false,
      };
    }),
    width,
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => aligned(cell, widths[at] ?? 0, filled[at]?.column.isNumber ?? false))
      .join(GAP)
      .trimEnd();
  const body = rows.map((_, at) => line(filled.map(({ cells }) => cells[at] ?? '')));
  return [line(filled.map(({ column }) => column.heading)), ...body];
}

/** What a cell shows of a value: nothing of what is absent, a list with commas. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  if (typeof value === 'object') return printable(JSON.stringify(value));
  return printable(typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value));
}

/** Takes from the widest of the columns that may be cut until the table fits, or none is left to take from. */
function fitted(
  columns: readonly { readonly width: number; readonly mayBeCut: boolean }[],
  width: number | undefined,
): readonly number[] {
  const widths = columns.map((column) => column.width);
  if (width === undefined) return widths;
  const cuttable = columns.flatMap(({ mayBeCut }, at) => (mayBeCut ? [at] : []));
  let excess = widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length) - width;
  while (excess > 0) {
    const widest = cuttable.reduce(
      (best, at) => ((widths[at] ?? 0) > (widths[best] ?? 0) ? at : best),
      cuttable[0] ?? -1,
    );
    if ((widths[widest] ?? 0) <= NARROWEST) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess -= 1;
  }
  return widths;
}

function aligned(text: string, width: number, isNumber: boolean): string {
  const characters = [...text];
  const shown = characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : text;
  const fill = ' '.repeat(Math.max(0, width - widthOf(shown)));
  return isNumber ? `${fill}${shown}` : `${shown}${fill}`;
}

function widthOf(text: string): number {
  return [...text].length;
}
