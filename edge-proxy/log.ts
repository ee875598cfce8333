/** One JSON object a line on standard output: what log drivers and people with `jq` read. Never a credential. */
import type { Writable } from 'node:stream';
import { TextOctets } from './text-octets.ts';

export interface LogFields {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** @param json one more field, whose value is JSON already */
export type Log = (fields: LogFields, json?: { readonly field: string; readonly text: string }) => void;

/** Octets that wait for whoever reads the lines and is behind; lines above that are dropped, and counted. */
const MAX_WAITING_OCTETS = 4_194_304;

/** Milliseconds that a line of `FREQUENT_EVENTS` waits for company: a write for each would cost more than the line. */
const BATCH_MS = 20;
/** Octets at which a batch waits no longer. */
const BATCH_OCTETS = 65_536;
/**
 * Characters that command a terminal, a log viewer or the direction of a line: DEL and C1, line and paragraph separators,
 * direction marks, the byte order mark. JSON lets them stand as they are; clients choose them. (CWE-117, CWE-150)
 */
const COMMANDING = /[\x7F-\x9F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g;
const DELETE = '\x7F';
/** What clients cause as often as they like; any other line leaves at once. */
const FREQUENT_EVENTS: ReadonlySet<string> = new Set(['transaction', 'login', 'refusal', 'limit', 'event-undelivered']);

/**
 * A pipe that no one empties takes no more: what waits for it is bounded, so that no reader can grow our memory. When the
 * reader is gone, lines are dropped and counted.
 */
export class LineLog {
  readonly #stream: Writable;
  readonly #server: string;
  /** Lines of sessions, which leave together, a few milliseconds late. */
  #batch = new TextOctets();
  /** For the next batch: new ones, made each 20 ms, outlive the scavenges and wait for a whole collection. */
  #spare: TextOctets | undefined;
  /** Not told yet. */
  #droppedLines = 0;
  #dropped = 0;
  #isReaderGone = false;

  /** @param onReaderGone called once, when the stream takes no more lines for good */
  constructor(stream: Writable, server: string, onReaderGone: () => void = () => {}) {
    this.#stream = stream;
    this.#server = `"server":${JSON.stringify(server)}`;
    // Without a listener the error would end the process, and every session on it.
    stream.on('error', () => {
      if (this.#isReaderGone) return;
      this.#isReaderGone = true;
      onReaderGone();
    });
  }

  /** Lines that were dropped since the start: their reader was behind, or gone. */
  get dropped(): number {
    return this.#dropped;
  }

  readonly log: Log = (fields, json) => {
    const isBehind = this.#stream.writableLength + this.#batch.length > MAX_WAITING_OCTETS;
    if (this.#isReaderGone || isBehind) {
      this.#droppedLines += 1;
      this.#dropped += 1;
      return;
    }
    if (this.#droppedLines > 0) this.#add({ event: 'lines-dropped', lines: this.#droppedLines });
    this.#droppedLines = 0;
    this.#add(fields, json);
    if (!FREQUENT_EVENTS.has(fields.event) || this.#batch.length >= BATCH_OCTETS) this.flush();
  };

  /** Sends off the lines that wait for company. */
  readonly flush = (): void => {
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = this.#spare ?? new TextOctets();
    this.#spare = undefined;
    this.#stream.write(batch.view(), () => {
      if (batch.capacity > 2 * BATCH_OCTETS) return;
      batch.cut(batch.length);
      this.#spare = batch;
    });
  };

  /** Resolves when all lines are out, or after `withinMs`: the end of the process would drop what waits for a pipe. */
  async written(withinMs: number): Promise<void> {
    const written = Promise.withResolvers<void>();
    const timer = setTimeout(written.resolve, withinMs);
    this.flush();
    this.#stream.write('', () => written.resolve());
    await written.promise;
    clearTimeout(timer);
  }

  #add(fields: LogFields, json?: Parameters<Log>[1]): void {
    const batch = this.#batch;
    if (batch.length === 0) setTimeout(this.flush, BATCH_MS).unref();
    batch.appendObject(`{"time":"${isoTime(Date.now())}",${this.#server}`, printableJson(JSON.stringify(fields)));
    if (json !== undefined) {
      batch.cut('}'.length);
      batch.append(`,"${json.field}":`);
      batch.append(printableJson(json.text));
      batch.appendMark('}');
    }
    batch.appendMark('\n');
  }
}

/** The same JSON, with characters escaped that would command whoever shows it. */
function printableJson(json: string): string {
  // Fast path: 0.5 µs a message (bench w2); equal by "is escaped in every field" of log.test.ts.
  if (Buffer.byteLength(json) === json.length && !json.includes(DELETE)) return json;
  return json.replace(COMMANDING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

let lastMs = Number.NaN;
let lastText = '';

/**
 * ISO 8601, UTC, milliseconds; made once for all lines and events of a millisecond.
 * Fast path: 1 µs a message (bench w1); equal by `log.test.ts`.
 */
export function isoTime(timeMs: number): string {
  if (timeMs !== lastMs) {
    lastText = new Date(timeMs).toISOString();
    lastMs = timeMs;
  }
  return lastText;
}

/** The message of whatever was thrown, with its causes: "Cannot read policy: connect ECONNREFUSED". */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message === '' ? error.name : error.message;
  return error.cause === undefined ? message : `${message}: ${errorText(error.cause)}`;
}
