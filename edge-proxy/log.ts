/** One JSON object a line on standard output: what log drivers and people with `jq` read. Never a credential. */

export interface LogFields {
  readonly event: string;
  readonly [field: string]: unknown;
}

export type Log = (fields: LogFields) => void;

/** Standard output is a pipe or a file, both written at once: no line is lost when the process ends. */
export function logTo(stream: NodeJS.WritableStream, server: string): Log {
  return (fields) => {
    stream.write(`${JSON.stringify({ time: new Date().toISOString(), server, ...fields })}\n`);
  };
}

/** The message of whatever was thrown, with its causes: "Cannot read policy: connect ECONNREFUSED". */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message === '' ? error.name : error.message;
  return error.cause === undefined ? message : `${message}: ${errorText(error.cause)}`;
}
