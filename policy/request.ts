/**
 * What the edge proxy asks a Lambda function. Attribute names are the field's own (Postfix's policy delegation).
 *
 * Schemas, so that a function parses its event first thing; each in its own file, so that a function makes its own alone.
 */
export { type AuthenticateRequest, authenticateRequestSchema } from './request/authenticate.ts';
export { type CheckLimitsRequest, checkLimitsRequestSchema } from './request/check-limits.ts';
export { type CheckRelayRequest, checkRelayRequestSchema, MAX_RECIPIENTS_ASKED } from './request/check-relay.ts';
export type { Client } from './request/question.ts';
