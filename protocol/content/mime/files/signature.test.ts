import { describe, expect, it } from 'vitest';
import { containerOf, mayBeFile, typesByContent } from './signature.ts';

function octets(text: string, length = text.length): Buffer {
  return Buffer.concat([Buffer.from(text, 'latin1'), Buffer.alloc(length - text.length)]);
}

/** Octets with a text at a place. */
function at(place: number, text: string): Buffer {
  return Buffer.concat([Buffer.alloc(place), Buffer.from(text, 'latin1')]);
}

/** A Rar! archive of version 4: its header's flags, and those of its first file. */
function rar4(archiveFlags: number, fileFlags: number, kind = 0x74, length = 40): Buffer {
  const archive = octets('Rar!\x1a\x07\0', 40);
  archive.writeUInt16LE(archiveFlags, 10);
  archive.writeUInt8(kind, 22);
  archive.writeUInt16LE(fileFlags, 23);
  return archive.subarray(0, length);
}

describe('a file by its first octets', () => {
  it.each([
    ['\x7fELF', 'executable'],
    ['\xfe\xed\xfa\xce', 'executable'],
    ['\xfe\xed\xfa\xcf', 'executable'],
    ['\xce\xfa\xed\xfe', 'executable'],
    ['\xcf\xfa\xed\xfe', 'executable'],
    ['\xca\xfe\xba\xbe', 'executable'],
    ['dex\n', 'executable'],
    ['\0asm\x01\0\0\0', 'executable'],
    ['L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0', 'executable'],
    ['ITSF', 'executable'],
    ['!<arch>\ndebian', 'executable'],
    ['\xed\xab\xee\xdb', 'executable'],
    ['[InternetShortcut]', 'executable'],
    ['[Desktop Entry]', 'executable'],
    ['#!', 'script'],
    ['#@~^', 'script'],
    ['<?php', 'script'],
    ['REGEDIT4', 'script'],
    ['Windows Registry Editor', 'script'],
    ['Rar!\x1a\x07', 'archive'],
    ["7z\xbc\xaf'\x1c", 'archive'],
    ['\x1f\x8b\x08', 'archive'],
    ['\x1f\x9d', 'archive'],
    ['\x1f\xa0', 'archive'],
    ['\xfd7zXZ\0', 'archive'],
    ['(\xb5/\xfd', 'archive'],
    ['\x04"M\x18', 'archive'],
    ['MSCF\0\0\0\0', 'archive'],
    ['ISc(', 'archive'],
    ['\x60\xea', 'archive'],
    ['xar!', 'archive'],
    ['ZOO ', 'archive'],
    ['StuffIt', 'archive'],
    ['SIT!', 'archive'],
    ['ALZ\x01', 'archive'],
    ['EGGA', 'archive'],
    ['MSWIM\0\0\0', 'archive'],
    ['BZh91AY', 'archive'],
    ['\n.-lh5-', 'archive'],
    ['xx-lzs-', 'archive'],
    ['conectix', 'disk-image'],
    ['vhdxfile', 'disk-image'],
    ['KDMV', 'disk-image'],
    ['QFI\xfb', 'disk-image'],
    ['<<< ', 'disk-image'],
    ['x\x9f>"', 'tnef'],
  ] as const)('%j is %s', (text, type) => {
    expect(typesByContent(octets(text, 70))).toEqual([type]);
    // To the last octet of what says so.
    expect(typesByContent(octets(text))).toEqual([type]);
    expect(typesByContent(Buffer.concat([octets('..'), octets(text, 70)]))).toEqual([]);
  });

  it.each([
    ['an ACE archive', at(7, '**ACE**'), ['archive']],
    ['a tar archive', at(257, 'ustar'), ['archive']],
    ['one that is cut', at(257, 'usta'), []],
    ['an ISO image', at(32_769, 'CD001'), ['disk-image']],
    ['a UDF image', at(32_769, 'BEA01'), ['disk-image']],
    ['another', at(32_769, 'NSR02'), ['disk-image']],
    ['a program for DOS that is short', octets('MZ'), ['executable']],
    ['one of 63 octets', octets(`MZ${'x'.repeat(61)}`), ['executable']],
    ['text of 64 that begins like one', octets(`MZ${'x'.repeat(62)}`), []],
    ['one of 64 with an octet that no text has', octets(`MZ${'x'.repeat(61)}\x01`), ['executable']],
    ['text with that octet behind', octets(`MZ${'x'.repeat(62)}\x01`), []],
    ['one by its other name', octets('ZM\x90', 64), ['executable']],
    ['text with line ends', octets(`MZ\t\r\n${'x'.repeat(62)}`), []],
    ['one letter of it', octets('M', 70), []],
    ['another order of letters', octets('MM\x01', 70), []],
    ['text behind blanks', octets(' \r\n\t#!/bin/sh'), ['script']],
    ['a NUL before it', octets('\0#!/bin/sh'), []],
    ['octets behind blanks that must be first', octets(' \x1f\x8b\x08'), []],
    ['blanks alone', octets('   '), []],
    ['nothing', octets(''), []],
    ['a page', octets('<html>'), ['html']],
    ['a page behind comments', octets('<?xml version="1.0"?> <!-- a\n> --> <!DOCTYPE HTML>'), ['html']],
    ['a page in UTF-8 with its mark', octets('\xef\xbb\xbf<script>'), ['html']],
    ['a page in UTF-16', Buffer.from('\ufeff<iframe src>', 'utf16le'), ['html']],
    ['a page in UTF-16, big end first', Buffer.from('\ufeff<div>', 'utf16le').swap16(), ['html']],
    ['a link', octets('<a href="x">'), ['html']],
    ['another element', octets('<abbr>'), []],
    ['a word before it', octets('x <html>'), []],
    ['an HTML application', octets('x <HTA:application'), ['script']],
    ['a Windows script', octets('<job id="a"> <script>'), ['script']],
    ['a package of them', octets('<package>\r\n<job>'), ['script']],
    ['a scriptlet', octets('<scriptlet>'), ['html', 'script']],
    ['a batch file', octets('\r\n@ECHO OFF\r\n'), ['script']],
    ['one that is not quiet', octets('echo  off'), ['script']],
    ['words about one', octets('say echo off'), []],
    ['a page far down', octets(`${' '.repeat(1024)}<html>`), ['html']],
    ['a script far down', octets(`${'x'.repeat(1023)}<scriptlet>`), []],
  ])('%s', (_what, sample, types) => {
    expect(typesByContent(sample)).toEqual(types);
  });

  it.each([
    ['with no flag', rar4(0, 0), false],
    ['whose headers are encrypted', rar4(0x80, 0), true],
    ['whose first file is', rar4(0, 0x04), true],
    ['of other flags', rar4(0xff7f, 0xfffb), false],
    ['whose first block is no file', rar4(0, 0x04, 0x7a), false],
    ['that is cut behind its header', rar4(0x80, 0, 0x74, 14), true],
    ['that is cut in it', rar4(0x80, 0, 0x74, 13), false],
    ['that is cut in its first file', rar4(0, 0x04, 0x74, 30), false],
    ['that is cut behind that', rar4(0, 0x04, 0x74, 31), true],
    ['of version 5', octets('Rar!\x1a\x07\x01\0\0\0\0\0\x0d\x01'), false],
    ['of version 5, encrypted', octets('Rar!\x1a\x07\x01\0\0\0\0\0\x0d\x04'), true],
    ['with a shorter size', octets('Rar!\x1a\x07\x01\0\0\0\0\0\x04\x01'), true],
    ['that is none', octets('Rar?\x1a\x07\x01\0\0\0\0\0\x04\x04'), false],
  ])('a RAR archive %s', (_what, sample, isEncrypted) => {
    expect(typesByContent(sample).includes('encrypted-archive')).toBe(isEncrypted);
  });
});

