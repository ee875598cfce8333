/** Reads comma-separated values (RFC 4180), as spreadsheets write them. */
import { CliError } from '../cli-error.ts';

export interface CsvRow {
  /** Line of the file in which the row begins, the first being 1. */
  readonly line: number;
  /** By the headings; an empty field is not there. */
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * Rows below their headings, which may be in any order. A mark of the order of octets is left out, lines may end by LF,
 * and fields may be parted by semicolons, as some spreadsheets do.
 *
 * @throws CliError that names the line
 */
export function readCsv(text: string, name: string, headings: readonly string[]): readonly CsvRow[] {
  const [head, ...rows] = recordsOf(text.replace(/^\uFEFF/, ''), name);
  if (head === undefined) throw new CliError(`${name} is empty: its first line names the columns`);
  const columns = head.fields.map((field) => field.trim());
  const unknown = columns.find((column) => !headings.includes(column));
  if (unknown !== undefined) throw new CliError(`${name}: "${unknown}" is no column: ${headings.join(', ')} are`);
  const twice = columns.find((column, at) => columns.indexOf(column) !== at);
  if (twice !== undefined) throw new CliError(`${name}: column ${twice} stands there twice`);
  return rows.map(({ line, fields }) => {
    if (fields.length > columns.length) {
      throw new CliError(`${name}, line ${line}: ${fields.length} fields where there are ${columns.length} columns`);
    }
    const entries = columns.map((column, at): [string, string] => [column, fields[at] ?? '']);
    return { line, fields: Object.fromEntries(entries.filter(([, value]) => value !== '')) };
  });
}

interface Row {
  readonly line: number;
  readonly fields: readonly string[];
}

function recordsOf(text: string, name: string): readonly Row[] {
  const [firstLine = ''] = text.split(/\r?\n/, 1);
  const separator = firstLine.includes(';') && !firstLine.includes(',') ? ';' : ',';
  const rows: Row[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const start = line;
    const fields: string[] = [];
    for (;;) {
      const field = fieldAt(text, at, separator);
      if (field === undefined) throw new CliError(`${name}, line ${start}: a quoted field does not end`);
      fields.push(field.text);
      line += field.newlines;
      at = field.end;
      if (text[at] !== separator) break;
      at += 1;
    }
    if (text.startsWith('\r\n', at)) at += 2;
    else if (text[at] === '\n' || text[at] === '\r') at += 1;
    else if (at < text.length) throw new CliError(`${name}, line ${line}: a quote stands in the middle of a field`);
    line += 1;
    if (fields.some((field) => field !== '')) rows.push({ line: start, fields });
  }
  return rows;
}

interface Field {
  readonly text: string;
  readonly end: number;
  /** In it. */
  readonly newlines: number;
}

function fieldAt(text: string, at: number, separator: string): Field | undefined {
  if (text[at] !== '"') {
    let end = at;
    while (end < text.length && ![separator, '\r', '\n'].includes(text[end] ?? '')) end += 1;
    return { text: text.slice(at, end), end, newlines: 0 };
  }
  const quoted = /"((?:[^"]|"")*)"/y;
  quoted.lastIndex = at;
  const match = quoted.exec(text);
  if (match === null) return undefined;
  const inner = (match[1] ?? '').replaceAll('""', '"');
  return { text: inner, end: quoted.lastIndex, newlines: inner.split('\n').length - 1 };
}
