/** What the lists of a server and their entries answer: `/servers/{server}/domains`, `clients`, `senders`, `issuers`, `screens`. */
import * as z from 'zod';
import { givenSchema, keptAnswer } from './item-answer.ts';
import { pageAnswer } from './page-answer.ts';

const kept = { given: givenSchema, ...keptAnswer };

/** An entry of each collection: its name, what is in force, what the item says. */
export const ITEM_ANSWERS = {
  domains: z.object({
    domain: z.string(),
    nextHop: z.string().optional(),
    from: z.enum(['item', 'settings']).optional(),
    ...kept,
  }),
  clients: z.object({ cidr: z.string(), access: z.string().optional(), ...kept }),
  senders: z.object({ sender: z.string(), access: z.string().optional(), ...kept }),
  issuers: z.object({ issuer: z.string(), inForce: z.record(z.string(), z.unknown()).optional(), ...kept }),
  screens: z.object({ screen: z.string(), action: z.string().optional(), reportOnly: z.boolean().optional(), ...kept }),
} as const;

export const COLLECTIONS = ['domains', 'clients', 'senders', 'issuers', 'screens'] as const;
export type CollectionName = (typeof COLLECTIONS)[number];

/** An entry of any of them. */
export type ItemAnswer = z.output<(typeof ITEM_ANSWERS)[CollectionName]>;

/** A page of each collection's list. */
export const LIST_ANSWERS = {
  domains: z.object({ domains: z.array(ITEM_ANSWERS.domains), ...pageAnswer }),
  clients: z.object({ clients: z.array(ITEM_ANSWERS.clients), ...pageAnswer }),
  senders: z.object({ senders: z.array(ITEM_ANSWERS.senders), ...pageAnswer }),
  issuers: z.object({ issuers: z.array(ITEM_ANSWERS.issuers), ...pageAnswer }),
  /** In the order in which they judge. */
  screens: z.object({ screens: z.array(ITEM_ANSWERS.screens), ...pageAnswer }),
} as const satisfies Record<CollectionName, z.ZodType>;
