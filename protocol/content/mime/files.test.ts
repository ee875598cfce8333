import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { base64, EICAR, PROGRAM, zip } from '../../../test/support/evasion.ts';
import { factsOf, octetsOf } from '../../../test/support/mime-facts.ts';
import { iso, ole, tnef } from '../../../test/support/mime-files.ts';
import { inSizes } from '../../../test/support/segmentation.ts';

const TEXT = Buffer.from('only words');

/** The facts of a file that is attached under a name that says nothing. */
function attached(file: Buffer, name = 'photo.dat') {
  const head = `Content-Type: application/octet-stream; name="${name}"\nContent-Transfer-Encoding: base64\n\n`;
  const octets = octetsOf(head + base64(file));
  const facts = factsOf(octets);
  expect(factsOf(octets, {}, inSizes([1000, 7]).cut(octets))).toEqual(facts);
  const [part] = facts.parts;
  return { types: part?.types, inside: part?.namesInside, structure: facts.structure.map(({ reason }) => reason) };
}

function nested(depth: number): Buffer {
  return depth === 0 ? TEXT : zip({ [depth === 1 ? 'evil.exe' : `${depth}.zip`]: nested(depth - 1) });
}

/** A zip archive that says that a file in it has 4 GB. */
function liar(): Buffer {
  const archive = zip({ 'a.txt': TEXT });
  archive.writeUInt32LE(0xffff_ffff, 18);
  archive.writeUInt32LE(0xffff_ffff, 22);
  return archive;
}

describe('a file', () => {
  it.each([
    ['a program for Windows', PROGRAM, ['executable']],
    ['a short one', Buffer.from('MZ'), ['executable']],
    [
      'words that begin like one',
      Buffer.from('MZ is what programs for DOS begin with, as everybody knows by now.'),
      [],
    ],
    ['a program for Linux', Buffer.from('\x7fELF\x02\x01\x01'), ['executable']],
    ['the EICAR test file', Buffer.from(EICAR), ['executable']],
    ['the same after empty lines', Buffer.from(`\r\n\r\n ${EICAR}`), ['executable']],
    ['a shell script', Buffer.from('#!/bin/sh\nrm -rf /\n'), ['script']],
    ['a batch file', Buffer.from('@echo off\r\ndel *.*\r\n'), ['script']],
    ['a page', Buffer.from('\xef\xbb\xbf<!-- a --> <!DOCTYPE html><html>', 'latin1'), ['html']],
    ['a page in UTF-16', Buffer.from('\ufeff<html><body>', 'utf16le'), ['html']],
    ['an HTML application', Buffer.from('<html><head><HTA:APPLICATION ID="a">'), ['html', 'script']],
    ['gzip', gzipSync(TEXT), ['archive']],
    ['RAR', Buffer.from('Rar!\x1a\x07\x01\0', 'latin1'), ['archive']],
    [
      'RAR with a password',
      Buffer.from('Rar!\x1a\x07\x01\0\0\0\0\0\x0d\x04', 'latin1'),
      ['archive', 'encrypted-archive'],
    ],
    ['7z', Buffer.from('377abcaf271c0004', 'hex'), ['archive']],
    ['an ISO image', iso(), ['disk-image']],
    ['a disk of VMware', Buffer.from('KDMV\x01\0\0\0'), ['disk-image']],
    ['an old document', ole('Root Entry', 'WordDocument'), []],
    ['one with macros', ole('Root Entry', 'Macros', 'VBA', '_VBA_PROJECT'), ['macro-document']],
    ['one with a password', ole('Root Entry', 'EncryptedPackage'), ['archive', 'encrypted-archive']],
    ['words', TEXT, []],
    ['nothing', Buffer.alloc(0), []],
  ] as const)('%s', (_name, file, types) => {
    expect(attached(file)).toEqual({ types, inside: [], structure: [] });
  });
});

