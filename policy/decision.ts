/**
 * What a Lambda function decides: permit, reject (5xx, final) or defer (4xx, ask again). The words are Postfix's.
 *
 * Schemas, so that the edge proxy believes no answer that it has not parsed; nonsense is a defer.
 */
import * as z from 'zod';
import { replySchema } from './reply.ts';
import { nextHopSchema } from './settings.ts';

/** Seconds that a permitted login may be remembered, at most. */
export const MAX_LOGIN_CACHE_SECONDS = 60;
/** Seconds that a relay decision may be remembered, at most: how long a changed `domain#` item can stay unseen. */
export const MAX_RELAY_CACHE_SECONDS = 5;

const deferSchema = z.strictObject({ kind: z.literal('defer'), reply: replySchema });

export const authenticateDecisionSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('permit'),
    /** The user's canonical name, lower case. */
    identity: z.string().min(1),
    /** Addresses that MAIL may name: `user@domain`, `*@domain` or `*`. */
    senders: z.array(z.string()),
    /** Sending limits of the user, by name. */
    limits: z.record(z.string(), z.number()),
    cacheSeconds: z.number().min(0).max(MAX_LOGIN_CACHE_SECONDS),
  }),
  z.strictObject({ kind: z.literal('reject'), reply: replySchema }),
  deferSchema,
]);

const scopeShape = {
  /** Whether the decision holds for this recipient, or for each of its domain whose local part carries no routing. */
  scope: z.enum(['recipient', 'domain']),
  cacheSeconds: z.number().min(0).max(MAX_RELAY_CACHE_SECONDS),
  /** What decided, as an item key or `settings#attribute`. */
  rule: z.string(),
};

export const checkRelayDecisionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('permit'), nextHop: nextHopSchema, ...scopeShape }),
  z.strictObject({ kind: z.literal('reject'), reply: replySchema, ...scopeShape }),
  deferSchema,
]);

export type AuthenticateDecision = z.output<typeof authenticateDecisionSchema>;
export type CheckRelayDecision = z.output<typeof checkRelayDecisionSchema>;
/** As the function returns it, `nextHop` still text. */
export type CheckRelayAnswer = z.input<typeof checkRelayDecisionSchema>;
