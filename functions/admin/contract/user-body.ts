/** What people may say of a user. */
import * as z from 'zod';
import { MAX_PASSWORD_OCTETS, MIN_PASSWORD_CHARACTERS, parseNewPassword } from '../../../policy/password.ts';
import { parseSenderPattern } from '../../../policy/sender-rule.ts';
import type { SENDING_LIMITS } from '../../../policy/user.ts';
import { MAX_NOTE } from './answers/item-answer.ts';
import { serverSchema } from './answers/names.ts';

/** Entries of a set. With their longest names the item stays far below the 400 KB of DynamoDB. */
const MAX_SERVERS = 100;
const MAX_SENDERS = 500;
/** No one sends more; a limit beyond it is a slip. `policy/user.ts` says the same. */
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
    const prepared = parseNewPassword(text);
    if (!prepared.ok) context.addIssue({ code: 'custom', message: prepared.problem });
  })
  .meta({
    format: 'password',
    description: `${MIN_PASSWORD_CHARACTERS} characters at least, and ${MAX_PASSWORD_OCTETS} octets of UTF-8 at most; none of the 10,000 commonest`,
  });

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
