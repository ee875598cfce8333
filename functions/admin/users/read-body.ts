/** Bodies and names of requests about a user. */
import type * as z from 'zod';
import { type ParseResult, parsed, unparsed } from '../../../policy/result.ts';
import type { FieldError } from '../contract/problem-body.ts';
import { errorsOf, invalid } from '../http/problem.ts';
import type { RouteAnswer } from '../http/route.ts';

/**
 * Reads a body, or says what is wrong with it.
 *
 * A value is shown only where its name is known and is no password's: `{"pasword": "…"}` is a slip too.
 */
export function readBody<T>(
  schema: z.ZodObject & z.ZodType<T>,
  body: unknown,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly answer: RouteAnswer } {
  const result = schema.safeParse(body);
  if (result.success) return { ok: true, value: result.data };
  const known = Object.keys(schema.shape);
  const errors = errorsOf(result.error, body).map(({ field, value, problem }): FieldError => {
    const isKnown = known.includes(field.split('.')[0] ?? '');
    return isKnown && value !== undefined ? { field, value, problem } : { field, problem };
  });
  return { ok: false, answer: invalid(errors) };
}

/** A name in a path ends in an action, where the HTTP API could not tell it from the name. */
export function splitAction(name: string, action: 'password' | 'unlock'): ParseResult<string> {
  const end = `/${action}`;
  return name.endsWith(end) && name.length > end.length
    ? parsed(name.slice(0, -end.length))
    : unparsed(`does not end in ${end}`);
}
