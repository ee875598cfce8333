/**
 * Names in a zip archive, and what is odd about it.
 *
 * Entries are found by their signatures wherever they stand, in local headers and the central directory alike: tools
 * trust the one or the other, and an archive with junk in front, or two directories, says different names to each. No
 * size that it claims is believed.
 */
import { constants, inflateRawSync } from 'node:zlib';
import { decodeCharset } from '../common/encoded-word.ts';
import { isFullOf } from '../common/hidden-beginnings.ts';
import {
  MAX_ARCHIVE_DEPTH,
  MAX_ARCHIVE_OCTETS,
  MAX_NAME_CHARACTERS,
  MAX_UNPACKED_OCTETS,
  MAX_UNPACKED_RATIO,
} from '../common/limits.ts';
import type { FileContents, FileReader } from './file-contents.ts';
import { containerOf, typesByContent } from './signature.ts';

const LOCAL = Buffer.from('PK\x03\x04', 'latin1');
const CENTRAL = Buffer.from('PK\x01\x02', 'latin1');
/** Octets of an entry's header with the longest name that is read, and its extra field. */
const LONGEST_HEADER = 46 + MAX_NAME_CHARACTERS + 4096;
const SAMPLE_OCTETS = 1024;
/** Octets that one failure to inflate counts as. */
const FAILED_OCTETS = 65_536;

interface Layout {
  readonly signature: Buffer;
  readonly fixed: number;
  readonly flags: number;
  readonly method: number;
  readonly unpacked: number;
  readonly nameLength: number;
}

const LAYOUTS: readonly Layout[] = [
  { signature: LOCAL, fixed: 30, flags: 6, method: 8, unpacked: 22, nameLength: 26 },
  { signature: CENTRAL, fixed: 46, flags: 8, method: 10, unpacked: 24, nameLength: 28 },
];

interface Entry {
  readonly isEncrypted: boolean;
  readonly method: number;
  /** Octets that it is said to be unpacked. */
  readonly unpackedOctets: number;
  readonly names: readonly string[];
  /** Where its octets begin, in a local header. */
  readonly dataAt: number;
}

const MACROS = /(?:^|\/)vbaproject\.bin$|^xl\/macrosheets\/|^basic\/script-lc\.xml$|^scripts\/./i;
const OFFICE = /^\[content_types\]\.xml$|^mimetype$/i;
const PROGRAM = /^meta-inf\/manifest\.mf$|^androidmanifest\.xml$/i;

function readEntry(octets: Buffer, at: number, layout: Layout): Entry | undefined {
  if (at + layout.fixed > octets.length) return undefined;
  const nameLength = octets.readUInt16LE(at + layout.nameLength);
  const extraLength = octets.readUInt16LE(at + layout.nameLength + 2);
  const flags = octets.readUInt16LE(at + layout.flags);
  const method = octets.readUInt16LE(at + layout.method);
  const end = at + layout.fixed + nameLength;
  if (nameLength === 0 || nameLength > MAX_NAME_CHARACTERS || end > octets.length || method > 99) return undefined;
  const name = octets.subarray(at + layout.fixed, end);
  const latin1 = name.toString('latin1');
  return {
    isEncrypted: (flags & 1) !== 0 || method === 99,
    method,
    unpackedOctets: unpackedOctets(octets.readUInt32LE(at + layout.unpacked), octets.subarray(end, end + extraLength)),
    names: [
      ...(/[\x80-\xFF]/.test(latin1) ? [decodeCharset(name, 'utf-8')] : []),
      latin1,
      ...unicodeName(octets.subarray(end, end + extraLength)),
    ],
    dataAt: end + extraLength,
  };
}

/** The size that a header says; one of ZIP64 stands in the extra field (APPNOTE 4.5.3). */
function unpackedOctets(said: number, extra: Buffer): number {
  if (said !== 0xffff_ffff) return said;
  const isRealFirst = extra.length >= 12 && extra.readUInt16LE(0) === 1;
  return isRealFirst ? extra.readUInt32LE(8) * 2 ** 32 + extra.readUInt32LE(4) : said;
}

/** The name that Info-ZIP's Unicode path field has in place of the entry's own. */
function unicodeName(extra: Buffer): readonly string[] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) === 0x7075) return [extra.toString('utf8', at + 9, at + 4 + extra.readUInt16LE(at + 2))];
  }
  return [];
}

const LETTER_P = 0x70;

export class ZipReader implements FileReader {
  readonly #contents: FileContents;
  readonly #depth: number;
  /** Octets not yet searched, since an entry's header may go on in the next. */
  #held: Buffer = Buffer.alloc(0);
  /** The archive's octets, while it is small enough to be looked into. */
  #kept: Buffer[] = [];
  #octets = 0;
  #entries = 0;
  /** Octets that its files are said to be, by the headers of each layout. */
  readonly #unpacked = LAYOUTS.map(() => 0);
  /** There are more entries than are looked at. */
  #isOver = false;
  #hasArchive = false;
  #isOffice = false;

  /** @param depth of this archive in others, from 1 */
  constructor(contents: FileContents, depth = 1) {
    this.#contents = contents;
    this.#depth = depth;
  }

