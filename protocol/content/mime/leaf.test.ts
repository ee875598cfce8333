/** A part without parts: what it is by its first octets, by its name, and to those who guess; and its text. */
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PROGRAM, zip } from '../../../test/support/evasion.ts';
import { namesOf, octetsOf, partsOf, reasonsOf, scanned, typesOf } from '../../../test/support/mime-facts.ts';
import { ole, tnef } from '../../../test/support/mime-files.ts';
import { isMessage } from './leaf.ts';

function base64(octets: Buffer | string): string {
  return `${Buffer.from(octets as string, 'latin1')
    .toString('base64')
    .replaceAll(/.{76}/g, '$&\n')}\n`;
}

function encoded(octets: Buffer | string, head: string): string {
  return `${head}Content-Transfer-Encoding: base64\n\n${base64(octets)}`;
}

const OCTETS = 'Content-Type: application/octet-stream\n';
const ATTACHED = 'Content-Disposition: attachment\n';
const TEXT = 'Content-Type: text/plain\n';

describe('what is an attachment', () => {
  it.each([
    ['text', TEXT, false],
    ['HTML', 'Content-Type: text/html\n', false],
    ['text that says nothing', '', false],
    ['text that says so', `${TEXT}${ATTACHED}`, true],
    ['text with a name', 'Content-Type: text/plain; name=a\n', true],
    ['other text', 'Content-Type: text/calendar\n', true],
    ['octets', OCTETS, true],
  ])('%s', (_what, head, isAttachment) => {
    expect(partsOf(`${head}\na\n`)).toMatchObject([{ isAttachment }]);
  });
});

describe('the kind of a part', () => {
  it.each<[what: string, message: string, types: readonly string[]]>([
    ['is told by its octets', encoded(PROGRAM, OCTETS), ['executable']],
    ['is told by its name', encoded('words', `${OCTETS}Content-Location: a.js\n`), ['script']],
    ['is told by its type', encoded('words', 'Content-Type: application/x-msdownload\n'), ['executable']],
    [
      'is told in quoted-printable',
      `${OCTETS}Content-Transfer-Encoding: quoted-printable\n\n=4DZ=90=00=03\n`,
      ['executable'],
    ],
    ['is told of a body that is a program', encoded(PROGRAM, TEXT), ['executable']],
    ['is told of a body as it stands', `${TEXT}\nMZ\x90\0\x03${'\0'.repeat(70)}\n`, ['executable']],
    [
      'is told of a body in quoted-printable',
      `${TEXT}Content-Transfer-Encoding: quoted-printable\n\n=4DZ=90=00=03${'=00'.repeat(70)}\n`,
      ['executable'],
    ],
    ['is not told of a body that is a script', `${TEXT}\n#!/bin/sh\n`, []],
    ['is told of an attachment that is', `${TEXT}${ATTACHED}\n#!/bin/sh\n`, ['script']],
    ['is told of an archive in a body', encoded(zip({ 'a.exe': PROGRAM }), TEXT), ['archive', 'executable']],
    ['is told of a compound file', encoded(ole('Root Entry', '_VBA_PROJECT'), OCTETS), ['macro-document']],
    [
      'is told of a TNEF stream',
      encoded(tnef([{ title: 'a.js', content: PROGRAM }]), OCTETS),
      ['executable', 'script', 'tnef'],
    ],
    [
      'is told behind padding',
      `${OCTETS}Content-Transfer-Encoding: base64\n\nTQ==\n${base64(PROGRAM.subarray(1))}`,
      ['executable'],
    ],
    [
      'counts an encrypted archive as one',
      encoded(zip({ a: PROGRAM }, true), OCTETS),
      ['archive', 'encrypted-archive'],
    ],
    ['is that of an empty part', OCTETS, []],
  ])('%s', (_what, message, types) => {
    expect(typesOf(message)).toEqual(types);
  });
});

describe('an archive with something in front', () => {
  const archive = Buffer.concat([Buffer.from('junk'), zip({ 'evil.exe': Buffer.from('words') })]);

  it.each([
    ['called one', 'Content-Type: application/octet-stream; name=a.zip\n', true],
    ['called a Java archive', 'Content-Type: application/octet-stream; name=a.jar\n', true],
    ['called a document', 'Content-Type: application/octet-stream; name=A.DOCX\n', true],
    ['of its type', 'Content-Type: application/zip\n', true],
    ['called nothing', OCTETS, false],
    ['called text', 'Content-Type: application/octet-stream; name=a.jar.txt\n', false],
  ])('%s', (_what, head, isRead) => {
    expect(namesOf(encoded(archive, head)).includes('evil.exe')).toBe(isRead);
  });

  it('is none where it only is called one', () => {
    expect(reasonsOf(encoded('words', 'Content-Type: application/zip\n'))).toEqual([]);
  });
});

