/** Tables for a terminal: columns as wide as they must be, figures to the right, the first column to the left. */
import type { Spread } from '../statistics.ts';

export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    widths
      .map((width, column) => (column === 0 ? (row[column] ?? '').padEnd(width) : (row[column] ?? '').padStart(width)))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

/** Three digits that count, thousands parted; a dash for what was not measured. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** `210..231`, or a dash. */
export function rangeText({ min, max }: Spread): string {
  return Number.isFinite(min) && Number.isFinite(max) ? `${figure(min)}..${figure(max)}` : '-';
}

/** Two rows: the medians after the name, and under them least and most. An absent spread leaves its cells empty. */
export function spreadRows(name: string, spreads: readonly (Spread | undefined)[]): string[][] {
  return [
    [name, ...spreads.map((each) => (each === undefined ? '' : figure(each.median)))],
    ['', ...spreads.map((each) => (each === undefined ? '' : rangeText(each)))],
  ];
}
