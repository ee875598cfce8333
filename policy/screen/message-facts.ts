/**
 * The facts of a message that screening rules are judged by: what `protocol/content/mime` reads out of its octets.
 *
 * Mail parsers disagree about malformed messages, so a fact is never one parser's tree: names, types and texts are the
 * union of all readings that a parser could have, and where readings differ in a way that no union covers, the
 * structure is called `ambiguous`. Facts are plain values, so that they can be recorded and judged again.
 */

/** What a rule's `attachmentType` may name beside a MIME type. */
export const ATTACHMENT_TYPES = [
  'executable',
  'script',
  'macro-document',
  'archive',
  'encrypted-archive',
  'disk-image',
  'html',
  'tnef',
] as const;

export type AttachmentType = (typeof ATTACHMENT_TYPES)[number];

/**
 * What may be odd about a structure. `ambiguous`: parsers read it in more than one way. `partial`: the content, or a
 * part of it, is elsewhere. `unreadable`: a bound was passed, or something inside cannot be read. `too-deep`: more
 * nested than is read.
 */
export const STRUCTURE_FLAGS = ['ambiguous', 'partial', 'unreadable', 'too-deep'] as const;

export type StructureFlag = (typeof STRUCTURE_FLAGS)[number];

export interface Oddity {
  readonly flag: StructureFlag;
  /** What was found, as a name: `duplicate-field`, `base64-junk`. */
  readonly reason: string;
}

/** One part of a message: a leaf of its tree, or what only some parsers would take for one. */
export interface PartFacts {
  /** Labels in lower case, every reading: `application/pdf`. */
  readonly mimeTypes: readonly string[];
  /** Names of the file, every reading. */
  readonly names: readonly string[];
  /** Names of the files inside: of archives to depth 3, of TNEF, of uuencoded text. */
  readonly namesInside: readonly string[];
  /** Kinds by label and by content, those of files inside included. */
  readonly types: readonly AttachmentType[];
  /** Octets after decoding. */
  readonly octets: number;
  /** False for text that is shown as the message's body. */
  readonly isAttachment: boolean;
}

export interface HeaderField {
  /** In lower case. */
  readonly name: string;
  /** Unfolded; as it was written, and with its encoded words decoded where it has any. */
  readonly readings: readonly string[];
}

export interface MimeFacts {
  /** Octets of the message, dot-stuffing not counted. */
  readonly octets: number;
  readonly parts: readonly PartFacts[];
  /** Each flag and reason once. */
  readonly structure: readonly Oddity[];
  /** Fields of the message's own header, in order; empty where they were not asked for. */
  readonly header: readonly HeaderField[];
  /** Text of plain and HTML parts, every reading, in order; empty where it was not asked for. */
  readonly text: readonly string[];
}

/** Facts that cost something and are read only where a rule needs them. */
export interface FactNeeds {
  readonly header: boolean;
  readonly text: boolean;
}
