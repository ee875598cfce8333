/** One JSON object a line on standard output: what log drivers and people with `jq` read. Never a credential. */
import type { Writable } from 'node:stream';
import { isoTime } from './iso-time.ts';
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
/** What clients cause as often as they like; any other line leaves at once. */
const FREQUENT_EVENTS: ReadonlySet<string> = new Set(['transaction', 'login', 'refusal', 'limit', 'event-undelivered']);

/** A pipe that nobody empties takes no more: what waits for it is bounded, so that no reader can grow our memory. */
export class LineLog {
  readonly #stream: Writable;
  readonly #server: string;
  /** Lines of sessions, which leave together, a few milliseconds late. */
  #batch = new TextOctets();
  /** For the next batch. */
  #spare: TextOctets | undefined;
  #droppedLines = 0;

  constructor(stream: Writable, server: string) {
    this.#stream = stream;
    this.#server = `"server":${JSON.stringify(server)}`;
  }

  readonly log: Log = (fields, json) => {
    if (this.#stream.writableLength + this.#batch.length > MAX_WAITING_OCTETS) {
      this.#droppedLines += 1;
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
    batch.appendObject(`{"time":"${isoTime(Date.now())}",${this.#server}`, JSON.stringify(fields));
    if (json !== undefined) {
      batch.cut('}'.length);
      batch.append(`,"${json.field}":`);
      batch.append(json.text);
      batch.appendMark('}');
    }
    batch.appendMark('\n');
  }
}

/** The message of whatever was thrown, with its causes: "Cannot read policy: connect ECONNREFUSED". */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message === '' ? error.name : error.message;
  return error.cause === undefined ? message : `${message}: ${errorText(error.cause)}`;
}
