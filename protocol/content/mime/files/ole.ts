/** Kinds of OLE compound files: by the names of what is stored in them, wherever in the file these stand. */
import type { AttachmentType } from '../../../../policy/screen/message-facts.ts';
import type { FileContents, FileReader } from './file-contents.ts';

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le');
}

const MARKS: readonly (readonly [type: AttachmentType, octets: Buffer])[] = [
  ['macro-document', utf16('_VBA_PROJECT')],
  ['macro-document', utf16('VBA\0')],
  // An office document that needs a password.
  ['encrypted-archive', utf16('EncryptedPackage')],
  // The class of Windows installer packages, as a directory entry has it.
  ['executable', Buffer.from('84100c0000000000c000000000000046', 'hex')],
];

const LONGEST_MARK = 64;

export class OleReader implements FileReader {
  readonly #contents: FileContents;
  #held: Buffer = Buffer.alloc(0);

  constructor(contents: FileContents) {
    this.#contents = contents;
  }

  receive(octets: Buffer): void {
    const searched = Buffer.concat([this.#held, octets]);
    for (const [type, mark] of MARKS) if (searched.includes(mark)) this.#contents.types.add(type);
    this.#held = Buffer.from(searched.subarray(Math.max(0, searched.length - LONGEST_MARK)));
  }

  end(): void {
    this.#held = Buffer.alloc(0);
  }
}
