/** Items of the table *users*: partition key `user`, lower case. Only `authenticate` and the admin tools read them. */

import * as z from 'zod';
import { attributes, problemOfIssues, quoted, trueOrFalse, wholeNumber } from './console-value.ts';
import { type ParseResult, parsed, unparsed } from './result.ts';
import { saslprep } from './saslprep.cjs';
import { parseSenderPattern } from './sender-rule.ts';
import { stringsSchema } from './strings.ts';
import { parseVerifier, type Verifier } from './verifier.ts';

export interface User {
  /** The key: the name a client logs in with, lower case. */
  readonly user: string;
  /** Absent of a user who logs in by OAuth alone: no password fits. */
  readonly verifier?: Verifier;
  readonly enabled: boolean;
  /** Published servers on which the user may log in. */
  readonly servers: ReadonlySet<string>;
  /** Canonical sender patterns: `user@domain`, `*@domain`, `*`. */
  readonly senders: readonly string[];
  /** Whether MAIL may name the null reverse-path, as read receipts and vacation replies do (RFC 6409 section 3.2). */
  readonly mayBounce: boolean;
  /** Sending limits; what is absent is not limited. */
  readonly limits: SendingLimits;
}

export const SENDING_LIMITS = ['messagesPerHour', 'messagesPerDay', 'recipientsPerHour', 'recipientsPerDay'] as const;
export type SendingLimit = (typeof SENDING_LIMITS)[number];
export type SendingLimits = Readonly<Partial<Record<SendingLimit, number>>>;

const names = stringsSchema.transform((strings) => new Set(strings));
/** No one sends more; a limit beyond it is a slip. */
const LARGEST_SENDING_LIMIT = 1_000_000_000;
const limit = z.exactOptional(wholeNumber(0, LARGEST_SENDING_LIMIT));
/** A limit whose name is misspelt must not be none. */
const limitsSchema = attributes({
  messagesPerHour: limit,
  messagesPerDay: limit,
  recipientsPerHour: limit,
  recipientsPerDay: limit,
} satisfies Record<SendingLimit, unknown>);

/** Without the value: it may be a password that somebody typed into the wrong field. */
const verifierText = z.string({ error: () => 'is not text' });

export const userSchema = z.object(
  {
    user: z.string({ error: ({ input }) => (input === undefined ? 'is missing' : `${quoted(input)} is not text`) }),
    verifier: verifierText.optional(),
    enabled: trueOrFalse().default(true),
    servers: names.default(new Set<string>()),
    senders: names.default(new Set<string>()),
    mayBounce: trueOrFalse().default(true),
    limits: limitsSchema.default({}),
  },
  { error: () => 'is not a map of attributes' },
);

/** Octets; the longest partition key that DynamoDB has. */
const MAX_USER_KEY_OCTETS = 2048;

/** The key of a login name: as SASLprep (RFC 4013) reads it, in lower case. */
export function userKey(username: string): ParseResult<string> {
  if (Buffer.byteLength(username) > MAX_USER_KEY_OCTETS)
    return unparsed(`is longer than ${MAX_USER_KEY_OCTETS} octets`);
  try {
    const key = saslprep(username, { allowUnassigned: true }).toLowerCase();
    if (key === '') return unparsed('is empty');
    return Buffer.byteLength(key) > MAX_USER_KEY_OCTETS
      ? unparsed(`is longer than ${MAX_USER_KEY_OCTETS} octets`)
      : parsed(key);
  } catch {
    return unparsed('holds characters that SASLprep (RFC 4013) prohibits');
  }
}

/** Reads one item; the problem never holds the verifier. */
export function parseUser(item: unknown): ParseResult<User> {
  const result = userSchema.safeParse(item);
  if (!result.success) return unparsed(problemOfIssues(result.error));
  const { verifier: written, senders: senderTexts, ...rest } = result.data;
  const key = userKey(rest.user);
  if (!key.ok) return unparsed(`user: ${key.problem}`);
  // It is found by its key alone: one that is written otherwise could never log in.
  if (key.value !== rest.user) return unparsed(`user: ${quoted(rest.user)} must be written ${key.value}`);
  const verifier = written === undefined ? undefined : parseVerifier(written.trim());
  if (verifier?.ok === false) return unparsed(`verifier: ${verifier.problem}`);
  const senders: string[] = [];
  for (const text of senderTexts) {
    const sender = parseSenderPattern(text);
    if (!sender.ok) return unparsed(`senders: ${sender.problem}`);
    senders.push(sender.value);
  }
  return parsed({ ...rest, ...(verifier === undefined ? {} : { verifier: verifier.value }), senders });
}
