/** What every request to a function carries. */
import * as z from 'zod';

const clientSchema = z.object({
  /** IP address; IPv4-mapped ones as IPv4. */
  address: z.string(),
  port: z.int().min(0).max(65_535),
  /** The name that EHLO or HELO gave; absent before. */
  helo: z.string().optional(),
  tls: z.boolean(),
});

export const questionShape = { server: z.string().min(1), session: z.string().min(1), client: clientSchema };

export type Client = z.output<typeof clientSchema>;
