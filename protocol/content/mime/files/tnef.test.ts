/** TNEF streams and compound files made attribute by attribute. */
import { describe, expect, it } from 'vitest';
import { PROGRAM, zip } from '../../../../test/support/evasion.ts';
import { ole, readFile } from '../../../../test/support/mime-files.ts';
import { Findings } from '../common/findings.ts';
import { MAX_NAMES_INSIDE } from '../common/limits.ts';
import { FileContents } from './file-contents.ts';
import { OleReader } from './ole.ts';
import { TnefReader } from './tnef.ts';

const TITLE = 0x0001_8010;
const DATA = 0x0006_800f;
const PROPERTIES = 0x0006_9005;
const HEADER = Buffer.from('789f3e220100', 'hex');

function attribute(id: number, data: Buffer, { level = 2, length = data.length } = {}): Buffer {
  const header = Buffer.alloc(9);
  header.writeUInt8(level, 0);
  header.writeUInt32LE(id, 1);
  header.writeUInt32LE(length, 5);
  return Buffer.concat([header, data, Buffer.alloc(2)]);
}

function title(name: string): Buffer {
  return attribute(TITLE, Buffer.from(`${name}\0rest`, 'latin1'));
}

/** A MAPI property with one value. */
function property(id: number, type: number, value: Buffer, length = value.length): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16LE(type, 0);
  header.writeUInt16LE(id, 2);
  header.writeUInt32LE(1, 4);
  header.writeUInt32LE(length, 8);
  return Buffer.concat([header, value]);
}

function named(id: number, name: string, isWide: boolean): Buffer {
  return property(id, isWide ? 0x1f : 0x1e, Buffer.from(`${name}\0rest`, isWide ? 'utf16le' : 'latin1'));
}

function read(stream: Buffer, chunk?: number) {
  return readFile((contents) => new TnefReader(contents), stream, chunk);
}

const BAD = ['unreadable bad-tnef'];

