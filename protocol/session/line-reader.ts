/**
 * Splits client octets into lines and bounds each while it arrives.
 *
 * Only CR LF ends a line (RFC 5321 section 2.3.8); a bare CR or LF is a bad octet inside one. The limit of a command
 * line is its verb's, known from its first nine octets. Of a line over its limit nothing is kept; it is discarded up
 * to its CR LF, so that the stream stays in step, and then told as overlong.
 */

import { VERBS, type Verb } from '../../policy/verb.ts';

export interface ScreenedLine {
  /** Upper-case letters before the first blank or the end; empty when no verb could be written so. */
  readonly name: string;
  /** The line without its CR LF, an octet a character (Latin-1); empty when it is overlong. */
  readonly text: string;
  /** All octets seen of it, CR LF counted. */
  readonly octets: number;
  /** The limit that it was held to, in octets. */
  readonly limit: number;
  readonly isOverlong: boolean;
  /** Holds NUL, another control octet, DEL, a bare CR or a bare LF. */
  readonly hasBadOctets: boolean;
  /** Holds octets 0x80 to 0xFF. */
  readonly has8Bit: boolean;
}

/** The limit of a line, CR LF counted, from the name of its verb. */
export type LimitFor = (name: string) => number;

const CR = 0x0d;
const LF = 0x0a;
const BLANK = 0x20;
const DEL = 0x7f;
/** Octets in which a verb shows: the longest, STARTTLS, and what follows it. */
const NAME_OCTETS = 9;
const FIRST_CAPACITY = 128;
const NOTHING = Buffer.alloc(0);
/** Takes a letter's lower case away. */
const UPPER_CASE = 0xdf;
/** Kinds of octets, as bits. */
const BAD = 1;
const EIGHT_BIT = 2;
/** The kind of each octet; CR is bad where no LF follows, which its successor tells. */
const KINDS = Uint8Array.from({ length: 256 }, (_, octet) => {
  if (octet > DEL) return EIGHT_BIT;
  return octet === DEL || (octet < BLANK && octet !== CR) ? BAD : 0;
});
/** The verbs that begin with a letter. */
const VERBS_BY_LETTER = new Map<number, Verb[]>();
for (const verb of VERBS) {
  const letter = verb.charCodeAt(0);
  VERBS_BY_LETTER.set(letter, [...(VERBS_BY_LETTER.get(letter) ?? []), verb]);
}

export class LineReader {
  #held = NOTHING;
  #heldOctets = 0;
  #seenOctets = 0;
  #lastOctet = 0;
  #name: string | undefined;
  #limit = 0;
  #isOverlong = false;
  #line: ScreenedLine | undefined;

  /** Octets kept of an unfinished line: at most its limit. */
  get heldOctets(): number {
    return this.#heldOctets;
  }

  /**
   * Reads `chunk` from `start` up to the end of one line.
   *
   * @returns the offset after the last octet used; a finished line waits in `takeLine`
   */
  read(chunk: Buffer, start: number, limitFor: LimitFor): number {
    const end = this.readWhole(chunk, start, limitFor);
    if (end > start) return end;
    this.#append(chunk, start, chunk.length, limitFor);
    return chunk.length;
  }

  /**
   * As `read` where the end of the line is in `chunk`; else nothing is used, and `start` returned. Nothing is kept of a
   * line that lies whole in it, so that it may be read again.
   */
  readWhole(chunk: Buffer, start: number, limitFor: LimitFor): number {
    let before = this.#lastOctet;
    let kinds = 0;
    for (let at = start; at < chunk.length; at += 1) {
      const octet = chunk[at] ?? 0;
      if (octet === LF && before === CR) {
        this.#finish(chunk, start, at + 1, limitFor, kinds);
        return at + 1;
      }
      kinds |= before === CR ? BAD : (KINDS[octet] ?? 0);
      before = octet;
    }
    return start;
  }

  /** The line that `read` finished, once. */
  takeLine(): ScreenedLine | undefined {
    const line = this.#line;
    this.#line = undefined;
    return line;
  }

  /** Forgets an unfinished line: STARTTLS drops what came in the clear after it. */
  reset(): void {
    this.#heldOctets = 0;
    this.#seenOctets = 0;
    this.#lastOctet = 0;
    this.#name = undefined;
    this.#isOverlong = false;
  }

