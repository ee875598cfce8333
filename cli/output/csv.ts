/** Comma-separated values (RFC 4180), for spreadsheets. */
import { type Column, cellText } from './table.ts';

/** The headings, then a line a row; times are ISO 8601 in UTC. */
export function csv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ heading }) => heading),
    ...rows.map((row) => columns.map(({ cell }) => cellText(cell(row)))),
  ];
  return lines.map((cells) => `${cells.map(field).join(',')}\r\n`).join('');
}

/** Begins what a spreadsheet would take for a formula; names come from clients, and a number is none. */
const FORMULA = /^[=+@]|^-(?!\d+(?:\.\d+)?$|[A-Za-z0-9_-]{11}$)/;

function field(text: string): string {
  const plain = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
