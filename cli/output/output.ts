/** Where a command writes: what was asked for to standard output, everything else to standard error. */
import { styleText } from 'node:util';
import { printable, printableJson } from './printable.ts';
import { type Column, tableLines, textOf } from './table.ts';

export interface Terminal {
  readonly out: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Whether a terminal may show colours; a pipe never does. */
  readonly mayColour: boolean;
}

type Style = Parameters<typeof styleText>[0];

export class Output {
  /** Whether the API's own JSON is wanted. */
  readonly isJson: boolean;
  readonly #terminal: Terminal;
  #hasProgress = false;

  constructor(terminal: Terminal, isJson: boolean) {
    this.#terminal = terminal;
    this.isJson = isJson;
  }

  /** A line of text; what a terminal would obey is escaped. */
  line(text: string): void {
    this.#write(`${printable(text)}\n`);
  }

  /** Text of our own making, as it is. */
  text(text: string): void {
    this.#write(text);
  }

  /** One document. */
  json(value: unknown): void {
    this.#write(`${printableJson(value, 2)}\n`);
  }

  /** One line of newline-delimited JSON. */
  jsonLine(value: unknown): void {
    this.#write(`${printableJson(value)}\n`);
  }

  /** A table, or `nothing` where it has no rows. */
  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], nothing: string): void {
    if (rows.length === 0) {
      this.line(nothing);
      return;
    }
    const { columns: width, isTTY } = this.#terminal.out;
    const [heading = '', ...body] = tableLines(columns, rows, isTTY === true ? width : undefined);
    this.#write(`${this.styled('bold', heading)}\n${body.map((line) => `${line}\n`).join('')}`);
  }

  /** Names with their values, one a line; those without a value are left out. */
  facts(facts: readonly (readonly [name: string, value: unknown])[]): void {
    const shown = facts.map(([name, value]) => [name, textOf(value)] as const).filter(([, text]) => text !== '');
    const width = Math.max(...shown.map(([name]) => name.length));
    for (const [name, text] of shown) this.#write(`${this.styled('bold', name.padEnd(width))}  ${text}\n`);
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
