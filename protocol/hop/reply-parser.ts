/**
 * The replies of an SMTP server that is not trusted to be sane: octets in, replies out.
 *
 * Knows nothing of commands: which reply was asked for, and that none may come unasked, is for the caller to judge,
 * with `bufferedOctets`. What it gives depends on the octets alone and not on how they were cut into segments:
 * a line is judged when its line feed is there, and the limit is counted before anything else.
 */
import { Buffer } from 'node:buffer';

export interface ServerReply {
  /** 200 to 599. */
  readonly code: number;
  /** RFC 3463 status at the head of the first line, as it was given; its class may contradict the code. */
  readonly enhanced?: string;
  /** At least one; without code, enhanced status and CR LF; one character an octet (ISO 8859-1). No NUL, CR, LF. */
  readonly lines: readonly string[];
}

/** Octets of one reply, all its lines together; RFC 5321 section 4.5.3.1.5 asks for 512 a line and bounds no reply. */
export const MAX_REPLY_OCTETS = 65_536;

const LF = 10;
const HYPHEN = 45;
const SPACE = 32;
const DOT = 46;
const DIGIT_0 = 48;
const NOTHING = Buffer.alloc(0);
/** Replies of one line that are kept for when they come again, and their octets: those of the first transaction. */
const MAX_KNOWN = 8;
const MAX_KNOWN_OCTETS = 100;
/** Octets; what the first piece of a cut line gets, which holds any usual line. */
const SMALLEST_PARTIAL = 512;

/**
 * Splits a server's octets into replies.
 *
 * Use: `receive` a segment, then call `next` until it returns nothing; only then receive more. Once `problem` is set
 * nothing more is read. Keeps no more than one reply of `MAX_REPLY_OCTETS` besides the segment at hand.
 */
export class ReplyParser {
  /** The segment at hand and how far it was read; never kept beyond the `next` that used it up. */
  #segment: Buffer = NOTHING;
  #offset = 0;
  /** The start of a line whose line feed has not come; grows by doubling, so that single octets cost no square. */
  #partial: Buffer = NOTHING;
  #partialOctets = 0;
  /** Lines before the last one of the reply under way. */
  #lines: string[] = [];
  #linesOctets = 0;
  #code = 0;
  /**
   * Replies of one line, by that line: to most commands a server says the same again and again.
   * Fast path: 3 µs a message (bench w2); equal by `reply-parser.test.ts`.
   */
  readonly #known = new Map<string, ServerReply>();
  #problem: string | undefined;

  /** What the server broke; nothing that came after it is read. Printable US-ASCII. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Octets that came and belong to no reply that `next` gave. */
  get bufferedOctets(): number {
    return this.#linesOctets + this.#partialOctets + this.#segment.length - this.#offset;
  }

  /** Takes a segment. The caller may use its memory again as soon as `next` has returned nothing. */
  receive(octets: Uint8Array): void {
    if (this.#problem !== undefined) return;
    const segment = octets instanceof Buffer ? octets : Buffer.from(octets.buffer, octets.byteOffset, octets.length);
    const unread = this.#segment.length - this.#offset;
    if (unread === 0) {
      this.#segment = segment;
    } else if (unread + segment.length > MAX_REPLY_OCTETS) {
      this.#fail('replies pile up unread');
      return;
    } else {
      this.#segment = Buffer.concat([this.#segment.subarray(this.#offset), segment]);
    }
    this.#offset = 0;
  }

  /** The next whole reply; nothing when its end has not come, or on a `problem`. */
  next(): ServerReply | undefined {
    while (this.#problem === undefined && this.#offset < this.#segment.length) {
      const lineFeed = this.#segment.indexOf(LF, this.#offset);
      const end = lineFeed === -1 ? this.#segment.length : lineFeed + 1;
      const lineOctets = this.#partialOctets + end - this.#offset;
      if (this.#linesOctets + lineOctets > MAX_REPLY_OCTETS) {
        this.#fail('reply over 64 KiB');
      } else if (lineFeed === -1) {
        this.#keepUpTo(end);
      } else {
        const reply = this.#judge(this.#lineUpTo(end), lineOctets);
        if (reply !== undefined) return reply;
      }
    }
    return undefined;
  }

  #lineUpTo(end: number): string {
    const start = this.#offset;
    if (this.#partialOctets > 0) {
      this.#keepUpTo(end);
      const line = this.#partial.toString('latin1', 0, this.#partialOctets);
      this.#partial = NOTHING;
      this.#partialOctets = 0;
      return line;
    }
    const line = this.#segment.toString('latin1', start, end);
    this.#readUpTo(end);
    return line;
  }

