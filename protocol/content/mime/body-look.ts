/** What is looked at in all of a part's body: its size, whether its encoding is kept to, and what hides in text. */

import { eachFieldLine, eachFileLine, isFullOf } from './common/hidden-beginnings.ts';
import { MAX_HEAD_OCTETS } from './common/limits.ts';
import { BASE64_CLASS, decodeUuencoded, isHexDigit, readRegularBase64 } from './common/transfer-decoding.ts';
import type { FileContents } from './files/file-contents.ts';
import { typesByContent } from './files/signature.ts';
import type { ContentFields } from './head/content-fields.ts';

const LF = 0x0a;
const CR = 0x0d;
const EQUALS = 0x3d;
/** Octets of a unit that is one of many. */
const MANY_OCTETS = 32_768;
const FIELD = /^content-(?:type|transfer-encoding|disposition)[ \t]*:/i;
const FIELD_OR_CONTINUATION = /^(?:(?!--)[\w-]+[ \t]*:|[ \t]+\S)/;
/** Two dashes and then something else than dashes and blanks, but for two dashes at the end: no ruled line. */
const LIKE_DELIMITER = /^--.*[^\s-]-{0,2}\s*$/;
/** A head of a file, and octets of it that are looked at. */
const OF_A_FILE = /^(?:[^\r\n]+\r?\n){0,8}?[^\r\n]*(?:disposition:[ \t]*attachment|name=)/i;
const MAX_HEAD_OF_FILE = 600;
/** Lines between a delimiter and the fields of its head. */
const MAX_SKIPPED_LINES = 2;
/** Octets in front of a field that are looked at for the beginning of its head. */
const MAX_HEAD_BEFORE = 2000;
const BINHEX = Buffer.from('BinHex');
const BINHEX_BEGIN = Buffer.from('must be converted with BinHex');
const LETTER_B = 0x62;
const UU_BEGIN = /^begin(-base64(?:-encoded)?)?[ \t]+[0-7]{3,6}[ \t]+(\S[^\r\n]*)/i;
/** The same of a field in text. */
const HITS_OF_A_FIELD = 40;
/** A line that may begin a file. */
const HITS_OF_A_LINE = 4;
/** A file in text costs as much as this many other hits. */
const HITS_OF_A_FILE = 200;
const YENC_BEGIN = /^=ybegin [^\r\n]*?\bname=([^\r\n]+)/;

export interface BodyPlace {
  /** False for preambles and epilogues. */
  readonly isPart: boolean;
  readonly isAttachment: boolean;
}

export class BodyLook {
  readonly #contents: FileContents;
  readonly #isBase64: boolean;
  readonly #isQuotedPrintable: boolean;
  readonly #isAttachment: boolean;
  /** Nothing says that it is no multipart. */
  readonly #mayBeDelimited: boolean;
  /** Fields are what it is made of. */
  readonly #isHeader: boolean;
  #rawOctets = 0;
  #base64Octets = 0;
  #quotedOctets = 0;
  #isPadded = false;
  /** The encoding is not kept to: what follows is known by its length alone, and is odd already. */
  #isBroken = false;
  #hasInnerPadding = false;
  /** A header that stands for itself is over. */
  #isHeaderOver = false;

