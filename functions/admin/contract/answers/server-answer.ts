/** What `/servers` and `/servers/{server}` answer. */
import * as z from 'zod';
import { givenSchema, keptAnswer } from './item-answer.ts';
import { pageAnswer } from './page-answer.ts';

export const serverAnswer = z.object({
  server: z.string(),
  /** Null where no settings are in force. */
  policyVersion: z.string().nullable(),
  /** Every setting with the value in force; null where there are none. */
  settings: z.record(z.string(), z.unknown()).nullable(),
  /** What the item says. */
  given: givenSchema,
  ...keptAnswer,
});

export const listedServer = z.object({
  server: z.string(),
  hostname: z.string().nullable(),
  enabled: z.boolean().nullable(),
  policyVersion: z.string().nullable(),
  /** Items that are not in force as they stand, `domain#` ones not counted. */
  problems: z.int(),
});

export const serversAnswer = z.object({ servers: z.array(listedServer), ...pageAnswer });