describe('a TNEF stream', () => {
  it.each<[what: string, attributes: readonly Buffer[], types: readonly string[], inside: readonly string[]]>([
    ['of nothing', [], ['tnef'], []],
    ['with a title', [title('a.exe')], ['executable', 'tnef'], ['a.exe']],
    [
      'with attributes of the message and of attachments',
      [attribute(TITLE, Buffer.from('a'), { level: 1 }), title('b')],
      ['tnef'],
      ['a', 'b'],
    ],
    [
      'with attributes that no one looks at',
      [attribute(0x0008_9006, Buffer.alloc(500)), title('b.js')],
      ['script', 'tnef'],
      ['b.js'],
    ],
    ['with a program', [attribute(DATA, PROGRAM)], ['executable', 'tnef'], []],
    ['with an archive', [attribute(DATA, zip({ a: Buffer.from('a') }))], ['archive', 'tnef'], []],
    ['with other data', [attribute(DATA, Buffer.from('words'))], ['tnef'], []],
    ['with more data than are looked at', [attribute(DATA, Buffer.alloc(70_000, 'x')), title('b')], ['tnef'], ['b']],
    [
      'with a long name in UTF-16',
      [attribute(PROPERTIES, named(0x3707, 'a.exe', true))],
      ['executable', 'tnef'],
      ['a.exe'],
    ],
    ['with one in octets', [attribute(PROPERTIES, named(0x3707, 'a.exe', false))], ['executable', 'tnef'], ['a.exe']],
    ['with a short name', [attribute(PROPERTIES, named(0x3704, 'a', true))], ['tnef'], ['a']],
    ['with a name that is shown', [attribute(PROPERTIES, named(0x3001, 'a', false))], ['tnef'], ['a']],
    ['with another property', [attribute(PROPERTIES, named(0x3703, 'a', true))], ['tnef'], []],
    ['with a property of numbers', [attribute(PROPERTIES, property(0x3707, 3, Buffer.from('a')))], ['tnef'], []],
    ['with an empty name', [attribute(PROPERTIES, property(0x3707, 0x1e, Buffer.alloc(4), 0))], ['tnef'], []],
    [
      'with a name of 1024 octets',
      [attribute(PROPERTIES, property(0x3707, 0x1e, Buffer.alloc(1024, 'x')))],
      ['tnef'],
      ['x'.repeat(1024)],
    ],
    ['with a longer one', [attribute(PROPERTIES, property(0x3707, 0x1e, Buffer.alloc(1025, 'x')))], ['tnef'], []],
    [
      'with a property that is cut',
      [attribute(PROPERTIES, property(0x3707, 0x1e, Buffer.alloc(0)).subarray(0, 11))],
      ['tnef'],
      [],
    ],
    [
      'with names of two attachments',
      [
        attribute(
          PROPERTIES,
          Buffer.concat([
            Buffer.alloc(4),
            named(0x3707, 'a', true),
            named(0x3707, 'b', true),
            named(0x3704, 'c', false),
          ]),
        ),
      ],
      ['tnef'],
      ['a', 'b', 'c'],
    ],
  ])('%s', (_what, attributes, types, inside) => {
    const stream = Buffer.concat([HEADER, ...attributes]);

    expect(read(stream)).toEqual({ types, inside, structure: [] });
    expect(read(stream, 1)).toEqual({ types, inside, structure: [] });
  });

  it.each<[what: string, stream: Buffer, structure: readonly string[]]>([
    ['of a level 0', Buffer.concat([HEADER, attribute(TITLE, Buffer.from('a'), { level: 0 })]), BAD],
    ['of a level 3', Buffer.concat([HEADER, attribute(TITLE, Buffer.from('a'), { level: 3 })]), BAD],
    ['whose title is cut', Buffer.concat([HEADER, attribute(TITLE, Buffer.from('abc'), { length: 9 })]), BAD],
    ['whose last data are cut', Buffer.concat([HEADER, attribute(0x0008_9006, Buffer.alloc(5), { length: 8 })]), BAD],
    ['whose last checksum is missing', Buffer.concat([HEADER, title('a')]).subarray(0, -2), []],
    ['that ends within a header', Buffer.concat([HEADER, title('a').subarray(0, 8)]), []],
  ])('%s', (_what, stream, structure) => {
    expect(read(stream).structure).toEqual(structure);
    expect(read(stream, 1).structure).toEqual(structure);
  });

  it('of more entries than are looked at is broken off', () => {
    const empty = attribute(0x0008_9006, Buffer.alloc(0));
    const stream = Buffer.concat([
      HEADER,
      ...Array.from({ length: 3 * MAX_NAMES_INSIDE + 1 }, () => empty),
      title('last'),
    ]);

    expect(read(stream)).toEqual({
      types: ['tnef'],
      inside: [],
      structure: ['unreadable too-many-names-inside', ...BAD],
    });
  });
});

describe('a compound file', () => {
  it.each([
    ['of words', ['WordDocument'], []],
    ['with macros', ['_VBA_PROJECT'], ['macro-document']],
    ['with a folder of macros', ['VBA'], ['macro-document']],
    ['with a name that begins so', ['VBAx'], []],
    ['with a password', ['EncryptedPackage'], ['encrypted-archive']],
  ])('%s', (_what, names, types) => {
    const file = ole('Root Entry', ...names);
    for (const chunk of [file.length, 100, 7]) {
      const contents = new FileContents(new Findings());
      const reader = new OleReader(contents);
      for (let at = 0; at < file.length; at += chunk) reader.receive(file.subarray(at, at + chunk));
      reader.end();

      expect([...contents.types]).toEqual(types);
    }
  });

  it('of an installer', () => {
    const contents = new FileContents(new Findings());
    new OleReader(contents).receive(
      Buffer.concat([ole('Root Entry'), Buffer.from('84100c0000000000c000000000000046', 'hex')]),
    );

    expect([...contents.types]).toEqual(['executable']);
  });
});
