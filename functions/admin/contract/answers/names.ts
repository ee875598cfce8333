/** Names in paths and queries. */
import * as z from 'zod';

/** What no name may hold: octets that no person means, and half a character. */
const UNPRINTABLE = /[\x00-\x1F\x7F]/;

/** Octets; a name fits into a sort key of DynamoDB, which has 1024, after its prefix. */
const MAX_NAME_OCTETS = 512;

export const nameSchema = z
  .string()
  .min(1, 'is empty')
  .refine((text) => Buffer.byteLength(text) <= MAX_NAME_OCTETS, `is longer than ${MAX_NAME_OCTETS} octets`)
  .refine((text) => !UNPRINTABLE.test(text) && text.isWellFormed(), 'holds characters that no name has')
  .refine((text) => text !== '__proto__', 'is not a name');

/** A published server. `#` ends its name in the keys of events, and `*` stands for all servers there. */
export const serverSchema = nameSchema.refine((text) => !text.includes('#') && text !== '*', 'holds # or is *');
