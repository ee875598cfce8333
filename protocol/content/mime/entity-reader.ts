/**
 * Walks through the parts of one message: heads, delimiters, bodies.
 *
 * It follows the most plausible tree, and says where other trees are possible. Delimiters of all open multiparts end a
 * part, so that no missing end hides what follows.
 */
import { typeByName } from '../../../policy/screen/attachment-type.ts';
import type { FactNeeds } from '../../../policy/screen/message-facts.ts';
import type { Findings } from './common/findings.ts';
import { MAX_DECODINGS, MAX_DEPTH, MAX_HEAD_OCTETS } from './common/limits.ts';
import { LineUnits } from './common/line-units.ts';
import type { FileReader } from './files/file-contents.ts';
import { delimiterOf, isConfusable, type OpenMultipart } from './head/boundaries.ts';
import { type ContentFields, NO_FIELDS, readContentFields } from './head/content-fields.ts';
import { type Field, parseHead } from './head/head.ts';
import { isMessage, Leaf, type LeafContext } from './leaf.ts';

const LF = 0x0a;
const CR = 0x0d;
const DASHES = Buffer.from('--');
/** Octets of a delimiter line that are read; a boundary has at most 70. */
const MAX_DELIMITER_OCTETS = 400;

/** Where a message is in others. */
interface Place {
  /** In messages and multiparts. */
  readonly depth: number;
  /** In parts that were decoded, or are read twice. */
  readonly decodings: number;
}

export const OUTERMOST: Place = { depth: 0, decodings: 0 };

export class EntityReader implements FileReader {
  readonly #findings: Findings;
  readonly #needs: FactNeeds;
  readonly #place: Place;
  readonly #onHeader: ((fields: readonly Field[]) => void) | undefined;
  readonly #units: LineUnits;
  #open: OpenMultipart[] = [];
  /** Text of the head under way; absent in a body. */
  #head: string | undefined = '';
  #headDepth: number;
  #isTop = true;
  /** The part whose head is under way is in a digest. */
  #isInDigest = false;
  #leaf: Leaf | undefined;
  /** There may be a preamble or an epilogue: where any octets are, some parsers see parts in them. */
  #isBetween = false;

