/** One JSON object a line on standard output: what log drivers and people with `jq` read. Never a credential. */
import type { Writable } from 'node:stream';
import { isoTime } from './iso-time.ts';

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
/** What clients cause as often as they like; any other line leaves at once. */
const FREQUENT_EVENTS: ReadonlySet<string> = new Set(['transaction', 'login', 'refusal', 'limit', 'event-undelivered']);

/**
 * A pipe that nobody empties takes no more: what waits for it is bounded, so that no reader can grow our memory.
 *
 * Lines of sessions leave together, a few milliseconds late; `logWritten` and `flushLog` send off those that wait.
 */
export function logTo(stream: Writable, server: string): Log {
  const name = `"server":${JSON.stringify(server)}`;
  let droppedLines = 0;
  const onBatch = (): void => flushLog(stream);
  const write = (fields: LogFields, json?: Parameters<Log>[1]): void => {
    if (stream.writableCorked === 0) {
      stream.cork();
      setTimeout(onBatch, BATCH_MS).unref();
    }
    // Put together as text: to copy the fields behind these two costs as much as to make them JSON.
    const line = `{"time":"${isoTime(Date.now())}",${name},${JSON.stringify(fields).slice(1)}`;
    stream.write(json === undefined ? `${line}\n` : `${line.slice(0, -1)},"${json.field}":${json.text}}\n`);
  };
  return (fields, json) => {
    if (stream.writableLength > MAX_WAITING_OCTETS) {
      droppedLines += 1;
      return;
    }
    if (droppedLines > 0) write({ event: 'lines-dropped', lines: droppedLines });
    droppedLines = 0;
    write(fields, json);
    if (!FREQUENT_EVENTS.has(fields.event)) flushLog(stream);
  };
}

/** Sends off the lines that wait for company. */
export function flushLog(stream: Writable): void {
  while (stream.writableCorked > 0) stream.uncork();
}

/** Resolves when all lines are out, or after `withinMs`: the end of the process would drop what waits for a pipe. */
export async function logWritten(stream: Writable, withinMs: number): Promise<void> {
  const written = Promise.withResolvers<void>();
  const timer = setTimeout(written.resolve, withinMs);
  flushLog(stream);
  stream.write('', () => written.resolve());
  await written.promise;
  clearTimeout(timer);
}

/** The message of whatever was thrown, with its causes: "Cannot read policy: connect ECONNREFUSED". */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message === '' ? error.name : error.message;
  return error.cause === undefined ? message : `${message}: ${errorText(error.cause)}`;
}
