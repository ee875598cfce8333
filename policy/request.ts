/**
 * What the edge proxy asks a Lambda function. Attribute names are the field's own (Postfix's policy delegation).
 *
 * Schemas, so that a function parses its event first thing.
 */
import * as z from 'zod';
import { eventSchema } from './event.ts';

const clientSchema = z.object({
  /** IP address; IPv4-mapped ones as IPv4. */
  address: z.string(),
  port: z.int().min(0).max(65_535),
  /** The name that EHLO or HELO gave; absent before. */
  helo: z.string().optional(),
  tls: z.boolean(),
});

const questionShape = { server: z.string().min(1), session: z.string().min(1), client: clientSchema };

export const authenticateRequestSchema = z.object({
  ...questionShape,
  /** SASL mechanism, upper case. */
  mechanism: z.string(),
  username: z.string(),
  password: z.string().optional(),
  /** Bearer token of XOAUTH2 and OAUTHBEARER. */
  token: z.string().optional(),
  /** Thresholds in force (`settings`): the defaults when absent. */
  lockout: z.object({ failures: z.int().min(1), seconds: z.int().min(1), delaySeconds: z.number().min(0) }).optional(),
});

/** Recipients of one question to `check-relay`, at most. */
export const MAX_RECIPIENTS_ASKED = 100;

export const checkRelayRequestSchema = z.object({
  ...questionShape,
  /** The authenticated user; absent for anonymous senders. */
  identity: z.string().optional(),
  /** `local-part@domain` as the client wrote it, or `postmaster` alone. */
  recipient: z.string(),
  /** Further ones of its group; then the answer is one decision for each, the first's first. */
  others: z
    .array(z.string())
    .min(1)
    .max(MAX_RECIPIENTS_ASKED - 1)
    .optional(),
  /** Whether the client is in a network with `relay` access. */
  trusted: z.boolean(),
});

/** Asked once for each message of an identity that has limits, before any next hop is told its end. */
export const checkLimitsRequestSchema = z.object({
  ...questionShape,
  identity: z.string().min(1),
  /** Recipients of this message. */
  recipients: z.int().min(1),
  limits: z.record(z.string(), z.number()),
});

export const recordEventsRequestSchema = z.object({ events: z.array(eventSchema) });

export type Client = z.output<typeof clientSchema>;
export type AuthenticateRequest = z.output<typeof authenticateRequestSchema>;
export type CheckRelayRequest = z.output<typeof checkRelayRequestSchema>;
export type CheckLimitsRequest = z.output<typeof checkLimitsRequestSchema>;
export type RecordEventsRequest = z.output<typeof recordEventsRequestSchema>;
