/**
 * What a Lambda function decides: permit, reject (5xx, final) or defer (4xx, ask again). The words are Postfix's.
 *
 * Schemas, so that the edge proxy believes no answer that it has not parsed; nonsense is a defer.
 */

import * as z from 'zod';
import { MAX_LOGIN_CACHE_SECONDS, MAX_LOGIN_DELAY_SECONDS, MAX_RELAY_CACHE_SECONDS } from './bounds.ts';
import { nextHopSchema } from './next-hop.ts';
import { replySchema } from './reply-schema.ts';

const deferSchema = z.strictObject({ kind: z.literal('defer'), reply: replySchema });

export const authenticateDecisionSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('permit'),
    /** The user's canonical name, lower case. */
    identity: z.string().min(1),
    /** Addresses that MAIL may name: `user@domain`, `*@domain` or `*`. */
    senders: z.array(z.string()),
    /** Whether MAIL may name the null reverse-path; absent, it may. */
    mayBounce: z.boolean().optional(),
    /** Sending limits of the user, by name; none when empty. */
    limits: z.record(z.string(), z.number()),
    cacheSeconds: z.number().min(0).max(MAX_LOGIN_CACHE_SECONDS),
  }),
  z.strictObject({
    kind: z.literal('reject'),
    reply: replySchema,
    /** How long the edge proxy holds the reply back; there it costs nothing. */
    delaySeconds: z.number().min(0).max(MAX_LOGIN_DELAY_SECONDS).optional(),
    /** JSON that an OAuth client is told in a last challenge, before the reply (RFC 7628 section 3.2.2). */
    challenge: z.string().max(1000).optional(),
    /** Named when a limit, and not the credentials, decided: `settings#lockoutFailures`. */
    rule: z.string().optional(),
  }),
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

/** Decisions about a group of recipients, in their order. */
export const checkRelayDecisionsSchema = z.strictObject({ decisions: z.array(checkRelayDecisionSchema) });

export const checkLimitsDecisionSchema = z.discriminatedUnion('kind', [
  /** The message is counted. */
  z.strictObject({ kind: z.literal('permit') }),
  /** Nothing is counted; `rule` is `user#limits.messagesPerHour` and the like, `limit` its number. */
  z.strictObject({ kind: z.literal('reject'), reply: replySchema, rule: z.string(), limit: z.int().min(0) }),
  deferSchema,
]);

export type AuthenticateDecision = z.output<typeof authenticateDecisionSchema>;
export type CheckRelayDecision = z.output<typeof checkRelayDecisionSchema>;
export type CheckLimitsDecision = z.output<typeof checkLimitsDecisionSchema>;
/** As the function returns it, `nextHop` still text. */
export type CheckRelayAnswer = z.input<typeof checkRelayDecisionSchema>;
/** To a question about one recipient, or about several. */
export type CheckRelayAnswers = CheckRelayAnswer | z.input<typeof checkRelayDecisionsSchema>;
