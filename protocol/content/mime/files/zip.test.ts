/** Zip archives made header by header: what tools leave out, contradict, or lie about. */
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PROGRAM, zip } from '../../../../test/support/evasion.ts';
import { readFile } from '../../../../test/support/mime-files.ts';
import { Findings } from '../common/findings.ts';
import { MAX_ARCHIVE_OCTETS, MAX_NAME_CHARACTERS } from '../common/limits.ts';
import { ZipReader } from './zip.ts';

interface Header {
  readonly name?: string;
  readonly flags?: number;
  readonly method?: number;
  readonly unpacked?: number;
  readonly extra?: Buffer;
  readonly data?: Buffer;
}

/** A header whose fields stand as they do in a local one, or so many octets later. */
function header(
  begin: Buffer,
  later: number,
  { name = 'a.txt', flags = 0, method = 0, unpacked = 0, extra }: Header,
): Buffer {
  const fixed = Buffer.concat([begin], later === 0 ? 30 : 46);
  fixed.writeUInt16LE(flags, 6 + later);
  fixed.writeUInt16LE(method, 8 + later);
  fixed.writeUInt32LE(unpacked, 22 + later);
  fixed.writeUInt16LE(Buffer.byteLength(name, 'latin1'), 26 + later);
  fixed.writeUInt16LE(extra?.length ?? 0, 28 + later);
  return Buffer.concat([fixed, Buffer.from(name, 'latin1'), extra ?? Buffer.alloc(0)]);
}

/** A header of local layout, with its file. */
function local(given: Header): Buffer {
  return Buffer.concat([header(Buffer.from('PK\x03\x04'), 0, given), given.data ?? Buffer.alloc(0)]);
}

/** One of the central directory. */
function central(given: Header): Buffer {
  return header(Buffer.from('PK\x01\x02'), 2, given);
}

function extraField(id: number, data: Buffer): Buffer {
  const field = Buffer.alloc(4);
  field.writeUInt16LE(id, 0);
  field.writeUInt16LE(data.length, 2);
  return Buffer.concat([field, data]);
}

/** Info-ZIP's Unicode path: version, a checksum that no one looks at, the name. */
function unicodePath(name: string): Buffer {
  return extraField(0x7075, Buffer.concat([Buffer.alloc(5), Buffer.from(name)]));
}

function read(archive: Buffer, chunk?: number, findings?: Findings) {
  return readFile((contents) => new ZipReader(contents), archive, chunk, findings);
}

const ARCHIVE = ['archive'];

