/** Lists come in pages: `limit` says how long one is, `next` where it goes on. */
import * as z from 'zod';
import { invalidField } from './problem.ts';

const MOST = 1000;

/** For the query of a route that lists. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^\d{1,4}$/, `must be a number from 1 to ${MOST}`)
    .transform(Number)
    .pipe(z.number().min(1).max(MOST))
    .default(100),
  /** Opaque: as the page before gave it. */
  next: z.string().max(4096).optional(),
};

/** A token of the last key on a page; opaque to callers. */
export function nextToken(key: unknown): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/**
 * Reads the token in `next` by the schema of the key in it; `undefined` where there is none.
 *
 * @throws Problem (400) of one that no page of the list gave
 */
export function readToken<T>(schema: z.ZodType<T>, token: string | undefined): T | undefined {
  if (token === undefined) return undefined;
  const result = schema.safeParse(parsedToken(token));
  if (!result.success) throw invalidField('next', token, 'is not a token of this list');
  return result.data;
}

function parsedToken(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    return undefined;
  }
}

/** A key of at most `maxOctets` that a table could hold. */
export function keyToken(maxOctets: number) {
  return z
    .string()
    .min(1)
    .refine((text) => text.isWellFormed() && Buffer.byteLength(text) <= maxOctets);
}
