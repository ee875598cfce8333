import * as z from 'zod';

/** A reply that a Lambda function decided; only refusals carry one. */
export const replySchema = z.strictObject({
  code: z.int().min(400).max(599),
  enhanced: z.string().regex(/^[45]\.\d{1,3}\.\d{1,3}$/),
  text: z
    .string()
    .min(1)
    .max(400)
    .regex(/^[\x20-\x7E]*$/),
});
