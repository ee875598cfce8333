/** What the senders of a ledger run send: letters, each made again from its seed, so that only a digest is kept. */
import { createHash } from 'node:crypto';
import type { PublishedServer } from '../../local/names.ts';
import { Random } from '../fuzz/random.ts';
import { CLOUD_USER } from '../support/cloud.ts';
import { AMBIGUOUS_HEAD } from '../support/cloud-held.ts';
import type { HopName } from '../support/cloud-mail.ts';

/** Octets; a letter above it is `too-large`. Above 7,000,000 mail goes to SES by its API v2. */
export const MAX_MESSAGE_OCTETS = 7_400_000;
const V2_OCTETS = 7_100_000;

export type LetterKind = 'inbound' | 'inside' | 'outside' | 'mixed' | 'relay' | 'bare-newline' | 'too-large' | 'held';

export interface LetterRecipient {
  readonly address: string;
  /** Where mail for it ends. */
  readonly hop: HopName;
}

export interface Letter {
  readonly token: string;
  readonly kind: LetterKind;
  readonly server: PublishedServer;
  readonly sender: string;
  readonly recipients: readonly LetterRecipient[];
  /** Its sender tries again as a queue does; others give up at the first answer that is no 250. */
  readonly isPatient: boolean;
  readonly isPipelined: boolean;
  /** To be refused for good, and never to reach a hop. */
  readonly isForbidden: boolean;
  readonly seed: number;
  readonly octets: number;
}

const FORBIDDEN: ReadonlySet<LetterKind> = new Set(['relay', 'bare-newline', 'too-large']);

/** What a client sends: `screened` to `inbound` where rules judge mail. */
export type LetterSource = PublishedServer | 'screened';

const KINDS = {
  inbound: [...many('inbound', 24), 'relay', 'bare-newline', 'too-large'],
  screened: [...many('inbound', 12), ...many('held', 14), 'relay', 'bare-newline', 'too-large'],
  submission: [...many('inside', 8), ...many('outside', 8), ...many('mixed', 8), 'bare-newline', 'too-large'],
} as const satisfies Record<LetterSource, readonly LetterKind[]>;

function many(kind: LetterKind, times: number): LetterKind[] {
  return Array.from({ length: times }, () => kind);
}

export function newLetter(random: Random, source: LetterSource, token: string): Letter {
  const kinds: readonly LetterKind[] = KINDS[source];
  const server = source === 'screened' ? 'inbound' : source;
  const drawn = kinds[random.below(kinds.length)] ?? 'inbound';
  // A large letter costs as much as a hundred others.
  const kind = drawn === 'too-large' && !random.once(4) ? 'bare-newline' : drawn;
  return {
    token,
    kind,
    server,
    sender: server === 'submission' ? CLOUD_USER : `sender-${token}@elsewhere.test`,
    recipients: recipientsOf(kind, token),
    isPatient: !random.once(3),
    isPipelined: !random.once(4),
    isForbidden: FORBIDDEN.has(kind),
    seed: random.next(),
    octets: kind === 'too-large' ? MAX_MESSAGE_OCTETS + 10_000 : octetsOf(random),
  };
}

function recipientsOf(kind: LetterKind, token: string): readonly LetterRecipient[] {
  const inside: LetterRecipient = { address: `${token}@example.com`, hop: 'mta' };
  const outside: LetterRecipient = { address: `${token}@elsewhere.test`, hop: 'ses' };
  if (kind === 'outside' || kind === 'relay') return [outside];
  return kind === 'mixed' ? [inside, outside] : [inside];
}

/** Mostly what mail is, now and then what fills buffers, seldom what SES takes by its API v2 alone. */
function octetsOf(random: Random): number {
  const chance = random.below(1000);
  if (chance < 5) return V2_OCTETS + random.below(200_000);
  if (chance < 60) return 100_000 + random.below(900_000);
  return 200 + random.below(20_000);
}

/** The octets that the client means: not dot-stuffed, CR LF at the end. */
export function contentOf(letter: Letter): Buffer {
  const random = new Random(letter.seed);
  const odd = letter.kind === 'held' ? AMBIGUOUS_HEAD : '';
  const head = `From: <${letter.sender}>\r\nSubject: ledger\r\nX-Ledger: ${letter.token}\r\n${odd}\r\n`;
  const bad = letter.kind === 'bare-newline' ? 'bare\nnewline\r\n' : '';
  const parts = [head];
  let octets = head.length + bad.length;
  const block = blockOf(random);
  for (let count = 0; octets < letter.octets; count += 1) {
    const part = `${count} ${block.slice(0, Math.max(0, letter.octets - octets - 10))}`.replace(/\r?\n?$/, '\r\n');
    parts.push(part);
    octets += part.length;
  }
  return Buffer.from(parts.join('') + bad, 'latin1');
}

/** Some thousand octets with all that a careless relay would change. */
function blockOf(random: Random): string {
  const lines: string[] = [];
  while (lines.length < 60) lines.push(lineOf(random));
  return lines.join('');
}

function lineOf(random: Random): string {
  const start = random.pick(['', '.', '..', '. ', '\t', 'From ', '']);
  const text = Array.from({ length: random.below(90) }, () =>
    String.fromCharCode(random.once(8) ? 0xa0 + random.below(0x5f) : 0x20 + random.below(0x5f)),
  );
  return `${start}${text.join('')}\r\n`;
}

export function digestOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('base64');
}
