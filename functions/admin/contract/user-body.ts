/** What people may say of a user, as schemas, and how a body that does not fit is answered. */
import * as z from 'zod';
import { MAX_PASSWORD_OCTETS, preparePassword } from '../../../policy/password.ts';
import { type ParseResult, parsed, unparsed } from '../../../policy/result.ts';
import { parseSenderPattern } from '../../../policy/sender-rule.ts';
import type { SENDING_LIMITS } from '../../../policy/user.ts';
import { serverSchema } from '../http/names.ts';
import { errorsOf, type FieldError, invalid } from '../http/problem.ts';
import type { RouteAnswer } from '../http/route.ts';

/** Characters of a note. */
const MAX_NOTE = 2048;
/** Entries of a set. With their longest names the item stays far below the 400 KB of DynamoDB. */
const MAX_SERVERS = 100;
const MAX_SENDERS = 500;
/** Nobody sends more; a limit beyond it is a slip. `policy/user.ts` says the same. */
const LARGEST_LIMIT = 1_000_000_000;

const sender = z
  .string()
  .max(320)
  .superRefine((text, context) => {
    const pattern = parseSenderPattern(text);
    if (!pattern.ok) context.addIssue({ code: 'custom', message: pattern.problem });
  });
const limit = z.int().min(0).max(LARGEST_LIMIT);

function limitsOf<Limit extends z.ZodType>(schema: Limit) {
  return z.strictObject({
    messagesPerHour: schema,
    messagesPerDay: schema,
    recipientsPerHour: schema,
    recipientsPerDay: schema,
  } satisfies Record<(typeof SENDING_LIMITS)[number], Limit>);
}

const attributes = {
  enabled: z.boolean(),
  servers: z.array(serverSchema).max(MAX_SERVERS),
  senders: z.array(sender).max(MAX_SENDERS),
  mayBounce: z.boolean(),
  note: z
    .string()
    .max(MAX_NOTE)
    .refine((text) => text.isWellFormed(), 'holds half a character'),
};

/** The problem never holds the password. */
const password = z
  .string({ error: () => 'must be text' })
  .superRefine((text, context) => {
    const prepared = preparePassword(text);
    if (!prepared.ok) context.addIssue({ code: 'custom', message: prepared.problem });
  })
  .meta({ format: 'password', description: `1 to ${MAX_PASSWORD_OCTETS} octets of UTF-8` });

export const putUserSchema = z.strictObject({
  ...z.strictObject(attributes).partial().shape,
  limits: limitsOf(limit.optional()).optional(),
  /** Null takes it away: the user logs in by OAuth alone. */
  password: password.nullish(),
});
export type PutUser = z.output<typeof putUserSchema>;

/** A merge patch (RFC 7396): null removes. */
export const patchUserSchema = z.strictObject({
  enabled: attributes.enabled.nullish(),
  servers: attributes.servers.nullish(),
  senders: attributes.senders.nullish(),
  mayBounce: attributes.mayBounce.nullish(),
  note: attributes.note.nullish(),
  limits: limitsOf(limit.nullish()).nullish(),
});
export type PatchUser = z.output<typeof patchUserSchema>;

export const passwordSchema = z.strictObject({ password });

/**
 * Reads a body, or says what is wrong with it.
 *
 * A value is shown only where its name is known and is no password's: `{"pasword": "…"}` is a slip too.
 */
export function readBody<T>(
  schema: z.ZodObject & z.ZodType<T>,
  body: unknown,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly answer: RouteAnswer } {
  const result = schema.safeParse(body);
  if (result.success) return { ok: true, value: result.data };
  const known = Object.keys(schema.shape);
  const errors = errorsOf(result.error, body).map(({ field, value, problem }): FieldError => {
    const isKnown = known.includes(field.split('.')[0] ?? '');
    return isKnown && value !== undefined ? { field, value, problem } : { field, problem };
  });
  return { ok: false, answer: invalid(errors) };
}

/** A name in a path ends in an action, where the HTTP API could not tell it from the name. */
export function splitAction(name: string, action: 'password' | 'unlock'): ParseResult<string> {
  const end = `/${action}`;
  return name.endsWith(end) && name.length > end.length
    ? parsed(name.slice(0, -end.length))
    : unparsed(`does not end in ${end}`);
}
