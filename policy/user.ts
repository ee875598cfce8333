/** Items of the table *users*: partition key `user`, lower case. Only `authenticate` and the admin tools read them. */
import { saslprep } from '@mongodb-js/saslprep';
import * as z from 'zod';
import { type ParseResult, parsed, unparsed } from './result.ts';
import { parseSenderPattern } from './sender-rule.ts';
import { problemOf } from './settings.ts';
import { stringsSchema } from './strings.ts';
import { parseVerifier, type Verifier } from './verifier.ts';

export interface User {
  /** The key: the name a client logs in with, lower case. */
  readonly user: string;
  readonly verifier: Verifier;
  readonly enabled: boolean;
  /** Published servers on which the user may log in. */
  readonly servers: ReadonlySet<string>;
  /** Canonical sender patterns: `user@domain`, `*@domain`, `*`. */
  readonly senders: readonly string[];
  /** Whether MAIL may name the null reverse-path, as programs that send bounces and vacation replies do. */
  readonly mayBounce: boolean;
  /** Sending limits; what is absent is not limited. */
  readonly limits: SendingLimits;
}

export const SENDING_LIMITS = ['messagesPerHour', 'messagesPerDay', 'recipientsPerHour', 'recipientsPerDay'] as const;
export type SendingLimit = (typeof SENDING_LIMITS)[number];
export type SendingLimits = Readonly<Partial<Record<SendingLimit, number>>>;

const names = stringsSchema.transform((strings) => new Set(strings));
/** A limit whose name is misspelt must not be none. */
const limitsSchema = z.partialRecord(z.enum(SENDING_LIMITS), z.int().min(0));

const userSchema = z.object({
  user: z.string().min(1),
  verifier: z.string(),
  enabled: z.boolean().default(true),
  servers: names.default(new Set<string>()),
  senders: names.default(new Set<string>()),
  mayBounce: z.boolean().default(false),
  limits: limitsSchema.default({}),
});

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
  if (!result.success) return unparsed(problemOf(result.error));
  const { verifier: verifierText, senders: senderTexts, ...rest } = result.data;
  const verifier = parseVerifier(verifierText);
  if (!verifier.ok) return unparsed(`verifier: ${verifier.problem}`);
  const senders: string[] = [];
  for (const text of senderTexts) {
    const sender = parseSenderPattern(text);
    if (!sender.ok) return unparsed(`senders: ${sender.problem}`);
    senders.push(sender.value);
  }
  return parsed({ ...rest, verifier: verifier.value, senders });
}
