/**
 * The facts of a message as a slow, plain reader finds them: all of it in memory, a line at a time, each part decoded whole.
 *
 * It shares with the scanner what a single field or a file says, and nothing of how octets stream by: units, samples,
 * decoders that go on, the search for delimiters, fast ways to count.
 */

import { typeByMimeType, typeByName } from '../../policy/screen/attachment-type.ts';
import type { AttachmentType, Oddity } from '../../policy/screen/message-facts.ts';
import { Findings } from '../../protocol/content/mime/common/findings.ts';
import { type ContentFields, readContentFields } from '../../protocol/content/mime/head/content-fields.ts';
import { parseHead } from '../../protocol/content/mime/head/head.ts';

/** What is compared: names by label, labels, octets of attachments, and the flags of the structure. */
export interface PlainFacts {
  readonly parts: readonly PlainPart[];
  readonly structure: readonly Oddity[];
}

interface PlainPart {
  readonly mimeTypes: readonly string[];
  readonly names: readonly string[];
  readonly labels: readonly AttachmentType[];
  readonly octets: number;
}

/** Lines with their ends. */
function linesOf(octets: Buffer): readonly string[] {
  return octets.toString('latin1').match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

interface Open {
  readonly boundaries: readonly string[];
  readonly isDigest: boolean;
  isUsed: boolean;
  isClosed: boolean;
}

class PlainReader {
  readonly findings: Findings;
  readonly parts: PlainPart[] = [];
  #open: Open[] = [];
  #lines: readonly string[];
  #at = 0;

  constructor(octets: Buffer, findings = new Findings()) {
    this.findings = findings;
    this.#lines = linesOf(octets);
  }

  read(): void {
    this.#readEntity(true, false);
    while (this.#at < this.#lines.length) this.#readAfterDelimiter();
    this.#leave(0);
  }

  get #line(): string {
    return (this.#lines[this.#at] ?? '').replace(/\r?\n$/, '');
  }

  /** The multipart whose delimiter the line is, and of which kind; only lines that all parsers read alike. */
  #delimiter(): { readonly level: number; readonly isEnd: boolean } | undefined {
    for (let level = this.#open.length - 1; level >= 0; level -= 1) {
      for (const boundary of this.#open[level]?.boundaries ?? []) {
        if (this.#line === `--${boundary}`) return { level, isEnd: false };
        if (this.#line === `--${boundary}--`) return { level, isEnd: true };
      }
    }
    return undefined;
  }

  #readEntity(isTop: boolean, isInDigest: boolean): void {
    let head = '';
    while (this.#at < this.#lines.length && this.#line !== '') {
      if (this.#delimiter() !== undefined) {
        this.findings.odd('ambiguous', 'head-without-end');
        break;
      }
      head += this.#lines[this.#at] ?? '';
      this.#at += 1;
    }
    if (this.#at < this.#lines.length && this.#line === '') this.#at += 1;
    const said = readContentFields(parseHead(head, { isTop, keepsAll: true }, this.findings), this.findings);
    this.#begin(isInDigest && !said.isTyped ? { ...said, mimeTypes: ['message/rfc822'] } : said);
  }

  #begin(content: ContentFields): void {
    const { mimeTypes, boundaries, encodings } = content;
    const isPlain = encodings.has('identity');
    if (mimeTypes.some((type) => type.startsWith('multipart/'))) {
      if (content.names.size > 0) this.#tell(content, 0);
      if (!isPlain) this.findings.odd('ambiguous', 'encoded-multipart');
      this.#open.push({ boundaries, isDigest: mimeTypes.includes('multipart/digest'), isUsed: false, isClosed: false });
      if (boundaries.length === 0) this.findings.odd('ambiguous', 'boundary-missing');
      this.#readBody(isPlain ? undefined : content);
    } else if (isPlain && mimeTypes.some(isMessage)) {
      this.#tell(content, 0);
      this.#readEntity(false, false);
    } else this.#readBody(content);
  }

  /** Lines up to the next delimiter; a preamble or an epilogue where `content` is absent. */
  #readBody(content: ContentFields | undefined): void {
    let body = '';
    while (this.#at < this.#lines.length && this.#delimiter() === undefined) {
      body += this.#lines[this.#at] ?? '';
      this.#at += 1;
    }
    if (content === undefined) return;
    if (content.mimeTypes.some(isMessage)) {
      const inner = new PlainReader(decoded(body, content), this.findings);
      inner.read();
      this.parts.push(...inner.parts);
    }
    this.#tell(content, decodedOctets(body, content));
  }

  #readAfterDelimiter(): void {
    const delimiter = this.#delimiter();
    this.#at += 1;
    if (delimiter === undefined) return;
    this.#leave(delimiter.level + 1);
    const open = this.#open[delimiter.level];
    if (open === undefined) return;
    if (open.isClosed) this.findings.odd('ambiguous', 'part-after-end');
    open.isUsed = true;
    open.isClosed ||= delimiter.isEnd;
    if (delimiter.isEnd) this.#readBody(undefined);
    else this.#readEntity(false, open.isDigest);
  }

  #leave(level: number): void {
    for (const { isUsed, isClosed } of this.#open.splice(level)) {
      if (!isClosed) this.findings.odd('ambiguous', isUsed ? 'end-missing' : 'boundary-missing');
    }
  }

  #tell({ mimeTypes, names }: ContentFields, octets: number): void {
    const labels = [...mimeTypes.map(typeByMimeType), ...[...names].map(typeByName)].filter(
      (type) => type !== undefined,
    );
    this.parts.push({ mimeTypes, names: [...names], labels: [...new Set(labels)].sort(), octets });
  }
}

function isMessage(type: string): boolean {
  return /^(?:message\/(?!partial$|external-body$|rfc822-headers$)|(?:text|application)\/(?:x-)?rfc822$)/.test(type);
}

function decoded(body: string, { encodings }: ContentFields): Buffer {
  if (encodings.has('base64')) return Buffer.from(body.replace(/[^A-Za-z0-9+/]/g, ''), 'base64');
  const text = body
    .replace(/[ \t]+(\r?\n)/g, '$1')
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(text, 'latin1');
}

function decodedOctets(body: string, { encodings, isAttachment, names, mimeTypes }: ContentFields): number {
  if (encodings.has('base64')) return Math.floor((body.replace(/[^A-Za-z0-9+/]/g, '').length * 3) / 4);
  const isBody =
    !isAttachment && names.size === 0 && mimeTypes.every((type) => type === 'text/plain' || type === 'text/html');
  if (!encodings.has('quoted-printable') || isBody) return body.length;
  return body.replace(/=(?:\r?\n|$)/g, '').replace(/=[0-9A-Fa-f]{2}/g, 'x').length;
}

export function plainFacts(octets: Buffer): PlainFacts {
  const reader = new PlainReader(octets);
  reader.read();
  return { parts: reader.parts, structure: reader.findings.structure };
}
