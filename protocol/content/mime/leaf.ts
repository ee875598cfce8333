/**
 * A part that is no container of parts: its octets come by, and what they are is told by the first of them.
 *
 * Preambles and epilogues are read as well, since some parsers see parts where others see those.
 */
import { typeByMimeType, typeByName } from '../../../policy/screen/attachment-type.ts';
import type { AttachmentType, FactNeeds } from '../../../policy/screen/message-facts.ts';
import { BodyLook } from './body-look.ts';
import { decodeCharset } from './common/encoded-word.ts';
import type { Findings } from './common/findings.ts';
import { MAX_SAMPLE_OCTETS, MAX_TEXT_OCTETS } from './common/limits.ts';
import { giveMemory, growMemory } from './common/spare-memory.ts';
import { BASE64_CLASS, decodeBase64Leniently, decodeBase64Pieces } from './common/transfer-decoding.ts';
import { decoderOf } from './decoder.ts';
import { FileContents, type FileReader } from './files/file-contents.ts';
import { OleReader } from './files/ole.ts';
import { containerOf, mayBeFile, typesByContent } from './files/signature.ts';
import { TnefReader } from './files/tnef.ts';
import { ZipReader } from './files/zip.ts';
import type { ContentFields, TransferEncoding } from './head/content-fields.ts';
import { textOfHtml } from './html-text.ts';

export interface LeafContext {
  readonly findings: Findings;
  readonly needs: FactNeeds;
  /** What reads a message that is inside an encoded part. */
  readonly openInner: () => FileReader;
}

/** Kinds that a text is told to be only where it is an attachment: anybody may begin a mail with `#!`. */
const TOLD_OF_BODIES: readonly AttachmentType[] = ['executable'];

/** Octets of a body, as it is encoded, that tell whether it is text at all. */
const MAX_BODY_SAMPLE_OCTETS = 1024;

const NOTHING = Buffer.alloc(0);
const BLANK = 0x20;
/** In text that does not say that it is HTML. */
const HTML_TAG = /<(?:html|body|div|p|br)\b/i;

interface Stream {
  readonly decode: (unit: Buffer) => Buffer;
  readonly end: (() => Buffer) | undefined;
  readonly reader: FileReader;
}

export class Leaf {
  readonly #fields: ContentFields;
  readonly #context: LeafContext;
  /** False for preambles and epilogues. */
  readonly #isPart: boolean;
  readonly #contents: FileContents;
  readonly #look: BodyLook;
  readonly #isInner: boolean;
  #sample: Buffer[] = [];
  #sampleOctets = 0;
  #isSampling = true;
  #streams: readonly Stream[] = [];
  #text: Buffer = NOTHING;
  #textOctets = 0;

  constructor(fields: ContentFields, context: LeafContext, isPart: boolean) {
    this.#fields = fields;
    this.#context = context;
    this.#isPart = isPart;
    this.#contents = new FileContents(context.findings);
    this.#look = new BodyLook(fields, this.#contents, { isPart, isAttachment: isPart && this.#isAttachment });
    this.#isInner = fields.mimeTypes.some((type) => type.startsWith('multipart/') || isMessage(type));
  }

