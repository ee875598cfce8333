/**
 * What the functions say: objects of fields chosen by the caller, which Lambda's runtime writes as the `message` of a JSON
 * line with time, level and request id (`loggingFormat: JSON`).
 *
 * Never an event, a credential, a verifier or message content.
 */
export type LogFields = Readonly<Record<string, string | number | undefined>>;

/** Logs what was done; undefined fields are left out. */
export function logLine(fields: LogFields): void {
  console.info(fields);
}

/** Logs what went wrong, `problem` with the item or the call that it is about; undefined fields are left out. */
export function logProblem(fields: LogFields & { readonly problem: string }): void {
  console.error(fields);
}

/** An error's name and message in one line; its cause and stack are left out, since they may quote what failed. */
export function problemOfError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'not an Error';
}