describe('a mail kept as a file', () => {
  const mail = 'Subject: x\nContent-Type: application/octet-stream; name=evil.exe\n\na\n';
  it.each([
    ['a.eml', mail, true],
    ['a.MHT', mail, true],
    ['a.mhtml', mail, true],
    ['a.nws', `\n${mail}`, true],
    ['a.eml', 'no mail\n', false],
    ['a.emlx', mail, false],
    ['a.eml.txt', mail, false],
  ])('called %s is read: %#', (name, content, isRead) => {
    const message = `Content-Type: application/octet-stream; name=${name}\nContent-Transfer-Encoding: base64\n\n${base64(octetsOf(content))}`;

    // What stands behind an empty first line is a body.
    expect(partsOf(message).length > 1).toBe(isRead);
    if (isRead && content === mail) expect(namesOf(message)).toContain('evil.exe');
  });
});

describe('base64 that is not said to be', () => {
  it.each<[what: string, message: string, isHidden: boolean]>([
    ['of a program', `${TEXT}\n${base64(PROGRAM)}`, true],
    ['of an archive', `${TEXT}\n${base64(zip({ a: PROGRAM }))}`, true],
    ['of a program in an attachment', `${OCTETS}\n${base64(PROGRAM)}`, true],
    ['behind empty lines', `${TEXT}\n\n\n${base64(PROGRAM)}`, true],
    ['of a page', `${TEXT}\n${base64('<html><body>')}`, false],
    ['of words', `${TEXT}\n${base64('only words')}`, false],
    ['behind a word', `${TEXT}\nsee this\n${base64(PROGRAM)}`, false],
    ['that is said to be', encoded(PROGRAM, TEXT), false],
    ['of three octets', `${TEXT}\nTVo\n`, false],
  ])('%s', (_what, message, isHidden) => {
    expect(reasonsOf(message).includes('ambiguous hidden-base64')).toBe(isHidden);
    expect(typesOf(message).includes('executable')).toBe(
      isHidden ? !message.includes('UEsD') : message === encoded(PROGRAM, TEXT),
    );
  });
});

describe('text', () => {
  it.each<[what: string, message: string, text: readonly string[]]>([
    ['in UTF-8', `${TEXT}\n\xc3\xbc`, ['\u00fc']],
    ['in another charset', 'Content-Type: text/plain; charset=iso-8859-1\n\n\xfc', ['\u00fc']],
    ['in base64', encoded('a b', TEXT), ['a b']],
    ['in base64 without an end', `${TEXT}Content-Transfer-Encoding: base64\n\nYSBi\nYw\n`, ['a bc']],
    ['in quoted-printable', `${TEXT}Content-Transfer-Encoding: quoted-printable\n\na=\n=20b`, ['a b']],
    ['in two encodings', `${TEXT}Content-Transfer-Encoding: qp\n\na=41`, ['a=41', 'aA']],
    ['of HTML', 'Content-Type: text/html\n\n<p>a<b>b</b>', ['<p>a<b>b</b>', ' ab']],
    ['that looks like HTML', `${TEXT}\na<br>b`, ['a<br>b', 'a b']],
    ['with a sign', `${TEXT}\na < b`, ['a < b']],
    ['of another kind', 'Content-Type: text/calendar\n\na', ['a']],
    ['of no kind', 'Content-Type: application/json\n\na', []],
    ['of nothing', TEXT, []],
  ])('%s', (_what, message, text) => {
    expect(scanned(message).text).toEqual(text);
  });

  it('is kept up to a bound', () => {
    const [text = ''] = scanned(`${TEXT}\n${'abcdefgh\n'.repeat(40_000)}`).text;

    expect(text).toHaveLength(262_144);
    expect(text.startsWith('abcdefgh\r\nabc')).toBe(true);
  });
});

describe('a file is looked at', () => {
  const image = Buffer.alloc(40_000);
  image.write('CD001', 32_769, 'latin1');

  it('as far as an image of a disk is told by', () => {
    expect(typesOf(encoded(image, OCTETS))).toEqual(['disk-image']);
  });

  it('not so far where it is a body', () => {
    expect(typesOf(encoded(image, TEXT))).toEqual([]);
  });

  it('to its end where it is an archive, however long', () => {
    const noise = Buffer.concat(
      Array.from({ length: 4000 }, (_none, index) => createHash('sha256').update(`${index}`).digest()),
    );
    const archive = zip({ 'noise.bin': noise, 'evil.exe': Buffer.from('words') });

    expect(deflateRawSync(noise).length).toBeGreaterThan(100_000);
    expect(namesOf(encoded(archive, OCTETS))).toContain('evil.exe');
  });
});

it.each([
  ['message/rfc822', true],
  ['message/global', true],
  ['message/delivery-status', true],
  ['message/partial', false],
  ['message/partial2', true],
  ['message/external-body', false],
  ['message/rfc822-headers', false],
  ['text/rfc822', true],
  ['application/x-rfc822', true],
  ['text/rfc822-headers', false],
  ['image/rfc822', false],
  ['x-message/rfc822', false],
])('%s is read as a message: %s', (type, isIt) => {
  expect(isMessage(type)).toBe(isIt);
});
