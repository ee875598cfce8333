/**
 * Titles of the attachments in a TNEF stream (winmail.dat; MS-OXTNEF), and their kinds.
 *
 * A stream is a signature, a key, and attributes: level, id, length, data, checksum. Data that is not looked at is skipped,
 * so that no length it claims costs memory.
 */
import type { FileContents, FileReader } from './file-contents.ts';
import { containerOf, typesByContent } from './signature.ts';

const HEADER_OCTETS = 6;
const ATTRIBUTE_OCTETS = 9;
const CHECKSUM_OCTETS = 2;
/** Octets of an attribute that are looked at. */
const MAX_ATTRIBUTE_OCTETS = 65_536;

const ATTACH_TITLE = 0x0001_8010;
const ATTACH_DATA = 0x0006_800f;
const ATTACHMENT = 0x0006_9005;
/** MAPI properties that hold a name: long file name, file name, display name, extension. */
const NAME_PROPERTIES: readonly number[] = [0x3707, 0x3704, 0x3001];
/** The tags of these: their type, text in octets or in UTF-16, and then their id. */
const NAME_TAGS = NAME_PROPERTIES.flatMap((property) =>
  (
    [
      [0x001e, 'latin1'],
      [0x001f, 'utf16le'],
    ] as const
  ).map(([type, charset]) => [Buffer.from([type, 0, property & 0xff, property >> 8]), charset] as const),
);

export class TnefReader implements FileReader {
  readonly #contents: FileContents;
  #held: Buffer = Buffer.alloc(0);
  #skip = HEADER_OCTETS;
  /** The attribute under way, whose data are wanted. */
  #attribute: { readonly id: number; readonly wanted: number; readonly length: number } | undefined;
  #isBroken = false;

  constructor(contents: FileContents) {
    this.#contents = contents;
    contents.types.add('tnef');
  }

  receive(octets: Buffer): void {
    if (this.#isBroken) return;
    this.#held = Buffer.concat([this.#held, octets]);
    while (this.#step());
  }

  end(): void {
    // A last attribute that is cut short: what it would have said is not known.
    if (this.#isBroken || this.#attribute !== undefined || this.#skip > this.#held.length + CHECKSUM_OCTETS) {
      this.#contents.findings.odd('unreadable', 'bad-tnef');
    }
  }

  /** Goes one step on; false where more octets are needed. */
  #step(): boolean {
    const skipped = Math.min(this.#skip, this.#held.length);
    this.#held = this.#held.subarray(skipped);
    this.#skip -= skipped;
    if (this.#skip > 0) return false;
    return this.#attribute === undefined ? this.#readAttribute() : this.#readData(this.#attribute);
  }

  #readAttribute(): boolean {
    if (this.#held.length < ATTRIBUTE_OCTETS) return false;
    if (!this.#contents.findings.takeEntry()) {
      this.#isBroken = true;
      return false;
    }
    const level = this.#held[0] ?? 0;
    if (level !== 1 && level !== 2) {
      this.#isBroken = true;
      return false;
    }
    const id = this.#held.readUInt32LE(1);
    const length = this.#held.readUInt32LE(5);
    this.#skip = ATTRIBUTE_OCTETS;
    const isWanted = id === ATTACH_TITLE || id === ATTACH_DATA || id === ATTACHMENT;
    if (isWanted) this.#attribute = { id, wanted: Math.min(length, MAX_ATTRIBUTE_OCTETS), length };
    else this.#skip += length + CHECKSUM_OCTETS;
    return true;
  }

  #readData({
    id,
    wanted,
    length,
  }: {
    readonly id: number;
    readonly wanted: number;
    readonly length: number;
  }): boolean {
    if (this.#held.length < wanted) return false;
    const data = this.#held.subarray(0, wanted);
    if (id === ATTACH_TITLE) this.#contents.addInside(data.toString('latin1').replace(/\0.*$/s, ''));
    if (id === ATTACH_DATA) this.#lookAt(data);
    if (id === ATTACHMENT) this.#readProperties(data);
    this.#attribute = undefined;
    this.#skip = length + CHECKSUM_OCTETS;
    return true;
  }

  #lookAt(sample: Buffer): void {
    for (const type of typesByContent(sample)) this.#contents.types.add(type);
    if (containerOf(sample) === 'zip') this.#contents.types.add('archive');
  }

  /** Names among MAPI properties, found by their tags: what stands between them need not be understood. */
  #readProperties(data: Buffer): void {
    for (const [tag, charset] of NAME_TAGS) {
      for (let at = data.indexOf(tag); at !== -1 && at + 12 <= data.length; at = data.indexOf(tag, at + 2)) {
        if (!this.#contents.findings.takeEntry()) return;
        const length = data.readUInt32LE(at + 8);
        if (length === 0 || length > 1024) continue;
        const octets = data.subarray(at + 12, at + 12 + length);
        this.#contents.addInside(octets.toString(charset).replace(/\0.*$/s, ''));
      }
    }
  }
}