  receive(octets: Buffer): void {
    this.#octets += octets.length;
    if (this.#isOver || this.#contents.findings.isOver) return;
    if (this.#octets <= MAX_ARCHIVE_OCTETS) this.#kept.push(Buffer.from(octets));
    else this.#kept = [];
    const searched = Buffer.concat([this.#held, octets]);
    const last = Math.max(0, searched.length - LONGEST_HEADER);
    this.#search(searched, last);
    this.#held = Buffer.from(searched.subarray(last));
  }

  end(): void {
    this.#search(this.#held, this.#held.length);
    const { findings, types } = this.#contents;
    if (this.#entries === 0) findings.odd('unreadable', 'bad-archive');
    const unpacked = Math.max(...this.#unpacked);
    if (unpacked > MAX_UNPACKED_OCTETS && unpacked > this.#octets * MAX_UNPACKED_RATIO)
      findings.odd('unreadable', 'archive-inflates');
    if (!this.#isOffice) types.add('archive');
    if (this.#octets <= MAX_ARCHIVE_OCTETS) this.#lookInside(Buffer.concat(this.#kept));
    else this.#leaveArchives();
    this.#kept = [];
  }

  /** Notes the entries whose header begins before `end`. */
  #search(octets: Buffer, end: number): void {
    // The search stops at each P; nothing that is packed is full of them.
    if (isFullOf(octets, LETTER_P)) this.#contents.findings.lookSlowly(octets.length);
    for (const [index, layout] of LAYOUTS.entries()) {
      for (
        let at = octets.indexOf(layout.signature);
        at !== -1 && at < end && !this.#isOver;
        at = octets.indexOf(layout.signature, at + 4)
      ) {
        const entry = readEntry(octets, at, layout);
        if (entry === undefined) continue;
        this.#unpacked[index] = (this.#unpacked[index] ?? 0) + entry.unpackedOctets;
        this.#note(entry);
      }
    }
  }

  #note({ isEncrypted, names }: Entry): void {
    this.#entries += 1;
    this.#isOver = !this.#contents.findings.takeEntry();
    if (this.#isOver) return;
    const { types } = this.#contents;
    if (isEncrypted) types.add('encrypted-archive');
    for (const name of names) {
      this.#contents.addInside(name);
      if (MACROS.test(name)) types.add('macro-document');
      if (PROGRAM.test(name)) types.add('executable');
      if (OFFICE.test(name)) this.#isOffice = true;
      if (/\.(?:zip|jar|zipx)$/i.test(name)) this.#hasArchive = true;
    }
  }

  /** Looks at the first octets of the files inside, and into archives among them. */
  #lookInside(archive: Buffer): void {
    for (let at = archive.indexOf(LOCAL); at !== -1; at = archive.indexOf(LOCAL, at + 4)) {
      const [layout] = LAYOUTS;
      const entry = layout === undefined ? undefined : readEntry(archive, at, layout);
      if (entry === undefined || entry.isEncrypted || entry.dataAt >= archive.length) continue;
      if (this.#contents.findings.sampleBudget <= 0) {
        this.#leaveArchives();
        return;
      }
      this.#contents.findings.sampleBudget -= 1;
      this.#lookAt(entry, archive.subarray(entry.dataAt));
    }
  }

  #lookAt({ method }: Entry, data: Buffer): void {
    const { types, findings } = this.#contents;
    const sample = this.#inflated(method, data.subarray(0, SAMPLE_OCTETS), MAX_ARCHIVE_OCTETS);
    if (sample === undefined) {
      if (findings.inflateBudget <= 0) this.#leaveArchives();
      return;
    }
    for (const type of typesByContent(sample)) types.add(type);
    // One that is only stored has its entries among this one's.
    if (method === 0 || containerOf(sample) !== 'zip') return;
    if (this.#depth >= MAX_ARCHIVE_DEPTH) {
      findings.odd('unreadable', 'archive-too-deep');
      return;
    }
    const inner = this.#inflated(method, data, findings.inflateBudget);
    if (inner === undefined) {
      findings.odd('unreadable', 'archive-too-large');
      return;
    }
    const reader = new ZipReader(this.#contents, this.#depth + 1);
    reader.receive(inner.subarray(0, MAX_ARCHIVE_OCTETS));
    reader.end();
  }

  /** A bound is passed; an archive inside, if there is one, may stay unseen. */
  #leaveArchives(): void {
    if (this.#hasArchive) this.#contents.findings.odd('unreadable', 'archive-too-large');
  }

  /** The octets of an entry as far as they go; `undefined` where they cannot be had within the bounds. */
  #inflated(method: number, data: Buffer, limit: number): Buffer | undefined {
    const { findings } = this.#contents;
    if (method === 0) return data;
    if (method !== 8 || findings.inflateBudget <= 0) return undefined;
    try {
      const inflated = inflateRawSync(data, {
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: Math.max(1, limit),
      });
      findings.inflateBudget -= inflated.length;
      return inflated;
    } catch (error) {
      // Not deflated, or too much of it: what zlib says of data.
      if (error instanceof Error && 'code' in error) {
        findings.inflateBudget -= FAILED_OCTETS;
        return undefined;
      }
      throw error;
    }
  }
}
