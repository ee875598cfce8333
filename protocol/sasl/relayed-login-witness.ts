/**
 * Reads along in a login that a next hop judges, to know who logs in.
 *
 * What the hop reads out of the same octets is the hop's. So a message of a mechanism known here that is not as its
 * specification has it is refused and not relayed, and a hop that took more or fewer messages than the mechanism has was
 * in another exchange than this one: its 235 is not believed.
 */
import { type ParseResult, parsed, unparsed } from '../../policy/result.ts';
import { userKey } from '../../policy/user.ts';
import { continueExchange, decodeUtf8, isOAuth, parseGs2Header, type SaslStep, unescapeSaslName } from './sasl.ts';

export interface RelayedLoginWitness {
  readonly mechanism: string;
  /** Messages of the client so far. */
  readonly messages: number;
  /** As the client gave it; absent until it is shown. */
  readonly username?: string;
}

export type Testimony =
  | { readonly kind: 'heard'; readonly witness: RelayedLoginWitness }
  | { readonly kind: 'malformed' }
  /** Not UTF-8, or a name that SASLprep prohibits: a failed login (RFC 4616 section 2). */
  | { readonly kind: 'unprepared'; readonly witness: RelayedLoginWitness }
  /** Somebody would act for another (RFC 4616 section 2). */
  | { readonly kind: 'foreign-authorization'; readonly witness: RelayedLoginWitness };

interface Reading {
  /** The client's messages when the hop says 235, at least and at most. */
  readonly atLeast: number;
  readonly atMost: number;
  /** Reads the name that the first message shows. */
  readonly read: (message: string) => ParseResult<ShownName>;
}

interface ShownName {
  readonly username: string;
  readonly authorization: string;
}

/** The name of an identity whose mechanism does not show it. */
export const UNKNOWN_IDENTITY = 'unknown';

const MALFORMED = unparsed('not a message of its mechanism');
/** RFC 5802 section 7: `n=saslname,r=nonce[,extensions]`; `m=` is for extensions that no one has defined. */
const SCRAM_FIRST = /^n=([^,\0]+),r=[\x21-\x2B\x2D-\x7E]+(?:,[A-Za-z]=[^,\0]+)*$/;
/** RFC 2195 section 2: the name may hold blanks. */
const CRAM_MD5 = /^([^\0]+) [0-9A-Fa-f]{32}$/;

/** What the first message of `mechanism` shows; `undefined` for one that is not known here. */
function readingOf(mechanism: string): Reading | undefined {
  if (mechanism === 'PLAIN' || isOAuth(mechanism)) return { atLeast: 1, atMost: 1, read: readAs(mechanism) };
  if (mechanism === 'LOGIN') return { atLeast: 2, atMost: 2, read: readLogin };
  if (mechanism === 'CRAM-MD5') return { atLeast: 1, atMost: 1, read: readCramMd5 };
  // The third is the empty answer to a last challenge, where the server's signature does not come with 235.
  return mechanism.startsWith('SCRAM-') ? { atLeast: 2, atMost: 3, read: readScram } : undefined;
}

export function newWitness(mechanism: string): RelayedLoginWitness {
  return { mechanism, messages: 0 };
}

/** Whether the server speaks first, so that an initial response answers nothing (RFC 4954 section 4). */
export function isServerFirst(mechanism: string): boolean {
  return mechanism === 'CRAM-MD5';
}

/** Hears the client's next message, decoded. */
export function hear(witness: RelayedLoginWitness, message: Uint8Array): Testimony {
  const { mechanism, messages } = witness;
  const heard: RelayedLoginWitness = { ...witness, messages: messages + 1 };
  const reading = readingOf(mechanism);
  if (reading === undefined || messages > 0) return { kind: 'heard', witness: heard };
  const text = decodeUtf8(message);
  // What is not UTF-8 is read as far as it can be, for the record alone.
  const name = reading.read(text ?? Buffer.from(message).toString('utf8'));
  if (!name.ok || name.value.username === '') return { kind: 'malformed' };
  const { username, authorization } = name.value;
  const named: RelayedLoginWitness = { ...heard, username };
  if (text === undefined || !userKey(username).ok) return { kind: 'unprepared', witness: named };
  const isForeign = authorization !== '' && authorization !== username;
  return { kind: isForeign ? 'foreign-authorization' : 'heard', witness: named };
}

/** The identity of a login that the hop took: `unknown` where the mechanism does not show it; no value when the hop took another one. */
export function identityOf({ mechanism, messages, username }: RelayedLoginWitness): string | undefined {
  const reading = readingOf(mechanism);
  if (reading === undefined) return UNKNOWN_IDENTITY;
  if (username === undefined || messages < reading.atLeast || messages > reading.atMost) return undefined;
  const key = userKey(username);
  return key.ok ? key.value : undefined;
}

function readAs(mechanism: string): Reading['read'] {
  return (message) =>
    shownBy(continueExchange({ mechanism: mechanism as 'PLAIN' | 'XOAUTH2' | 'OAUTHBEARER' }, Buffer.from(message)));
}

function shownBy(step: SaslStep): ParseResult<ShownName> {
  return step.kind === 'credentials' ? parsed(step) : MALFORMED;
}

function readLogin(username: string): ParseResult<ShownName> {
  return parsed({ username, authorization: '' });
}

function readCramMd5(message: string): ParseResult<ShownName> {
  const username = CRAM_MD5.exec(message)?.[1];
  return username === undefined ? MALFORMED : parsed({ username, authorization: '' });
}

function readScram(message: string): ParseResult<ShownName> {
  const header = parseGs2Header(message);
  const name = SCRAM_FIRST.exec(header?.rest ?? '')?.[1];
  const username = name === undefined ? undefined : unescapeSaslName(name);
  if (header === undefined || username === undefined) return MALFORMED;
  return parsed({ username, authorization: header.authorization });
}
