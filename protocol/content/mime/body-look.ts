/** What is looked at in all of a part's body: its size, whether its encoding is kept to, and what hides in text. */

import type { ContentFields } from './content-fields.ts';
import type { FileContents } from './file-contents.ts';
import { typesByContent } from './signature.ts';
import { BASE64_CLASS, decodeUuencoded, isBrokenQuotedPrintable } from './transfer-decoding.ts';

const LF = 0x0a;
const CR = 0x0d;
const HIDDEN_FIELD = 'ontent-';
const FIELD = /^content-(?:type|transfer-encoding|disposition)[ \t]*:/i;
const BEGIN = 'begin';
const UU_BEGIN = /^begin(?:-base64)?[ \t]+[0-7]{3,4}[ \t]+(\S[^\r\n]*)/;
const YENC_BEGIN = /^=ybegin [^\r\n]*?\bname=([^\r\n]+)/;

export class BodyLook {
  readonly #contents: FileContents;
  readonly #isBase64: boolean;
  readonly #isQuotedPrintable: boolean;
  readonly #isAttachment: boolean;
  #rawOctets = 0;
  #base64Octets = 0;
  #quotedOctets = 0;
  #isPadded = false;
  #hasInnerPadding = false;

  constructor(fields: ContentFields, contents: FileContents, isAttachment: boolean) {
    this.#contents = contents;
    this.#isBase64 = fields.encodings.has('base64');
    this.#isQuotedPrintable = fields.encodings.has('quoted-printable');
    this.#isAttachment = isAttachment;
  }

  /** Base64 goes on after its padding. */
  get hasInnerPadding(): boolean {
    return this.#hasInnerPadding;
  }

  /** Octets of the part after decoding. */
  get octets(): number {
    if (this.#isBase64) return Math.floor((this.#base64Octets * 3) / 4);
    return this.#rawOctets - this.#quotedOctets;
  }

  receive(unit: Buffer): void {
    this.#rawOctets += unit.length;
    if (this.#isBase64) this.#countBase64(unit);
    if (this.#isQuotedPrintable) this.#countQuoted(unit);
    if (!this.#isBase64 || this.#contents.findings.structure.length > 0) this.#lookForHidden(unit);
  }

  end(): void {
    if (this.#isBase64 && this.#base64Octets % 4 !== 0 && !this.#isPadded) this.#odd('base64-length');
  }

  #odd(reason: string): void {
    this.#contents.findings.odd('ambiguous', reason);
  }

  #countBase64(unit: Buffer): void {
    for (let at = 0; at < unit.length; at += 1) {
      const kind = BASE64_CLASS[unit[at] ?? 0];
      if (kind === 1) {
        this.#base64Octets += 1;
        if (this.#isPadded) {
          this.#hasInnerPadding = true;
          this.#odd('base64-padding');
        }
      } else if (kind === 2) {
        // One or two, and only where four octets are not full.
        if (this.#base64Octets % 4 < 2 && !this.#isPadded) this.#odd('base64-padding');
        this.#isPadded = true;
      } else if (kind === 0) this.#odd('base64-junk');
    }
  }

  #countQuoted(unit: Buffer): void {
    let at = unit.indexOf(0x3d);
    if (at === -1) return;
    if (this.#isAttachment && isBrokenQuotedPrintable(unit.toString('latin1'))) this.#odd('quoted-printable-junk');
    for (; at !== -1; at = unit.indexOf(0x3d, at + 1)) {
      const next = unit[at + 1];
      this.#quotedOctets += next === LF ? 2 : next === CR ? 3 : 2;
    }
  }

  /** Fields of a head, and files in uuencode or yEnc, where by our reading there is text. */
  #lookForHidden(unit: Buffer): void {
    const { findings } = this.#contents;
    for (let at = unit.indexOf(HIDDEN_FIELD); at !== -1 && !findings.isOver; at = unit.indexOf(HIDDEN_FIELD, at + 1)) {
      findings.falseHit();
      const start = at - 1;
      if (isLineStart(unit, start) && FIELD.test(unit.toString('latin1', start, start + 40))) this.#odd('hidden-head');
    }
    for (let at = unit.indexOf(BEGIN); at !== -1 && !findings.isOver; at = unit.indexOf(BEGIN, at + 1)) {
      findings.falseHit();
      if (isLineStart(unit, at)) this.#lookForUuencode(unit, at);
      else if (isLineStart(unit, at - 2)) this.#lookForYenc(unit, at - 2);
    }
  }

  #lookForUuencode(unit: Buffer, at: number): void {
    const line = unit.toString('latin1', at, at + 400);
    const [all, name] = UU_BEGIN.exec(line) ?? [];
    if (all === undefined || name === undefined) return;
    const data = unit
      .toString('latin1', at, at + 2048)
      .split('\n')
      .slice(1, 16);
    this.#odd('uuencode');
    this.#contents.addInside(name.trim().replace(/^"(.*)"$/, '$1'));
    const decoded = all.startsWith('begin-') ? Buffer.from(data.join(''), 'base64') : decodeUuencoded(data.join('\n'));
    for (const type of typesByContent(decoded)) this.#contents.types.add(type);
  }

  #lookForYenc(unit: Buffer, at: number): void {
    const [, name] = YENC_BEGIN.exec(unit.toString('latin1', at, at + 400)) ?? [];
    if (name === undefined) return;
    this.#odd('yenc');
    this.#contents.addInside(name.trim());
  }
}

function isLineStart(unit: Buffer, at: number): boolean {
  return at === 0 || (at > 0 && (unit[at - 1] === LF || unit[at - 1] === CR));
}
