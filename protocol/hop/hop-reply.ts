/**
 * What a next hop's reply means for the client.
 *
 * A hop decides about recipients and messages, and those words of it are passed on. What it says about our own session
 * with it (421, 530, 535, a refused greeting) is no client's business: that is 451, with the hop's words in the log.
 */
import { REPLIES, type Reply } from '../../policy/reply.ts';
import type { EightBitCapabilities, HopAnswer, HopRule } from './hop-answer.ts';
import type { ServerReply } from './reply-parser.ts';

export type HopStage = 'greeting' | 'hello' | 'starttls' | 'mail' | 'recipient' | 'data' | 'final';

interface Expectation {
  readonly lowest: number;
  readonly highest: number;
  /** What it means when the hop said yes; the hop's own wording adds nothing for it. */
  readonly taken: HopAnswer;
  /** Whether a refusal concerns our connection and not the client's mail. */
  readonly isOpening: boolean;
}

const takenBy = (reply: Reply): HopAnswer => ({ reply, isTaken: true, rule: 'next-hop' });

/** RFC 5321 section 4.3.2: what each command may hear as its success. */
const EXPECTED = {
  greeting: { lowest: 220, highest: 220, taken: takenBy(REPLIES.ok), isOpening: true },
  hello: { lowest: 250, highest: 250, taken: takenBy(REPLIES.ok), isOpening: true },
  starttls: { lowest: 220, highest: 220, taken: takenBy(REPLIES.ok), isOpening: true },
  mail: { lowest: 200, highest: 299, taken: takenBy(REPLIES.senderOk), isOpening: false },
  recipient: { lowest: 200, highest: 299, taken: takenBy(REPLIES.recipientOk), isOpening: false },
  data: { lowest: 354, highest: 354, taken: takenBy(REPLIES.startMail), isOpening: false },
  final: { lowest: 200, highest: 299, taken: takenBy(REPLIES.ok), isOpening: false },
} as const satisfies Record<HopStage, Expectation>;

/** Octets of a line that is passed on; with code and enhanced status it stays below RFC 5321's 512 (section 4.5.3.1.5). */
const MAX_LINE_OCTETS = 450;
const MAX_LINES = 20;
const UNPRINTABLE = /[^\x20-\x7E]/;

/** Judges a hop's reply to what `stage` asked. */
export function answerTo(stage: HopStage, reply: ServerReply): HopAnswer {
  const expected = EXPECTED[stage];
  const { code } = reply;
  if (code >= expected.lowest && code <= expected.highest) {
    // Only the last reply is worth a line in the log: it names the message in the hop's own queue.
    return stage === 'final' ? { ...expected.taken, detail: wordsOf(reply) } : expected.taken;
  }
  if (code < 400) return hopInsane(`unexpected reply at ${stage}: ${wordsOf(reply)}`);
  if (expected.isOpening) return hopDown(`refused at ${stage}: ${wordsOf(reply)}`);
  return { reply: refusalOf(reply), isTaken: false, rule: 'next-hop', detail: wordsOf(reply) };
}

function refusalOf(reply: ServerReply): Reply {
  const { code, enhanced } = reply;
  // 421 would make the client leave us; 530 and 535 would make it log in once more, to no avail.
  if (code === 421 || code === 530 || code === 535) return REPLIES.hopUnwilling;
  const statusClass = code < 500 ? '4' : '5';
  const text = reply.lines.slice(0, MAX_LINES).map((line) => toPrintable(line, MAX_LINE_OCTETS));
  return {
    code,
    enhanced: enhanced?.startsWith(statusClass) ? enhanced : `${statusClass}.0.0`,
    text: text.every((line) => line.trim() === '') ? 'Refused by next hop' : text.join('\n'),
  };
}

/** A reply as one line for the log. */
export function wordsOf(reply: ServerReply): string {
  const status = reply.enhanced === undefined ? '' : `${reply.enhanced} `;
  return toPrintable(`${reply.code} ${status}${reply.lines[0] ?? ''}`, MAX_LINE_OCTETS);
}

/** The text cut to `maxOctets`, a blank for each TAB and a question mark for each other unprintable character. */
export function toPrintable(text: string, maxOctets: number): string {
  const cut = text.length > maxOctets ? text.slice(0, maxOctets) : text;
  return UNPRINTABLE.test(cut) ? cut.replaceAll('\t', ' ').replaceAll(/[^\x20-\x7E]/g, '?') : cut;
}

/** The hop cannot be reached, or will not have us. */
export function hopDown(detail: string): HopAnswer {
  return failure(REPLIES.hopDown, 'next-hop-down', detail);
}

/** The hop went away or kept silent in the middle of a transaction. */
export function hopDropped(detail: string): HopAnswer {
  return failure(REPLIES.hopDropped, 'next-hop-dropped', detail);
}

/** The hop said what no SMTP server says there. */
export function hopInsane(detail: string): HopAnswer {
  return failure(REPLIES.hopInsane, 'next-hop-insane', detail);
}

function failure(reply: Reply, rule: HopRule, detail: string): HopAnswer {
  return { reply, isTaken: false, rule, detail: toPrintable(detail, MAX_LINE_OCTETS) };
}

/** What a hop's EHLO offers, as far as we use it. */
export interface HopCapabilities extends EightBitCapabilities {
  readonly hasPipelining: boolean;
  readonly hasSize: boolean;
  /** Octets of the largest message that it takes; absent when it names none (RFC 1870 section 4: 0 is none too). */
  readonly maxMessageOctets?: number;
  readonly hasStartTls: boolean;
  /** SASL mechanisms, upper case, as the hop orders them. */
  readonly authMechanisms: readonly string[];
  /** Attributes that XCLIENT may set, upper case; none where it is not offered to us. */
  readonly xclientAttributes: readonly string[];
}

/** More than any server has; together they stay below the 512 octets of a line of EHLO's reply. */
const MAX_WORDS = 20;

/** Reads a 250 to EHLO; its first line is a greeting (RFC 5321 section 4.1.1.1), and what is not known is no concern. */
export function parseCapabilities(lines: readonly string[]): HopCapabilities {
  const offered = new Map<string, string[]>();
  for (const line of lines.slice(1)) {
    const [keyword = '', ...words] = line.trim().toUpperCase().split(/ +/);
    offered.set(keyword, words);
  }
  const [sizeText = ''] = offered.get('SIZE') ?? [];
  const size = /^\d{1,15}$/.test(sizeText) ? Number(sizeText) : 0;
  return {
    hasPipelining: offered.has('PIPELINING'),
    hasSize: offered.has('SIZE'),
    ...(size === 0 ? {} : { maxMessageOctets: size }),
    has8BitMime: offered.has('8BITMIME'),
    hasSmtpUtf8: offered.has('SMTPUTF8'),
    hasStartTls: offered.has('STARTTLS'),
    authMechanisms: namesIn(offered.get('AUTH')),
    xclientAttributes: namesIn(offered.get('XCLIENT')),
  };
}

/** What has the form of a SASL mechanism (RFC 4422 section 3.1), which holds for attributes too; each once. */
function namesIn(words: readonly string[] = []): string[] {
  return [...new Set(words)].filter((word) => /^[A-Z0-9_-]{1,20}$/.test(word)).slice(0, MAX_WORDS);
}