  #keepUpTo(end: number): void {
    const octets = this.#partialOctets + end - this.#offset;
    if (octets > this.#partial.length) {
      const grown = Buffer.allocUnsafe(Math.max(SMALLEST_PARTIAL, octets, this.#partial.length * 2));
      this.#partial.copy(grown, 0, 0, this.#partialOctets);
      this.#partial = grown;
    }
    this.#segment.copy(this.#partial, this.#partialOctets, this.#offset, end);
    this.#partialOctets = octets;
    this.#readUpTo(end);
  }

  #readUpTo(end: number): void {
    if (end === this.#segment.length) {
      this.#segment = NOTHING;
      this.#offset = 0;
    } else {
      this.#offset = end;
    }
  }

  /** RFC 5321 section 4.2: `*( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF`. */
  #judge(line: string, octets: number): ServerReply | undefined {
    const known = this.#linesOctets === 0 ? this.#known.get(line) : undefined;
    return known ?? this.#judgeAnew(line, octets);
  }

  #judgeAnew(line: string, octets: number): ServerReply | undefined {
    const code = codeOf(line);
    const textEnd = line.length - 2;
    const separator = textEnd === 3 ? SPACE : line.charCodeAt(3);
    const text = line.slice(4, textEnd);
    if (!line.endsWith('\r\n')) return this.#fail('bare LF in a reply');
    if (code === 0) return this.#fail('reply without a code of three digits, 200 to 599');
    if (separator !== SPACE && separator !== HYPHEN) return this.#fail('reply code without its separator');
    if (/[\0\r]/.test(text)) return this.#fail('NUL or bare CR in a reply');
    if (this.#linesOctets > 0 && code !== this.#code) return this.#fail(`reply with codes ${this.#code} and ${code}`);

    if (separator === HYPHEN) {
      this.#code = code;
      this.#lines.push(text);
      this.#linesOctets += octets;
      return undefined;
    }
    if (this.#linesOctets === 0) return this.#keep(line, toReply(code, [text]));
    const lines = this.#lines;
    lines.push(text);
    this.#lines = [];
    this.#linesOctets = 0;
    return toReply(code, lines);
  }

  #keep(line: string, reply: ServerReply): ServerReply {
    if (this.#known.size < MAX_KNOWN && line.length <= MAX_KNOWN_OCTETS) this.#known.set(line, reply);
    return reply;
  }

  #fail(problem: string): undefined {
    this.#problem = problem;
    this.#segment = NOTHING;
    this.#offset = 0;
    this.#partial = NOTHING;
    this.#partialOctets = 0;
    this.#lines = [];
    this.#linesOctets = 0;
    return undefined;
  }
}

/** 0 when there is none; the second digit is not held to RFC 5321's 0 to 5, since nothing hangs on it. */
function codeOf(line: string): number {
  const hundreds = line.charCodeAt(0) - DIGIT_0;
  const tens = line.charCodeAt(1) - DIGIT_0;
  const ones = line.charCodeAt(2) - DIGIT_0;
  // A line that is too short gives NaN, for which every comparison is false.
  const isCode = hundreds >= 2 && hundreds <= 5 && tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9;
  return isCode ? hundreds * 100 + tens * 10 + ones : 0;
}

const ENHANCED_STATUS = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/;

/** RFC 2034 section 3: the status leads the text of every line. */
function toReply(code: number, lines: readonly string[]): ServerReply {
  const first = lines[0] ?? '';
  if (first.charCodeAt(1) !== DOT) return { code, lines };
  const enhanced = ENHANCED_STATUS.exec(first)?.[1];
  if (enhanced === undefined) return { code, lines };
  if (lines.length === 1) return { code, enhanced, lines: [first.slice(enhanced.length + 1)] };
  return { code, enhanced, lines: lines.map((line) => line.replace(ENHANCED_STATUS, '')) };
}
