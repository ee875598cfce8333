/**
 * Keys under which a message is found: who it is for and from, where it came from, what became of it.
 *
 * A key is a kind and a value. In the index it is a hash of 36 bits; what has the same hash by chance is told apart when
 * the message itself is read.
 */
import { createHash } from 'node:crypto';
import { networkText, parseAddress, parseNetwork } from '../../policy/client-network.ts';
import { type PosternEvent, type RecipientRecord, VERDICTS, type Verdict } from '../../policy/event.ts';

export type Transaction = Extract<PosternEvent, { type: 'transaction' }>;

export type SearchKind =
  | 'recipient'
  | 'recipient-domain'
  | 'sender'
  | 'sender-domain'
  | 'client'
  | 'network'
  | 'identity'
  | 'message-id'
  | 'rule'
  | 'verdict';

export interface SearchKey {
  /** Six characters of base64url. */
  readonly hash: string;
  /** A number from 0 to 255, by which the key's bucket is chosen. */
  readonly place: number;
}

/** Characters of a hash in the index. */
export const HASH_LENGTH = 6;
/** What almost every message that was taken has for its rule: not worth a key. */
export const COMMON_RULE = 'next-hop';
/** Prefixes of networks that have keys, the widest first. */
const INDEXED_PREFIXES = { 4: [16, 24], 6: [32, 48, 64] } as const;
const WIDTH = { 4: 32, 6: 128 } as const;

export function searchKey(kind: SearchKind, value: string): SearchKey {
  const digest = createHash('sha256').update(`${kind} ${value}`).digest();
  return { hash: digest.toString('base64url', 0, 6).slice(0, HASH_LENGTH), place: digest[31] ?? 0 };
}

/** The reverse-path as it is searched for; `<>` for the null one. */
export function senderText(sender: string): string {
  return sender === '' ? '<>' : sender.toLowerCase();
}

export function domainOf(address: string): string | undefined {
  const at = address.lastIndexOf('@');
  return at === -1 ? undefined : address.slice(at + 1).toLowerCase();
}

/** What became of a message, for any of its recipients. */
export function verdictsOf({ verdict, recipients }: Pick<Transaction, 'verdict' | 'recipients'>): ReadonlySet<Verdict> {
  return new Set([verdict, ...recipients.map((recipient) => outcomeOf(recipient, verdict))]);
}

/** What became of a message for one recipient; older events do not say it, and it follows from the reply to RCPT. */
export function outcomeOf({ outcome, reply }: RecipientRecord, verdict: Verdict): Verdict {
  if (outcome !== undefined) return outcome;
  if (reply < 400) return verdict;
  return reply < 500 ? 'deferred' : 'refused';
}

/** Rules that decided: of the message, and of each recipient that was not taken. */
export function rulesOf({ rule, recipients }: Pick<Transaction, 'rule' | 'recipients'>): ReadonlySet<string> {
  return new Set([rule, ...recipients.filter(({ reply }) => reply >= 400).map((each) => each.rule)]);
}

/** All keys of a message, each once. */
export function keysOf(event: Transaction): readonly SearchKey[] {
  const { sender, recipients, client, identity, messageId } = event;
  const values: (readonly [SearchKind, string | undefined])[] = [
    ...recipients.flatMap(({ address }) => [
      ['recipient', address.toLowerCase()] as const,
      ['recipient-domain', domainOf(address)] as const,
    ]),
    ['sender', senderText(sender)],
    ['sender-domain', domainOf(sender)],
    ['client', client.address],
    ...networksOf(client.address).map((network) => ['network', network] as const),
    ['identity', identity],
    ['message-id', messageId],
    ...[...rulesOf(event)].map((rule) => ['rule', rule === COMMON_RULE ? undefined : rule] as const),
    ...[...verdictsOf(event)].map((verdict) => ['verdict', verdict === 'accepted' ? undefined : verdict] as const),
  ];
  const keys = values.flatMap(([kind, value]) => (value === undefined ? [] : [searchKey(kind, value)]));
  return [...new Map(keys.map((key) => [key.hash, key])).values()];
}

/** Indexed networks that hold an address. */
function networksOf(address: string): readonly string[] {
  const parsed = parseAddress(address);
  if (parsed === undefined) return [];
  return INDEXED_PREFIXES[parsed.family].map((prefix) => networkOf(parsed, prefix));
}

function networkOf({ family, bits }: { readonly family: 4 | 6; readonly bits: bigint }, prefix: number): string {
  const hostBits = BigInt(WIDTH[family] - prefix);
  return networkText({ family, bits: (bits >> hostBits) << hostBits, prefix });
}

/**
 * The key that finds all clients of a network: of an address its own, else the narrowest indexed network that holds all
 * of it; `undefined` where it is wider than all.
 */
export function clientSearchKey(text: string): SearchKey | undefined {
  const network = parseNetwork(text);
  if (!network.ok) return undefined;
  const { family, prefix } = network.value;
  if (prefix === WIDTH[family]) return searchKey('client', networkText(network.value).replace(/\/\d+$/, ''));
  const indexed = INDEXED_PREFIXES[family].findLast((each) => each <= prefix);
  return indexed === undefined ? undefined : searchKey('network', networkOf(network.value, indexed));
}

/** Verdicts as one character, so that the index itself tells messages that were taken from those that were not. */
export function verdictFlags(verdicts: Iterable<Verdict>): string {
  let bits = 0;
  for (const verdict of verdicts) bits |= 1 << VERDICTS.indexOf(verdict);
  return FLAGS[bits] ?? '';
}

export function hasVerdict(flags: string, wanted: readonly Verdict[]): boolean {
  const bits = FLAGS.indexOf(flags);
  return wanted.some((verdict) => (bits & (1 << VERDICTS.indexOf(verdict))) !== 0);
}

/** Six bits a character. */
const FLAGS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
