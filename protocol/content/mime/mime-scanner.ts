/**
 * Reads a message's facts out of its octets as they stream by.
 *
 * What it guarantees: the facts do not depend on how the octets were cut into chunks; the time is proportional to the
 * octets and the memory bounded (`limits.ts`), whoever wrote the message; and whatever name or kind of file a mail parser
 * may see is among the facts, or the structure is called odd. It never throws on content.
 */
import type { FactNeeds, HeaderField, MimeFacts } from '../../../policy/screen/message-facts.ts';
import { decodeCharset, decodeWords, hasEncodedWord, isCheapCharset, textOf } from './common/encoded-word.ts';
import { Findings } from './common/findings.ts';
import { CHARSET_READING_OCTETS, WORD_READING_OCTETS } from './common/limits.ts';
import { DotRemover } from './common/line-units.ts';
import { EntityReader, OUTERMOST } from './entity-reader.ts';
import { type Field, unfold } from './head/head.ts';

export interface MimeScannerOptions {
  /** What is wanted beside parts and structure; all where it is absent. */
  readonly needs?: FactNeeds;
  /** Whether lines that begin with a dot have one more, as between DATA and the end of data (RFC 5321 section 4.5.2). */
  readonly isDotStuffed?: boolean;
}

const ALL: FactNeeds = { header: true, text: true };

export class MimeScanner {
  readonly #findings = new Findings();
  readonly #reader: EntityReader;
  readonly #dots: DotRemover | undefined;
  #header: readonly HeaderField[] = [];
  #octets = 0;

  constructor({ needs = ALL, isDotStuffed = false }: MimeScannerOptions = {}) {
    const keepHeader = (fields: readonly Field[]): void => {
      this.#header = fields.map((field) => headerField(field, this.#findings));
    };
    this.#reader = new EntityReader(this.#findings, needs, OUTERMOST, needs.header ? keepHeader : undefined);
    this.#dots = isDotStuffed ? new DotRemover() : undefined;
  }

  /** Takes the next octets of the message; they may be changed afterwards. */
  receive(octets: Uint8Array): void {
    const view = Buffer.isBuffer(octets) ? octets : Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
    const content = this.#dots === undefined ? view : this.#dots.remove(view);
    this.#octets += content.length;
    this.#reader.receive(content);
  }

  /** The facts; to be asked once, when the message is over. */
  end(): MimeFacts {
    this.#reader.end();
    const { parts, structure, text } = this.#findings;
    return { octets: this.#octets, parts, structure, header: this.#header, text };
  }
}

function headerField({ name, raw }: Field, findings: Findings): HeaderField {
  const value = unfold(raw);
  const written = textOf(value);
  if (!hasEncodedWord(value)) return { name, readings: [written] };
  const decoded = decodeWords(value, (octets, charset) => {
    const cost = isCheapCharset(charset) ? WORD_READING_OCTETS : CHARSET_READING_OCTETS;
    return findings.takeReading(cost) ? decodeCharset(octets, charset) : '';
  });
  return { name, readings: [written, decoded] };
}
