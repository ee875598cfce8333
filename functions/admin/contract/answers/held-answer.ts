/** What is answered of held mail, and what is asked about it. */
import * as z from 'zod';
import { screenRecordSchema } from '../../../../policy/event.ts';
import { HELD_STATES } from '../../../../policy/held.ts';
import { nameSchema } from './names.ts';
import { pageAnswer } from './page-answer.ts';

/** `expired`: its time was over before anybody decided. */
export const SHOWN_STATES = [...HELD_STATES, 'expired'] as const;

export const heldAnswer = z.object({
  id: z.string(),
  server: z.string(),
  state: z.enum(SHOWN_STATES),
  at: z.string(),
  expiresAt: z.string(),
  session: z.string(),
  client: z.object({ address: z.string(), port: z.int(), helo: z.string().optional(), tls: z.boolean() }),
  identity: z.string().optional(),
  sender: z.string(),
  recipients: z.array(z.object({ address: z.string(), nextHop: z.string() })),
  rule: z.string(),
  screen: screenRecordSchema,
  octets: z.int(),
  sha256: z.string(),
  decidedBy: z.string().optional(),
  decidedAt: z.string().optional(),
  releaseTo: z.array(z.string()).optional(),
  reason: z.string().optional(),
  tries: z.int().optional(),
  nextTryAt: z.string().optional(),
  deliveredTo: z.array(z.string()).optional(),
  releasedAt: z.string().optional(),
});
export type HeldAnswer = z.output<typeof heldAnswer>;

export const heldListAnswer = z.object({ held: z.array(heldAnswer), ...pageAnswer });

/** All recipients where none are named. */
export const releaseBody = z.strictObject({ recipients: z.array(z.string()).min(1).optional() });

const MOST_IDS = 500;
export const idsBody = z.strictObject({ ids: z.array(nameSchema).min(1).max(MOST_IDS) });

export const decidedAnswer = z.object({
  done: z.array(z.string()),
  failed: z.array(z.object({ id: z.string(), status: z.int(), detail: z.string() })),
});