  constructor(fields: ContentFields, contents: FileContents, { isPart, isAttachment }: BodyPlace) {
    this.#contents = contents;
    this.#isBase64 = fields.encodings.has('base64');
    this.#isQuotedPrintable = fields.encodings.has('quoted-printable');
    this.#isAttachment = isAttachment;
    this.#mayBeDelimited = !isPart || !fields.isTyped;
    this.#isHeader = fields.mimeTypes.some((type) => type.endsWith('/rfc822-headers'));
    if (this.#isHeader && this.#isBase64) this.#odd('body-behind-header');
  }

  /** Base64 goes on after its padding. */
  get hasInnerPadding(): boolean {
    return this.#hasInnerPadding;
  }

  /**
   * Octets of the part after decoding; quoted-printable text that is a body is counted as it came, and
   * what is badly encoded by a guess.
   */
  get octets(): number {
    if (this.#isBase64) return Math.floor((this.#base64Octets * 3) / 4);
    return this.#rawOctets - this.#quotedOctets;
  }

  receive(unit: Buffer): void {
    this.#rawOctets += unit.length;
    if (this.#isHeader) this.#lookBehindHeader(unit);
    if (this.#isBase64) this.#countBase64(unit);
    if (this.#isQuotedPrintable && this.#isAttachment && !this.#isBroken) this.#countQuoted(unit);
    if (!this.#isBase64 || this.#contents.findings.structure.length > 0) this.#lookForHidden(unit);
  }

  end(): void {
    if (this.#isBase64 && this.#base64Octets % 4 !== 0 && !this.#isPadded) this.#odd('base64-length');
  }

  #odd(reason: string): void {
    this.#contents.findings.odd('ambiguous', reason);
  }

  #countBase64(unit: Buffer): void {
    if (this.#isBroken) {
      this.#base64Octets += unit.length;
      return;
    }
    const regular = this.#isPadded ? undefined : readRegularBase64('', unit);
    if (regular !== undefined) {
      this.#base64Octets += regular.octets;
      return;
    }
    this.#contents.findings.lookSlowly(unit.length);
    let hasJunk = false;
    let hasBadPadding = false;
    for (let at = 0; at < unit.length; at += 1) {
      const kind = BASE64_CLASS[unit[at] ?? 0];
      if (kind === 1) {
        this.#base64Octets += 1;
        if (this.#isPadded) this.#hasInnerPadding = true;
      } else if (kind === 2) {
        // One or two, and only where four octets are not full.
        if (this.#base64Octets % 4 < 2 && !this.#isPadded) hasBadPadding = true;
        this.#isPadded = true;
      } else if (kind === 0) hasJunk = true;
    }
    if (hasJunk) {
      this.#isBroken = unit.length >= MANY_OCTETS;
      this.#odd('base64-junk');
    }
    if (hasBadPadding || this.#hasInnerPadding) this.#odd('base64-padding');
  }

  /** Counts what decoding takes away, and finds what is not well quoted: `=` without two digits or a line end after it. */
  #countQuoted(unit: Buffer): void {
    let taken = 0;
    let isBroken = false;
    for (let at = unit.indexOf(EQUALS); at !== -1; at = nextEquals(unit, at + 1)) {
      const next = unit[at + 1];
      if (next === undefined) taken += 1;
      else if (isHexDigit(next) && isHexDigit(unit[at + 2] ?? 0)) {
        taken += 2;
        at += 2;
      } else if (next === LF) taken += 2;
      else if (next === CR) taken += 3;
      else if (!isBlank(next) || !endsInBlanks(unit, at + 1)) isBroken = true;
    }
    this.#quotedOctets += taken;
    if (isBroken) {
      this.#isBroken = unit.length >= MANY_OCTETS;
      this.#odd('quoted-printable-junk');
    }
  }

  /** Fields of a head, and files in uuencode or yEnc, where by our reading there is text. */
  #lookForHidden(unit: Buffer): void {
    eachFieldLine(unit, (at) => this.#lookForField(unit, at));
    eachFileLine(unit, (at) => (unit[at] === EQUALS ? this.#lookForYenc(unit, at) : this.#lookForUuencode(unit, at)));
    if ((isFullOf(unit, LETTER_B) || unit.includes(BINHEX)) && unit.includes(BINHEX_BEGIN)) this.#odd('binhex');
  }

  /** A header without a body (RFC 6522 section 4): to some it is a message, and what stands after an empty line its body. */
  #lookBehindHeader(unit: Buffer): void {
    if (this.#rawOctets > MAX_HEAD_OCTETS) {
      this.#contents.findings.odd('unreadable', 'head-too-large');
      return;
    }
    let isEmpty = true;
    for (let at = 0; at < unit.length; at += 1) {
      const octet = unit[at] ?? 0;
      if (octet === LF) {
        this.#isHeaderOver ||= isEmpty;
        isEmpty = true;
      } else if (octet !== CR) {
        if (this.#isHeaderOver && !isBlank(octet)) {
          this.#odd('body-behind-header');
          return;
        }
        isEmpty = false;
      }
    }
  }

  #lookForField(unit: Buffer, start: number): void {
    if (!this.#mayLook(HITS_OF_A_FIELD)) return;
    if (FIELD.test(unit.toString('latin1', start, start + 40)) && this.#beginsHead(unit, start))
      this.#odd('hidden-head');
  }

  /** Counts what looks like structure; false once there was too much of it. */
  #mayLook(hits: number): boolean {
    const { findings } = this.#contents;
    if (!findings.isOver) findings.falseHit(hits);
    return !findings.isOver;
  }

  /**
   * Whether the fields that end at `start` follow a line like a delimiter's, or begin the body: there a parser that reads
   * another boundary, or another end of the head, has a head. Anywhere else they are a quotation.
   */
  #beginsHead(unit: Buffer, start: number): boolean {
    const from = Math.max(0, start - MAX_HEAD_BEFORE);
    const lines = unit.toString('latin1', from, start).split('\n').slice(0, -1);
    let line = lines.pop();
    while (line !== undefined && FIELD_OR_CONTINUATION.test(line)) line = lines.pop();
    const isAtStart = from === 0 && this.#rawOctets === unit.length && lines.length < MAX_SKIPPED_LINES;
    if (line === undefined || isAtStart) return !this.#isHeader && isAtStart;
    // What stands between a delimiter and its head some skip.
    const before = [line, ...lines.slice(-MAX_SKIPPED_LINES)];
    if (!before.some((each) => LIKE_DELIMITER.test(each))) return false;
    // Text that says that it is text may quote a message; a file in it is another matter.
    return this.#mayBeDelimited || OF_A_FILE.test(unit.toString('latin1', start, start + MAX_HEAD_OF_FILE));
  }

  #lookForUuencode(unit: Buffer, at: number): void {
    if (!this.#mayLook(HITS_OF_A_LINE)) return;
    const line = unit.toString('latin1', at, at + 400);
    const [, isBase64, name] = UU_BEGIN.exec(line) ?? [];
    if (name === undefined) return;
    this.#contents.findings.falseHit(HITS_OF_A_FILE);
    const data = unit
      .toString('latin1', at, at + 2048)
      .split('\n')
      .slice(1, 16);
    this.#odd('uuencode');
    this.#contents.addInside(name.trim().replace(/^"(.*)"$/, '$1'));
    const decoded = isBase64 !== undefined ? Buffer.from(data.join(''), 'base64') : decodeUuencoded(data.join('\n'));
    for (const type of typesByContent(decoded)) this.#contents.types.add(type);
  }

  #lookForYenc(unit: Buffer, at: number): void {
    if (!this.#mayLook(HITS_OF_A_LINE)) return;
    const [, name] = YENC_BEGIN.exec(unit.toString('latin1', at, at + 400)) ?? [];
    if (name === undefined) return;
    this.#contents.findings.falseHit(HITS_OF_A_FILE);
    this.#odd('yenc');
    this.#contents.addInside(name.trim());
  }
}

/** The next equals sign: most are near, and a search costs more than to look at a few octets. */
function nextEquals(unit: Buffer, start: number): number {
  const near = Math.min(unit.length, start + 16);
  for (let at = start; at < near; at += 1) if (unit[at] === EQUALS) return at;
  return near === unit.length ? -1 : unit.indexOf(EQUALS, near);
}

function isBlank(octet: number): boolean {
  return octet === 0x20 || octet === 0x09;
}

/** Blanks of a line's end that are looked over; SMTP has no longer lines. */
const MAX_BLANKS = 998;

/** Whether from an offset on only blanks come before the line's end. */
function endsInBlanks(unit: Buffer, start: number): boolean {
  for (let at = start; at < unit.length && at < start + MAX_BLANKS; at += 1) {
    const octet = unit[at] ?? 0;
    if (octet === LF || octet === CR) return true;
    if (!isBlank(octet)) return false;
  }
  return true;
}