describe.each([
  ['local', local],
  ['central', central],
] as const)('a header of the %s layout', (_layout, header) => {
  it.each<[what: string, given: Header, types: readonly string[], inside: readonly string[]]>([
    ['has a name', {}, ARCHIVE, ['a.txt']],
    ['has a kind by its name', { name: 'b/evil.exe' }, ['archive', 'executable'], ['b/evil.exe', 'evil.exe']],
    ['is encrypted by its flag', { flags: 1 }, ['archive', 'encrypted-archive'], ['a.txt']],
    ['is encrypted by its method', { method: 99 }, ['archive', 'encrypted-archive'], ['a.txt']],
    ['is not by other flags', { flags: 0xfffe }, ARCHIVE, ['a.txt']],
    [
      'has a name in UTF-8 and as it stands',
      { name: '\xc3\xbc.js' },
      ['archive', 'script'],
      ['\u00fc.js', '\xc3\xbc.js'],
    ],
    ['has another name in a field', { extra: unicodePath('b.exe') }, ['archive', 'executable'], ['a.txt', 'b.exe']],
    [
      'has it behind other fields',
      {
        extra: Buffer.concat([
          extraField(0x5455, Buffer.alloc(5)),
          extraField(1, Buffer.alloc(0)),
          unicodePath('b.exe'),
        ]),
      },
      ['archive', 'executable'],
      ['a.txt', 'b.exe'],
    ],
    ['has a field that is cut', { extra: Buffer.from([0x75, 0x70, 5]) }, ARCHIVE, ['a.txt']],
    [
      'has a name as long as may be',
      { name: 'x'.repeat(MAX_NAME_CHARACTERS) },
      ARCHIVE,
      ['x'.repeat(MAX_NAME_CHARACTERS)],
    ],
    [
      'has macros',
      { name: 'word/vbaProject.bin' },
      ['archive', 'macro-document'],
      ['word/vbaProject.bin', 'vbaProject.bin'],
    ],
    ['has macro sheets', { name: 'xl/macrosheets/a' }, ['archive', 'macro-document'], ['xl/macrosheets/a', 'a']],
    [
      'has Basic',
      { name: 'Basic/script-lc.xml' },
      ['archive', 'macro-document'],
      ['Basic/script-lc.xml', 'script-lc.xml'],
    ],
    ['has scripts', { name: 'Scripts/python/a' }, ['archive', 'macro-document'], ['Scripts/python/a', 'a']],
    ['has a folder called scripts', { name: 'scripts/' }, ARCHIVE, ['scripts/', 'scripts']],
    [
      'is of a Java program',
      { name: 'META-INF/MANIFEST.MF' },
      ['archive', 'executable'],
      ['META-INF/MANIFEST.MF', 'MANIFEST.MF'],
    ],
    ['is of an Android program', { name: 'AndroidManifest.xml' }, ['archive', 'executable'], ['AndroidManifest.xml']],
    ['is of an office document', { name: '[Content_Types].xml' }, [], ['[Content_Types].xml']],
    ['is of an open document', { name: 'mimetype' }, [], ['mimetype']],
    ['is of neither', { name: 'x/mimetype' }, ARCHIVE, ['x/mimetype', 'mimetype']],
  ])('%s', (_what, given, types, inside) => {
    const archive = header(given);

    expect(read(archive)).toEqual({ types, inside, structure: [] });
    expect(read(archive, 1)).toEqual({ types, inside, structure: [] });
    expect(read(Buffer.concat([Buffer.alloc(8000), archive, Buffer.alloc(8000)]), 3000)).toMatchObject({
      types,
      inside,
    });
  });

  it.each<[what: string, archive: Buffer]>([
    ['no name', header({ name: '' })],
    ['a name that is longer than may be', header({ name: 'x'.repeat(MAX_NAME_CHARACTERS + 1) })],
    ['a method that no one has', header({ method: 100 })],
    ['a name that is cut', header({}).subarray(0, -1)],
    ['no end', header({}).subarray(0, 20)],
  ])('with %s is none', (_what, archive) => {
    expect(read(archive)).toEqual({ types: ARCHIVE, inside: [], structure: ['unreadable bad-archive'] });
  });

  it('is found beside others', () => {
    const archive = Buffer.concat([
      header({ name: 'a' }),
      header({ name: 'b' }),
      header({ name: '' }),
      header({ name: 'c' }),
    ]);

    expect(read(archive).inside).toEqual(['a', 'b', 'c']);
  });
});

it('names of both layouts are kept once each', () => {
  const archive = Buffer.concat([
    local({ name: 'a' }),
    local({ name: 'b.js' }),
    central({ name: 'a' }),
    central({ name: 'c.exe' }),
  ]);

  expect(read(archive)).toEqual({
    types: ['archive', 'executable', 'script'],
    inside: ['a', 'b.js', 'c.exe'],
    structure: [],
  });
});

describe('the size that an archive says', () => {
  const BIG = 0xffff_ffff;
  const sizes = (real: bigint): Buffer => {
    const field = Buffer.alloc(16);
    field.writeBigUInt64LE(real, 0);
    return extraField(1, field);
  };

  it.each<[what: string, archive: Buffer, isOdd: boolean]>([
    ['of 10 MiB', local({ unpacked: 10_485_760 }), false],
    ['of an octet more', local({ unpacked: 10_485_761 }), true],
    ['of the directory', central({ unpacked: 10_485_761 }), true],
    ['of all files together', Buffer.concat([local({ unpacked: 6_000_000 }), local({ unpacked: 6_000_000 })]), true],
    ['of one layout alone', Buffer.concat([local({ unpacked: 6_000_000 }), central({ unpacked: 6_000_000 })]), false],
    ['of 250 times its octets', Buffer.concat([local({ unpacked: 25_000_000 }), Buffer.alloc(100_000)]), false],
    ['of more than that', Buffer.concat([local({ unpacked: 25_010_000 }), Buffer.alloc(100_000)]), true],
    ['of 4 GB', local({ unpacked: BIG }), true],
    ['of ZIP64, small', local({ unpacked: BIG, extra: sizes(10n) }), false],
    ['of ZIP64, large', local({ unpacked: BIG, extra: sizes(20_000_000n) }), true],
    ['of ZIP64, larger than 4 GB', local({ unpacked: BIG, extra: sizes(2n ** 33n) }), true],
    ['of another field', local({ unpacked: BIG, extra: extraField(2, Buffer.alloc(16)) }), true],
    ['of a field that is cut', local({ unpacked: BIG, extra: sizes(10n).subarray(0, 11) }), true],
  ])('%s', (_what, archive, isOdd) => {
    expect(read(archive).structure).toEqual(isOdd ? ['unreadable archive-inflates'] : []);
  });
});