  /** @param kinds of the octets before the CR LF, as far as they are in this chunk */
  #finish(chunk: Buffer, start: number, end: number, limitFor: LimitFor, kinds: number): void {
    if (this.#seenOctets === 0) {
      // The common case: the line lies whole in the chunk and is not copied.
      const name = nameOf(chunk, start, end);
      this.#line = screened(chunk, start, end, name, limitFor(name), kinds);
      return;
    }
    this.#append(chunk, start, end, limitFor);
    const { name = '', limit } = { name: this.#name, limit: this.#limit };
    this.#line = this.#isOverlong
      ? overlong(name, this.#seenOctets, limit)
      : screened(this.#held, 0, this.#heldOctets, name, limit, kindsOf(this.#held, this.#heldOctets - 2));
    this.reset();
  }

  #append(chunk: Buffer, start: number, end: number, limitFor: LimitFor): void {
    if (start === end) return;
    this.#seenOctets += end - start;
    this.#lastOctet = chunk[end - 1] ?? 0;
    let from = start;
    if (this.#name === undefined) {
      from = Math.min(end, start + NAME_OCTETS - this.#heldOctets);
      this.#keep(chunk, start, from);
      const held = this.#held.subarray(0, this.#heldOctets);
      const isShown = held.length === NAME_OCTETS || held.includes(BLANK) || held.includes(CR) || held.includes(LF);
      if (!isShown) return;
      this.#name = nameOf(this.#held, 0, this.#heldOctets);
      this.#limit = limitFor(this.#name);
    }
    if (this.#seenOctets <= this.#limit) this.#keep(chunk, from, end);
    else this.#discard();
  }

  #discard(): void {
    this.#isOverlong = true;
    this.#held = NOTHING;
    this.#heldOctets = 0;
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    const needed = this.#heldOctets + end - start;
    if (needed > this.#held.length) {
      const grown = Buffer.alloc(Math.max(FIRST_CAPACITY, needed, Math.min(this.#limit, 2 * this.#held.length)));
      this.#held.copy(grown, 0, 0, this.#heldOctets);
      this.#held = grown;
    }
    chunk.copy(this.#held, this.#heldOctets, start, end);
    this.#heldOctets = needed;
  }
}

/** The kinds of the first `end` octets, as bits. */
function kindsOf(octets: Buffer, end: number): number {
  let kinds = 0;
  for (let at = 0; at < end; at += 1) kinds |= octets[at] === CR ? BAD : (KINDS[octets[at] ?? 0] ?? 0);
  return kinds;
}

function nameOf(octets: Buffer, start: number, end: number): string {
  // Nearly always a verb that we know, of which no text need be made.
  for (const verb of VERBS_BY_LETTER.get((octets[start] ?? 0) & UPPER_CASE) ?? []) {
    if (isNamed(verb, octets, start, end)) return verb;
  }
  let at = start;
  const last = Math.min(end, start + NAME_OCTETS);
  while (at < last && isLetter(octets[at] ?? 0)) at += 1;
  const next = octets[at];
  if (at === last || (next !== BLANK && next !== CR)) return '';
  return octets.toString('latin1', start, at).toUpperCase();
}

/** Whether the line at `at` may be of `verb`, by its first octet: which of two follows is known without reading it. */
export function mayBeNamed(verb: Verb, octets: Uint8Array, at: number): boolean {
  return ((octets[at] ?? 0) & UPPER_CASE) === verb.charCodeAt(0);
}

function isNamed(verb: Verb, octets: Buffer, start: number, end: number): boolean {
  const behind = octets[start + verb.length];
  if (start + verb.length >= end || (behind !== BLANK && behind !== CR)) return false;
  for (let at = 0; at < verb.length; at += 1) {
    // No octet but a letter becomes one so.
    if (((octets[start + at] ?? 0) & UPPER_CASE) !== verb.charCodeAt(at)) return false;
  }
  return true;
}

function isLetter(octet: number): boolean {
  const lower = octet | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

function screened(
  octets: Buffer,
  start: number,
  end: number,
  name: string,
  limit: number,
  kinds: number,
): ScreenedLine {
  if (end - start > limit) return overlong(name, end - start, limit);
  return {
    name,
    text: octets.toString('latin1', start, end - 2),
    octets: end - start,
    limit,
    isOverlong: false,
    hasBadOctets: (kinds & BAD) !== 0,
    has8Bit: (kinds & EIGHT_BIT) !== 0,
  };
}

function overlong(name: string, octets: number, limit: number): ScreenedLine {
  return { name, text: '', octets, limit, isOverlong: true, hasBadOctets: false, has8Bit: false };
}