describe('a zip archive', () => {
  it.each([
    ['of words', zip({ 'a.txt': TEXT }), ['archive'], ['a.txt']],
    ['of a program by name', zip({ 'docs/evil.exe': TEXT }), ['archive', 'executable'], ['docs/evil.exe', 'evil.exe']],
    ['of a program by content', zip({ 'a.txt': PROGRAM }), ['archive', 'executable'], ['a.txt']],
    ['with a password', zip({ 'evil.js': TEXT }, true), ['archive', 'encrypted-archive', 'script'], ['evil.js']],
    [
      'that is a document',
      zip({ '[Content_Types].xml': TEXT, 'word/document.xml': TEXT }),
      [],
      ['[Content_Types].xml', 'word/document.xml', 'document.xml'],
    ],
    [
      'that is a document with macros',
      zip({ '[Content_Types].xml': TEXT, 'word/vbaProject.bin': TEXT }),
      ['macro-document'],
      ['[Content_Types].xml', 'word/vbaProject.bin', 'vbaProject.bin'],
    ],
    ['in two others', nested(3), ['archive', 'executable'], ['3.zip', '2.zip', 'evil.exe']],
  ] as const)('%s', (_name, file, types, inside) => {
    expect(attached(file)).toEqual({ types, inside, structure: [] });
  });

  it.each([
    ['in three others', nested(4), 'photo.dat', ['archive-too-deep']],
    ['that claims 4 GB', liar(), 'photo.dat', ['archive-inflates']],
    ['without entries', Buffer.from('PK\x03\x04'), 'photo.dat', ['bad-archive']],
    [
      'of a zip that is a bomb',
      zip({ 'a.zip': Buffer.concat([zip({ 'a.txt': TEXT }), Buffer.alloc(5_000_000)]) }),
      'photo.dat',
      ['archive-too-large'],
    ],
    [
      'of a zip behind more files than are looked at',
      zip({
        ...Object.fromEntries(Array.from({ length: 301 }, (_none, index) => [`${index}.txt`, TEXT])),
        'last.zip': zip({ 'evil.exe': TEXT }),
      }),
      'photo.dat',
      ['archive-too-large'],
    ],
    [
      'of a zip behind more octets than are inflated',
      zip({
        ...Object.fromEntries(['a', 'b', 'c'].map((name) => [`${name}.txt`, Buffer.alloc(1_000_000, 'ab')])),
        'last.zip': zip({ 'evil.exe': TEXT }),
      }),
      'photo.dat',
      ['archive-too-large'],
    ],
    [
      'of more names than are kept',
      zip(Object.fromEntries(Array.from({ length: 10_001 }, (_none, index) => [`${index}`, Buffer.alloc(0)]))),
      'photo.dat',
      ['too-many-names-inside'],
    ],
  ])('%s is unreadable', (_name, file, name, structure) => {
    expect(attached(file, name).structure).toEqual(structure);
  });

  it('of a size in a field of ZIP64 has that size', () => {
    const archive = liar();
    const extra = Buffer.from('01001000', 'hex');
    archive.writeUInt16LE(20, 28);
    const sizes = Buffer.alloc(16);
    sizes.writeUInt32LE(TEXT.length, 0);
    const name = 30 + 'a.txt'.length;

    const real = Buffer.concat([archive.subarray(0, name), extra, sizes, archive.subarray(name)]);

    expect(attached(real)).toEqual({ types: ['archive'], inside: ['a.txt'], structure: [] });
  });

  it('with something in front is found where it is called one', () => {
    expect(attached(Buffer.concat([Buffer.from('junk'), zip({ 'evil.exe': TEXT })]), 'a.zip')).toMatchObject({
      inside: ['evil.exe'],
    });
  });

  it('is read over the bound of what is inflated, by its names', () => {
    const noise = Buffer.from(Array.from({ length: 3_000_000 }, (_none, index) => (index * 2_654_435_761) >>> 13));

    expect(attached(zip({ 'noise.bin': noise, 'evil.exe': TEXT }))).toEqual({
      types: ['archive', 'executable'],
      inside: ['noise.bin', 'evil.exe'],
      structure: [],
    });
  });

  it('gives the time of an entry no more than its octets', () => {
    const bomb = deflateRawSync(Buffer.alloc(50_000_000));

    expect(attached(Buffer.concat([zip({ 'a.txt': TEXT }), bomb])).structure).toEqual([]);
  });
});

describe('a TNEF stream', () => {
  it.each([
    ['tells its titles', tnef([{ title: 'evil.exe', content: TEXT }]), ['executable', 'tnef'], ['evil.exe']],
    [
      'tells long names',
      tnef([{ title: 'EVIL~1.TXT', content: TEXT }], 'evil script.js'),
      ['script', 'tnef'],
      ['EVIL~1.TXT', 'evil script.js'],
    ],
    ['is looked into', tnef([{ title: 'a.txt', content: PROGRAM }]), ['executable', 'tnef'], ['a.txt']],
    [
      'goes on after long data',
      tnef([
        { title: 'a.txt', content: Buffer.alloc(200_000) },
        { title: 'b.js', content: TEXT },
      ]),
      ['script', 'tnef'],
      ['a.txt', 'b.js'],
    ],
  ] as const)('%s', (_name, file, types, inside) => {
    expect(attached(file)).toEqual({ types, inside, structure: [] });
  });

  it.each([
    ['cut short', tnef([{ title: 'a.txt', content: TEXT }]).subarray(0, 55)],
    ['of a level that is none', Buffer.from('789f3e22010009000000000000000000', 'hex')],
    ['of a length that is none', Buffer.from('789f3e2201000201800100ffffffff', 'hex')],
  ])('%s is unreadable', (_name, file) => {
    expect(attached(file).structure).toEqual(['bad-tnef']);
  });
});
