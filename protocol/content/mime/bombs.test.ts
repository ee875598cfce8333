/** Messages made to keep a scanner busy: they end at a bound, or cost no more by the octet than small ones. */
import { describe, expect, it } from 'vitest';
import { base64, zip } from '../../../test/support/evasion.ts';
import { factsOf } from '../../../test/support/mime-facts.ts';
import { inSizes } from '../../../test/support/segmentation.ts';

const OCTETS = 20_000_000;
const MIXED = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n';
const IN_CHUNKS = inSizes([65_536]);

function repeated(beginning: string, text: string, octets = OCTETS): Buffer {
  return Buffer.concat([Buffer.from(beginning), Buffer.alloc(octets - beginning.length, text, 'latin1')]);
}

function nestedMultiparts(depth: number): Buffer {
  const heads = Array.from(
    { length: depth },
    (_none, level) => `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`,
  );
  return Buffer.from(heads.join(''));
}

/** A message in base64 inside a message in base64, and so on. */
function nestedMessages(depth: number): Buffer {
  let message = Buffer.from('Subject: x\r\n\r\nHello\r\n');
  for (let level = 0; level < depth; level += 1) {
    message = Buffer.from(
      `Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(message)}`,
    );
  }
  return message;
}

/** An archive of 5 MB that inflates to 5 GB, in an archive. */
function inflated(): Buffer {
  const bomb = zip({ 'b.zip': zip({ 'a.txt': Buffer.alloc(50_000_000) }) });
  return Buffer.from(`Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(bomb)}`);
}

const ENCODED = 'Content-Type: application/pdf\r\nContent-Transfer-Encoding: ';

const BOMBS: readonly (readonly [name: string, make: () => Buffer, reason: string | undefined])[] = [
  ['a million parts', () => repeated(MIXED, '--b\r\n\r\n', 7_000_000), 'too-many-parts'],
  ['a header of one field', () => repeated('X-A: ', 'aaaaaaaa\r\n '), 'head-too-large'],
  ['a header of many fields', () => repeated('', 'X-A: b\r\n'), 'head-too-large'],
  ['one line', () => repeated(MIXED, 'a'), 'line-too-long'],
  ['one line without a head', () => repeated('', 'a'), 'line-too-long'],
  ['five million dashes', () => repeated(MIXED, '--\r\n'), 'too-many-delimiters'],
  ['five million dashes in lines', () => repeated(MIXED, 'a--\r\n'), 'too-many-delimiters'],
  ['almost delimiters', () => repeated(MIXED, '--bb\r\n'), 'too-many-parts'],
  ['fields in text', () => repeated(MIXED, 'content-type: a/b\r\n'), 'too-many-delimiters'],
  ['beginnings of files', () => repeated('\r\n', 'begin 644 a\r\n'), 'too-many-delimiters'],
  ['multiparts in multiparts', () => nestedMultiparts(10_000), 'too-deep'],
  ['messages in messages', () => repeated('', 'Content-Type: message/rfc822\r\n\r\n'), 'too-deep'],
  ['messages in messages in base64', () => nestedMessages(24), 'too-deep'],
  [
    'names in a field',
    () => repeated(MIXED, `--b\r\nContent-Type: a/b; ${'name="a'.repeat(560)}\r\n\r\n`),
    'too-many-parameters',
  ],
  [
    'names in an archive',
    () => repeated('Content-Type: a/b\r\n\r\n', `PK\x03\x04${'\0'.repeat(22)}\x01\0\0\0a\n`),
    'too-many-names-inside',
  ],
  [
    'equals signs',
    () => repeated(`${ENCODED}quoted-printable\r\n\r\n`, `${'='.repeat(70)}\r\n`),
    'quoted-printable-junk',
  ],
  ['octets that are not base64', () => repeated(`${ENCODED}base64\r\n\r\n`, `${'#'.repeat(70)}\r\n`), 'base64-junk'],
  ['an archive that inflates', inflated, undefined],
  ['empty lines', () => repeated('\r\n', '\r\n'), undefined],
];

/** How many times as long four times the octets may take: 4 is linear, 16 is a square. */
const MOST_GROWTH = 10;
/** Milliseconds below which a clock tells nothing on a busy machine. */
const NOTHING_MS = 300;
/** Octets beside the message itself. */
const MOST_OCTETS = 48_000_000;

function processorMs(octets: Buffer): number {
  const before = process.cpuUsage();
  factsOf(octets, {}, IN_CHUNKS.cut(octets));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The least of a few: what else runs meanwhile only adds. */
function leastMs(octets: Buffer): number {
  return Math.min(processorMs(octets), processorMs(octets), processorMs(octets));
}

describe.each(BOMBS)('%s', (_name, make, reason) => {
  it('end at a bound, and are called what they are', () => {
    const message = make();

    const { structure, parts, text } = factsOf(message, {}, IN_CHUNKS.cut(message));

    if (reason !== undefined) expect(structure.map((odd) => odd.reason)).toContain(reason);
    expect(parts.length).toBeLessThanOrEqual(1000);
    expect(text.join('').length).toBeLessThanOrEqual(2_200_000);
  });

  it('cost no more by the octet for being large, and no memory', () => {
    const message = make();
    const heldBefore = process.memoryUsage.rss();

    const wholeMs = leastMs(message);

    const isNothing = wholeMs < NOTHING_MS;
    const growth = isNothing ? 0 : wholeMs / leastMs(message.subarray(0, message.length / 4));
    expect(growth).toBeLessThan(MOST_GROWTH);
    expect(process.memoryUsage.rss() - heldBefore).toBeLessThan(MOST_OCTETS + 3 * message.length);
  });
});