describe('a file in an archive', () => {
  const inside = (data: Buffer, method: number, name = 'a.txt') => local({ name, method, data });
  const inner = zip({ 'evil.exe': Buffer.from('words') });

  it.each<
    [what: string, archive: Buffer, types: readonly string[], names: readonly string[], structure: readonly string[]]
  >([
    ['that is stored', inside(PROGRAM, 0), ['archive', 'executable'], ['a.txt'], []],
    ['that is deflated', inside(deflateRawSync(PROGRAM), 8), ['archive', 'executable'], ['a.txt'], []],
    [
      'behind a field',
      local({ data: PROGRAM, extra: extraField(1, Buffer.alloc(8)) }),
      ['archive', 'executable'],
      ['a.txt'],
      [],
    ],
    ['that is packed otherwise', inside(PROGRAM, 12), ARCHIVE, ['a.txt'], []],
    ['that is encrypted', local({ flags: 1, data: PROGRAM }), ['archive', 'encrypted-archive'], ['a.txt'], []],
    ['that is said to be deflated', inside(Buffer.from('\xff\xff\xff\xff', 'latin1'), 8), ARCHIVE, ['a.txt'], []],
    ['that is empty', inside(Buffer.alloc(0), 0), ARCHIVE, ['a.txt'], []],
    ['that is an archive', inside(deflateRawSync(inner), 8), ['archive', 'executable'], ['a.txt', 'evil.exe'], []],
    ['that is one and stored', inside(inner, 0), ['archive', 'executable'], ['a.txt', 'evil.exe'], []],
    [
      'that is an archive too large to be looked into',
      Buffer.concat([inside(Buffer.alloc(8), 0, 'b.zip'), Buffer.alloc(MAX_ARCHIVE_OCTETS)]),
      ARCHIVE,
      ['b.zip'],
      ['unreadable archive-too-large'],
    ],
    [
      'that is none in an archive too large for that',
      Buffer.concat([inside(Buffer.alloc(8), 0, 'b.zip.txt'), Buffer.alloc(MAX_ARCHIVE_OCTETS)]),
      ARCHIVE,
      ['b.zip.txt'],
      [],
    ],
  ])('%s', (_what, archive, types, names, structure) => {
    expect(read(archive)).toEqual({ types, inside: names, structure });
  });

  it('is looked at in an archive of as many octets as may be', () => {
    const head = inside(Buffer.alloc(8), 0, 'b.jar');

    expect(read(Buffer.concat([head, Buffer.alloc(MAX_ARCHIVE_OCTETS - head.length)]), 65_536).structure).toEqual([]);
  });

  it('is not looked at where the samples of the message are spent, and an archive may be unseen', () => {
    const findings = new Findings();
    findings.sampleBudget = 1;
    const archive = Buffer.concat([inside(PROGRAM, 0), inside(deflateRawSync(inner), 8, 'b.zip')]);

    expect(read(archive, archive.length, findings)).toEqual({
      types: ['archive', 'executable'],
      inside: ['a.txt', 'b.zip'],
      structure: ['unreadable archive-too-large'],
    });
    expect(findings.sampleBudget).toBe(0);
  });

  it('is not inflated where the octets of the message are spent', () => {
    const findings = new Findings();
    findings.inflateBudget = 0;

    expect(read(inside(deflateRawSync(inner), 8, 'b.zipx'), 10_000, findings).structure).toEqual([
      'unreadable archive-too-large',
    ]);
  });

  it('costs what is inflated of it, and what cannot be inflated a fixed sum', () => {
    const findings = new Findings();
    const before = findings.inflateBudget;
    read(inside(deflateRawSync(Buffer.from('words')), 8), 10_000, findings);
    expect(findings.inflateBudget).toBe(before - 5);

    read(inside(Buffer.alloc(20, 0xff), 8), 10_000, findings);
    expect(findings.inflateBudget).toBe(before - 5 - 65_536);
  });
});

it('nothing is read of an archive in a message that is over', () => {
  const findings = new Findings();
  findings.giveUp('too-deep', 'too-deep');

  expect(read(local({}), 10, findings)).toMatchObject({ inside: [] });
});

it('an archive that is full of one letter counts as read octet by octet', () => {
  const findings = new Findings();

  for (let times = 0; times < 60; times += 1) read(Buffer.alloc(65_536, 'P'), 65_536, findings);

  expect(findings.isOver).toBe(true);
});
