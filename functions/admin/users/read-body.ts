/** Bodies and names of requests about a user. */
import type * as z from 'zod';
import type { FieldError } from '../contract/problem-body.ts';
import { errorsOf, invalid } from '../http/problem.ts';
import type { UserName } from './user-change.ts';

/**
 * Reads a body.
 *
 * A value is shown only where its name is known and is no password's: `{"pasword": "…"}` is a slip too.
 *
 * @throws Problem of what is wrong with it
 */
export function readUserBody<T>(schema: z.ZodObject & z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const known = Object.keys(schema.shape);
  const errors = errorsOf(result.error, body).map(({ field, value, problem }): FieldError => {
    const isKnown = known.includes(field.split('.')[0] ?? '');
    return isKnown && value !== undefined ? { field, value, problem } : { field, problem };
  });
  throw invalid(errors);
}

/** The name of a path that ends in an action, which the HTTP API could not tell from the name; else `undefined`. */
export function splitAction({ key, typed }: UserName, action: 'password' | 'unlock'): UserName | undefined {
  const end = `/${action}`;
  if (!key.endsWith(end) || key.length === end.length) return undefined;
  return { key: key.slice(0, -end.length), typed: typed.slice(0, -end.length) };
}