  /** Takes whole lines of the body. */
  receive(unit: Buffer): void {
    if (unit.length === 0) return;
    this.#look.receive(unit);
    if (this.#keepsText && this.#textOctets < MAX_TEXT_OCTETS) {
      const taken = this.#context.findings.takeText(Math.min(unit.length, MAX_TEXT_OCTETS - this.#textOctets));
      this.#text = growMemory(this.#text, this.#textOctets, this.#textOctets + taken);
      unit.copy(this.#text, this.#textOctets, 0, taken);
      this.#textOctets += taken;
    }
    if (!this.#isSampling) {
      for (const { decode, reader } of this.#streams) reader.receive(decode(unit));
      return;
    }
    const limit = this.#isBody ? MAX_BODY_SAMPLE_OCTETS : MAX_SAMPLE_OCTETS;
    this.#sampleOctets += unit.length;
    if (this.#sample.length === 0 && unit.length >= limit) {
      this.#endSample(unit);
      return;
    }
    this.#sample.push(Buffer.from(unit));
    if (this.#sampleOctets >= limit) this.#endSample(joined(this.#sample));
  }

  end(): void {
    if (this.#isSampling) this.#endSample(joined(this.#sample));
    for (const { end, reader } of this.#streams) {
      if (end !== undefined) reader.receive(end());
      reader.end();
    }
    this.#look.end();
    this.#tell();
    if (this.#textOctets > 0) this.#tellText();
  }

  /** Text that is shown: little of it is looked at for what it is. */
  get #isBody(): boolean {
    return !(this.#isAttachment || this.#isInner);
  }

  get #keepsText(): boolean {
    return (
      this.#context.needs.text && (!this.#isPart || this.#fields.mimeTypes.some((type) => type.startsWith('text/')))
    );
  }

  get #isAttachment(): boolean {
    const { isAttachment, names, mimeTypes } = this.#fields;
    return isAttachment || names.size > 0 || mimeTypes.some((type) => type !== 'text/plain' && type !== 'text/html');
  }

  /** The first octets are there: what the part is by these, and who reads it to its end. */
  #endSample(sample: Buffer): void {
    this.#isSampling = false;
    this.#sample = [];
    if (sample.length === 0) return;
    const streams: Stream[] = [];
    for (const encoding of this.#fields.encodings) {
      for (const reader of this.#readersOf(sample, encoding)) {
        const decoder = decoderOf(encoding, (octets) => this.#context.findings.lookSlowly(octets));
        streams.push({ decode: (unit) => decoder.decode(unit), end: decoder.end?.bind(decoder), reader });
      }
    }
    for (const { decode, reader } of streams) reader.receive(decode(sample));
    this.#streams = streams;
    if (!this.#fields.encodings.has('base64')) this.#lookForBase64(sample);
  }

  #readersOf(sample: Buffer, encoding: TransferEncoding): readonly FileReader[] {
    if (this.#isBody && encoding !== 'base64' && !mayBeFile(sample, encoding === 'quoted-printable')) return [];
    const decoded = this.#decoded(this.#isBody ? sample.subarray(0, MAX_BODY_SAMPLE_OCTETS) : sample, encoding);
    if (this.#isBody && !mayBeFile(decoded)) return [];
    this.#addTypes(decoded);
    if (this.#isInner && encoding !== 'identity') return [this.#context.openInner()];
    switch (containerOf(decoded) ?? this.#claimedContainer(decoded)) {
      case 'zip':
        return [new ZipReader(this.#contents)];
      case 'ole':
        return [new OleReader(this.#contents)];
      case 'tnef':
        return [new TnefReader(this.#contents)];
      default:
        return this.#isInnerFile(decoded) ? [this.#context.openInner()] : [];
    }
  }

  /** An archive with something in front of it: what unpacks it looks for its end. */
  #claimedContainer(decoded: Buffer): 'zip' | undefined {
    const isClaimed = [...this.#fields.names].some(
      (name) => typeByName(name) === 'archive' || /\.(?:jar|xlsx|docx|pptx)$/i.test(name),
    );
    return (isClaimed || this.#fields.mimeTypes.some((type) => typeByMimeType(type) === 'archive')) &&
      decoded.includes('PK\x03\x04')
      ? 'zip'
      : undefined;
  }

  /** A mail kept as a file: what opens it shows the files in it. */
  #isInnerFile(decoded: Buffer): boolean {
    return (
      [...this.#fields.names].some((name) => /\.(?:eml|mht|mhtml|nws)$/i.test(name)) &&
      /^\s*[\w-]+:/.test(decoded.toString('latin1', 0, 80))
    );
  }

  #decoded(sample: Buffer, encoding: TransferEncoding): Buffer {
    const decoded =
      encoding === 'base64' ? decodeBase64Leniently(sample.toString('latin1')) : decoderOf(encoding).decode(sample);
    if (encoding === 'base64' && this.#look.hasInnerPadding)
      this.#addTypes(decodeBase64Pieces(sample.toString('latin1')));
    return decoded;
  }

  #addTypes(decoded: Buffer): void {
    const isTold = this.#isPart && !this.#isBody;
    for (const type of typesByContent(decoded)) {
      if (isTold || TOLD_OF_BODIES.includes(type)) this.#contents.types.add(type);
    }
  }

  /** Base64 that is not said to be: a parser that guesses sees a file where others see text. */
  #lookForBase64(sample: Buffer): void {
    // The first word of text ends this.
    if (sample.subarray(0, 16).some((octet) => BASE64_CLASS[octet] === 0 || octet === BLANK)) return;
    if (!/^\s*[A-Za-z0-9+/]{4,}={0,2}\r?(?:\n|$)/.test(sample.toString('latin1', 0, 400))) return;
    const decoded = decodeBase64Leniently(sample.toString('latin1', 0, 4096));
    const types = typesByContent(decoded).filter((type) => type !== 'html');
    if (types.length === 0 && containerOf(decoded) === undefined) return;
    this.#context.findings.odd('ambiguous', 'hidden-base64');
    for (const type of types) this.#contents.types.add(type);
  }

  #tell(): void {
    const { names, mimeTypes } = this.#fields;
    const { types, namesInside } = this.#contents;
    if (!this.#isPart && types.size === 0 && namesInside.size === 0) return;
    for (const type of [...mimeTypes.map(typeByMimeType), ...[...names].map(typeByName)]) {
      if (type !== undefined) types.add(type);
    }
    if (types.has('encrypted-archive')) types.add('archive');
    this.#context.findings.parts.push({
      mimeTypes,
      names: [...names],
      namesInside: [...namesInside],
      types: [...types].sort(),
      octets: this.#look.octets,
      isAttachment: this.#isPart ? this.#isAttachment : true,
    });
  }

  #tellText(): void {
    const raw = this.#text.subarray(0, this.#textOctets);
    const isHtml = this.#fields.mimeTypes.includes('text/html');
    for (const encoding of this.#fields.encodings) {
      const decoder = decoderOf(encoding);
      const decoded = decoder.decode(raw);
      const octets = decoder.end === undefined ? decoded : Buffer.concat([decoded, decoder.end()]);
      const text = decodeCharset(octets, this.#fields.charset === '' ? 'utf-8' : this.#fields.charset);
      this.#context.findings.text.push(text);
      if (isHtml || (text.includes('<') && HTML_TAG.test(text))) this.#context.findings.text.push(textOfHtml(text));
    }
    giveMemory(this.#text);
    this.#text = NOTHING;
  }
}

/** The pieces as one; the only one itself. */
function joined(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces;
  return first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces);
}

/** Types of which some parser reads the content as a message; `message/partial` and its like are told of by themselves. */
const MESSAGE = /^(?:message\/(?!partial$|external-body$|rfc822-headers$)|(?:text|application)\/(?:x-)?rfc822$)/;

export function isMessage(mimeType: string): boolean {
  return MESSAGE.test(mimeType);
}
