/** What answers have in common that show an item. */
import * as z from 'zod';

/** Attributes as people write them; `parsePolicyItem` says what they may be. */
export const givenSchema = z.record(z.string(), z.unknown());

/** What Postern keeps about an item, in every answer that shows one. */
export const keptAnswer = {
  /** Why the item as it stands is not in force. */
  problem: z.string().optional(),
  changedBy: z.string().optional(),
  changedAt: z.string().optional(),
};

/** Attributes of bookkeeping as an answer has them; what somebody typed there that is no text is left out. */
export function keptText(attributes: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const entries = ['problem', 'changedBy', 'changedAt'].map((name) => [name, attributes[name]] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Characters of a note. */
export const MAX_NOTE = 2048;

/** The schema of an item's own attributes, with the one that people may give any item. */
export function withNote(schema: z.ZodObject): z.ZodObject {
  return schema.extend({ note: z.string().max(MAX_NOTE).optional() });
}

/** The schema of a merge patch (RFC 7396): any attribute may be left out, or be null to remove it. */
export function patchOf(schema: z.ZodObject): z.ZodObject {
  const parts = Object.entries(schema.shape).map(([name, part]) => [name, z.nullish(part as z.ZodType)] as const);
  return z.strictObject(Object.fromEntries(parts));
}
