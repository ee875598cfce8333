/** The border between an invocation's event, which may be anything, and a request that has been checked. */
import type * as z from 'zod';

/** An event that is no request; names the attributes at fault, never their values. */
export class MalformedRequestError extends Error {
  override readonly name = 'MalformedRequestError';
  /** Attributes at fault, as dotted paths; `event` for the whole. */
  readonly attributes: readonly string[];

  constructor(attributes: readonly string[]) {
    super(`Event is not a request: ${attributes.join(', ')}`);
    this.attributes = attributes;
  }
}

/**
 * Reads an event by the schema of its request.
 *
 * Throws `MalformedRequestError`, without the schema's own error as its cause: the runtime prints causes, and what a
 * schema says may quote the event, which holds credentials.
 */
export function parseEvent<Schema extends z.ZodType>(schema: Schema, event: unknown): z.output<Schema> {
  const result = schema.safeParse(event);
  if (result.success) return result.data;
  const paths = result.error.issues.map(({ path }) => (path.length === 0 ? 'event' : path.join('.')));
  throw new MalformedRequestError([...new Set(paths)]);
}