describe('a container', () => {
  it.each([
    ['PK\x03\x04', 'zip'],
    ['PK\x05\x06', 'zip'],
    ['PK\x07\x08', 'zip'],
    ['PK00PK\x03\x04', 'zip'],
    ['PK\x01\x02', undefined],
    ['PX\x03\x04', undefined],
    ['xPK\x03\x04', undefined],
    ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'ole'],
    ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe2', undefined],
    ['x\x9f>"\0\0\0', 'tnef'],
    ['x\x9f>"\0\0', undefined],
    ['x\x9f>#\0\0\0', undefined],
    ['', undefined],
  ])('%j is %s', (text, container) => {
    expect(containerOf(octets(text))).toBe(container);
  });
});

describe('a body', () => {
  it.each([
    ['MZ', true],
    ['ZM', true],
    ['PK', true],
    ['\xd0\xcf', true],
    ['x\x9f', true],
    ['\x7fE', true],
    [' \r\nMZ', true],
    ['#!', false],
    ['Hello', false],
    ['M', false],
    ['xMZ', false],
    ['=4DZ', false],
    ['', false],
  ])('%j may be a file: %s', (text, may) => {
    expect(mayBeFile(octets(text))).toBe(may);
  });

  it.each([
    ['=4DZ', true],
    ['M=5A', true],
    [' =4DZ', true],
    ['MZ', true],
    ['Ma=', false],
    ['Hello', false],
  ])('%j in quoted-printable may be a file: %s', (text, may) => {
    expect(mayBeFile(octets(text), true)).toBe(may);
  });
});
