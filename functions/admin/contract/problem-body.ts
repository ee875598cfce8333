/** The body of an answer that says no: `application/problem+json` (RFC 9457). */
import * as z from 'zod';

/** What is wrong with one field. A value that may be a secret is never here. */
export const fieldErrorSchema = z.object({
  /** Dotted path in the body, a parameter or a header. */
  field: z.string(),
  /** As it was given; left out where it is absent, long, structured or a secret. */
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
  /** What is wrong with it and what is allowed. */
  problem: z.string(),
});
export type FieldError = z.output<typeof fieldErrorSchema>;

export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z.array(fieldErrorSchema).optional(),
});