  constructor(findings: Findings, needs: FactNeeds, place = OUTERMOST, onHeader?: (fields: readonly Field[]) => void) {
    this.#findings = findings;
    this.#needs = needs;
    this.#place = place;
    this.#headDepth = place.depth;
    this.#onHeader = onHeader;
    this.#units = new LineUnits(
      (unit) => this.#readUnit(unit),
      () => findings.giveUp('unreadable', 'line-too-long'),
    );
    findings.startPart();
  }

  receive(octets: Buffer): void {
    if (!this.#findings.isOver) this.#units.receive(octets);
  }

  end(): void {
    if (!this.#findings.isOver) this.#units.end();
    if (this.#findings.isOver) {
      // What was begun is told as far as it was read.
      this.#leaf?.end();
      return;
    }
    if (this.#head !== undefined) this.#endHead();
    this.#endLeaf();
    this.#closeDownTo(0);
  }

  #readUnit(unit: Buffer): void {
    let at = 0;
    while (at < unit.length && !this.#findings.isOver) {
      at = this.#head === undefined ? this.#readBody(unit, at) : this.#readHead(unit, at);
    }
  }

  /** Reads lines of a head, and returns where it stopped: after the empty line, or at a delimiter. */
  #readHead(unit: Buffer, start: number): number {
    let at = start;
    while (at < unit.length) {
      const newline = unit.indexOf(LF, at);
      const end = newline === -1 ? unit.length : newline + 1;
      const first = unit[at];
      if (first === LF || (first === CR && unit[at + 1] === LF)) {
        this.#takeHead(unit, start, at);
        this.#endHead();
        return end;
      }
      if (first === 0x2d && unit[at + 1] === 0x2d && this.#isDelimiter(unit, at, end)) {
        this.#takeHead(unit, start, at);
        this.#findings.odd('ambiguous', 'head-without-end');
        this.#endHead();
        return at;
      }
      at = end;
    }
    this.#takeHead(unit, start, at);
    return at;
  }

  #takeHead(unit: Buffer, start: number, end: number): void {
    this.#head = (this.#head ?? '') + unit.toString('latin1', start, end);
    if (this.#head.length > MAX_HEAD_OCTETS) this.#findings.giveUp('unreadable', 'head-too-large');
  }

  #isDelimiter(unit: Buffer, start: number, end: number): boolean {
    return this.#open.length > 0 && delimiterOf(lineAt(unit, start, end), this.#open, this.#findings).kind !== 'none';
  }

  /** Reads a body up to the next delimiter, and returns where it stopped. */
  #readBody(unit: Buffer, start: number): number {
    if (this.#open.length === 0) {
      this.#receiveBody(unit, start, unit.length);
      return unit.length;
    }
    let at = unit.indexOf(DASHES, start);
    while (at !== -1 && !this.#findings.isOver) {
      const newline = unit.indexOf(LF, at);
      const end = newline === -1 ? unit.length : newline + 1;
      if ((at === start || unit[at - 1] === LF || unit[at - 1] === CR) && this.#mayBeDelimiter(unit[at + 2])) {
        const delimiter = delimiterOf(lineAt(unit, at, end), this.#open, this.#findings);
        if (delimiter.kind !== 'none') {
          if (at > start && unit[at - 1] === CR) this.#findings.odd('ambiguous', 'bare-cr');
          this.#receiveBody(unit, start, at);
          this.#delimit(delimiter.kind, delimiter.level);
          return end;
        }
      }
      this.#findings.falseHit();
      at = unit.indexOf(DASHES, end);
    }
    this.#receiveBody(unit, start, unit.length);
    return unit.length;
  }

  #receiveBody(unit: Buffer, start: number, end: number): void {
    if (end === start) return;
    if (this.#isBetween) {
      this.#isBetween = false;
      this.#leaf = this.#newLeaf(NO_FIELDS, false);
    }
    this.#leaf?.receive(start === 0 && end === unit.length ? unit : unit.subarray(start, end));
  }

  /** Whether an open boundary begins with an octet: of most lines that begin with dashes none does. */
  #mayBeDelimiter(octet: number | undefined): boolean {
    return this.#open.some(({ boundaries }) => boundaries.some((boundary) => boundary.charCodeAt(0) === octet));
  }

  #delimit(kind: 'next' | 'close', level: number): void {
    this.#endLeaf();
    this.#closeDownTo(level + 1);
    const multipart = this.#open[level];
    if (multipart === undefined) return;
    if (multipart.isClosed) this.#findings.odd('ambiguous', 'part-after-end');
    multipart.hasDelimiter = true;
    if (kind === 'close') {
      multipart.isClosed = true;
      this.#isBetween = true;
      return;
    }
    this.#findings.startPart();
    this.#startHead(multipart.depth);
    this.#isInDigest = multipart.isDigest;
  }

  #startHead(depth: number): void {
    this.#head = '';
    this.#isInDigest = false;
    this.#headDepth = depth;
  }

  #endLeaf(): void {
    this.#leaf?.end();
    this.#leaf = undefined;
    this.#isBetween = false;
  }

  /** Drops the multiparts inside `level`; those that have not been closed are odd. */
  #closeDownTo(level: number): void {
    for (const { isClosed, hasDelimiter } of this.#open.splice(level)) {
      if (!hasDelimiter) this.#findings.odd('ambiguous', 'boundary-missing');
      else if (!isClosed) this.#findings.odd('ambiguous', 'end-missing');
    }
  }

  #endHead(): void {
    const reading = { isTop: this.#isTop, keepsAll: this.#isTop && this.#onHeader !== undefined };
    const fields = parseHead(this.#head ?? '', reading, this.#findings);
    this.#head = undefined;
    if (this.#isTop) this.#onHeader?.(fields);
    this.#isTop = false;
    const said = readContentFields(fields, this.#findings);
    this.#begin(this.#isInDigest && !said.isTyped ? { ...said, mimeTypes: ['message/rfc822'] } : said);
  }

  /** Begins what the head just read has said. */
  #begin(content: ContentFields): void {
    const { mimeTypes, encodings } = content;
    if (mimeTypes.includes('message/partial') || mimeTypes.includes('message/external-body')) {
      this.#findings.odd('partial', mimeTypes.includes('message/partial') ? 'message-partial' : 'external-body');
    }
    const isMultipart = mimeTypes.some((type) => type.startsWith('multipart/'));
    const isContainer = isMultipart || mimeTypes.some(isMessage);
    if (isContainer && this.#headDepth + 1 > MAX_DEPTH) {
      this.#findings.giveUp('too-deep', 'too-deep');
      return;
    }
    if (isContainer) this.#tellContainer(content);
    if (isMultipart && !encodings.has('identity')) this.#findings.odd('ambiguous', 'encoded-multipart');
    if (isMultipart) this.#openMultipart(content);
    else if (mimeTypes.some(isMessage) && encodings.has('identity')) this.#startHead(this.#headDepth + 1);
    else this.#leaf = this.#newLeaf(content, true);
  }

  /** A message inside is an attachment by its type; a multipart, where it has a name. */
  #tellContainer({ mimeTypes, names, encodings }: ContentFields): void {
    const isMultipart = mimeTypes.some((type) => type.startsWith('multipart/'));
    if (isMultipart ? names.size === 0 : !encodings.has('identity')) return;
    const types = [...new Set([...names].map(typeByName).filter((type) => type !== undefined))].sort();
    this.#findings.parts.push({ mimeTypes, names: [...names], namesInside: [], types, octets: 0, isAttachment: true });
  }

  #openMultipart(content: ContentFields): void {
    const { boundaries } = content;
    if (boundaries.length === 0) this.#findings.odd('ambiguous', 'boundary-missing');
    if (isConfusable(boundaries, this.#open)) this.#findings.odd('ambiguous', 'boundary-prefix');
    const isDigest = content.mimeTypes.includes('multipart/digest');
    this.#open.push({ boundaries, depth: this.#headDepth + 1, isDigest, hasDelimiter: false, isClosed: false });
    // A preamble; the whole body where the multipart is not read as one.
    if (content.encodings.has('identity')) this.#isBetween = true;
    else this.#leaf = this.#newLeaf(content, true);
  }

  #newLeaf(content: ContentFields, isPart: boolean): Leaf {
    const context: LeafContext = {
      findings: this.#findings,
      needs: this.#needs,
      openInner: () => this.#openInner(content),
    };
    return new Leaf(content, context, isPart);
  }

  /** What reads the decoded body of a part: a message, or a multipart whose head was read here. */
  #openInner(content: ContentFields): FileReader {
    const place = { depth: this.#headDepth + 1, decodings: this.#place.decodings + 1 };
    if (place.depth > MAX_DEPTH || place.decodings > MAX_DECODINGS) this.#findings.giveUp('too-deep', 'too-deep');
    const inner = new EntityReader(this.#findings, this.#needs, place);
    if (content.mimeTypes.some((type) => type.startsWith('multipart/'))) {
      inner.#head = undefined;
      inner.#isTop = false;
      inner.#openMultipart({ ...content, encodings: NO_FIELDS.encodings });
    }
    return inner;
  }
}

function lineAt(unit: Buffer, start: number, end: number): string {
  return unit.toString('latin1', start, Math.min(end, start + MAX_DELIMITER_OCTETS)).replace(/\r?\n$/, '');
}
