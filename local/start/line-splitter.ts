/**
 * Splits a stream's octets into lines at LF alone: a JSON line passes unchanged. (`node:readline` also ends a line at
 * U+2028, which JSON strings may hold.)
 */
import { StringDecoder } from 'node:string_decoder';

export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  receive(octets: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(octets)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#onLine(line);
  }

  /** Hands over a last line without its LF. */
  end(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (rest !== '') this.#onLine(rest);
  }
}
