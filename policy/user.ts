/** Items of the table *users*: partition key `user`, lower case. Only `authenticate` and the admin tools read them. */
import { saslprep } from '@mongodb-js/saslprep';
import * as z from 'zod';
import { type ParseResult, parsed, unparsed } from './result.ts';
import { parseSenderPattern } from './sender-rule.ts';
import { problemOf } from './settings.ts';
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
  /** Sending limits by name; read and handed on, not enforced yet. */
  readonly limits: Readonly<Record<string, number>>;
}

/** DynamoDB gives a string set as `Set`; a list of strings, easily typed in the console, means the same. */
const names = z.union([z.set(z.string()), z.array(z.string()).transform((list) => new Set(list))]);

const userSchema = z.object({
  user: z.string().min(1),
  verifier: z.string(),
  enabled: z.boolean().default(true),
  servers: names.default(new Set<string>()),
  senders: names.default(new Set<string>()),
  limits: z.record(z.string(), z.number()).default({}),
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
