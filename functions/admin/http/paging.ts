/** Lists come in pages: `limit` says how long one is, `next` where it goes on. */
import * as z from 'zod';
import { type ParseResult, parsed, unparsed } from '../../../policy/result.ts';

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

/** A token of the last key on a page: nobody's business but ours. */
export function nextToken(key: unknown): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** Reads a token by the schema of the key in it. */
export function readToken<T>(schema: z.ZodType<T>, token: string): ParseResult<T> {
  try {
    const result = schema.safeParse(JSON.parse(Buffer.from(token, 'base64url').toString()));
    return result.success ? parsed(result.data) : unparsed(BAD_TOKEN);
  } catch {
    return unparsed(BAD_TOKEN);
  }
}

const BAD_TOKEN = 'is not a token of this list';
