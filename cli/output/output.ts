/** Where a command writes: what was asked for to standard output, everything else to standard error. */
import { styleText } from 'node:util';
import { csv } from './csv.ts';
import { printable, printableJson } from './printable.ts';
import { type Column, cellText, layOut, type Style } from './table.ts';
import type { Zone } from './zone.ts';

export interface Terminal {
  readonly out: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Whether a terminal may show colours; a pipe never does. */
  readonly mayColour: boolean;
}

export interface OutputOptions {
  /** For people, as the API's own JSON, or as comma-separated values. */
  readonly form: 'text' | 'json' | 'csv';
  readonly zone: Zone;
  readonly nowMs: () => number;
}

export class Output {
  /** Whether the API's own JSON is wanted. */
  readonly isJson: boolean;
  readonly zone: Zone;
  readonly #form: OutputOptions['form'];
  readonly #terminal: Terminal;
  readonly #nowMs: () => number;
  #hasProgress = false;

  constructor(terminal: Terminal, { form, zone, nowMs }: OutputOptions) {
    this.#terminal = terminal;
    this.#form = form;
    this.isJson = form === 'json';
    this.zone = zone;
    this.#nowMs = nowMs;
  }

  /** Whether it is people who read. */
  get isText(): boolean {
    return this.#form === 'text';
  }

  /** Characters of the terminal; `undefined` where there is none. */
  get width(): number | undefined {
    const { columns, isTTY } = this.#terminal.out;
    return isTTY === true ? columns : undefined;
  }

  /** A line of text; what a terminal would obey is escaped. */
  line(text: string, style?: Style): void {
    const shown = printable(text);
    this.#write(`${style === undefined ? shown : this.styled(style, shown)}\n`);
  }

  /** A line below a list, which is not part of it. */
  footer(text: string): void {
    if (this.isText) this.line(text);
  }

  /** Text of our own making, as it is. */
  text(text: string): void {
    this.#write(text);
  }

  /** Octets as they are, which a terminal may obey: they are asked for by name. */
  octets(octets: Uint8Array): void {
    this.#terminal.out.write(octets);
  }

  /** One document. */
  json(value: unknown): void {
    this.#write(`${printableJson(value, 2)}\n`);
  }

  /** One line of newline-delimited JSON. */
  jsonLine(value: unknown): void {
    this.#write(`${printableJson(value)}\n`);
  }

  /** A list in the form that is wanted: a table, or `nothing` where it has no rows; JSON, a line a row; CSV. */
  list<Row>(columns: readonly Column<Row>[], rows: readonly Row[], nothing: string): void {
    if (this.isJson) for (const row of rows) this.jsonLine(row);
    else this.table(columns, rows, nothing);
  }

  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], nothing: string): void {
    if (this.#form === 'csv') {
      this.#write(csv(columns, rows));
      return;
    }
    if (rows.length === 0) {
      this.line(nothing);
      return;
    }
    const { lines, leftOut } = layOut(columns, rows, {
      width: this.width,
      time: (iso) => this.zone.short(iso, this.#nowMs()),
      styled: (style, text) => this.styled(style, text),
    });
    this.#write(lines.map((line) => `${line}\n`).join(''));
    if (leftOut.length > 0) this.line(`Not shown on ${this.width} columns: ${leftOut.join(', ')}`, 'dim');
  }

  /** Names with their values, one a line; those without a value are left out. */
  facts(facts: readonly (readonly [name: string, value: unknown])[]): void {
    if (!this.isText) return;
    const shown = facts.map(([name, value]) => [name, cellText(value)] as const).filter(([, text]) => text !== '');
    const width = Math.max(...shown.map(([name]) => name.length));
    for (const [name, text] of shown) this.#write(`${this.styled('bold', name.padEnd(width))}  ${text}\n`);
  }

  /** A whole time as a person reads it; nothing where there is none. */
  moment(iso: string | undefined): string | undefined {
    return iso === undefined ? undefined : this.zone.long(iso);
  }

  styled(style: Style, text: string): string {
    const { out, mayColour } = this.#terminal;
    return mayColour && out.isTTY === true ? styleText(style, text, { validateStream: false }) : text;
  }

  /** A line to standard error. */
  note(text: string): void {
    this.#endProgress();
    this.#terminal.err.write(`${printable(text)}\n`);
  }

  /** A question to whoever sits before the terminal. */
  prompt(text: string): void {
    this.#endProgress();
    this.#terminal.err.write(text);
  }

  /** The same, of what matters to whoever watches alone: a pipe gets nothing. */
  status(text: string): void {
    if (this.#terminal.err.isTTY === true) this.progress(text);
  }

  /** What goes on; on a terminal each takes the place of the one before. */
  progress(text: string): void {
    if (this.#terminal.err.isTTY === true) {
      this.#terminal.err.write(`\r\x1b[K${printable(text)}`);
      this.#hasProgress = true;
    } else this.note(text);
  }

  #write(text: string): void {
    this.#endProgress();
    this.#terminal.out.write(text);
  }

  #endProgress(): void {
    if (this.#hasProgress) this.#terminal.err.write('\r\x1b[K');
    this.#hasProgress = false;
  }
}
