/** Messages made to keep a scanner busy: they end at a bound, or cost no more by the octet than small ones. */
import { describe, expect, it } from 'vitest';
import { base64, uuencoded, zip } from '../../../test/support/evasion.ts';
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
function nestedMessages(depth: number, body = 'Hello\r\n'): Buffer {
  let message = Buffer.from(`Subject: x\r\n\r\n${body}`);
  for (let level = 0; level < depth; level += 1) {
    message = Buffer.from(
      `Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(message)}`,
    );
  }
  return message;
}

function attached(octets: Buffer, type = 'application/zip'): Buffer {
  return Buffer.concat([
    Buffer.from(`Content-Type: ${type}\r\nContent-Transfer-Encoding: base64\r\n\r\n`),
    Buffer.from(base64(octets).replaceAll('\n', '\r\n'), 'latin1'),
  ]);
}

/** An archive of which a file inflates to a thousand times its size, in an archive. */
function inflated(): Buffer {
  return attached(zip({ 'b.zip': zip({ 'a.txt': Buffer.alloc(50_000_000) }) }));
}

/** An archive that says of its file that it has nearly 4 GB. */
function claiming(): Buffer {
  const archive = zip({ 'a.txt': Buffer.from('x') });
  archive.writeUInt32LE(0xffff_fffe, 22);
  return attached(archive);
}

/** So many entries that have a name each and nothing else. */
function entries(count: number): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_none, index) => {
      const name = Buffer.from(`${index}.txt`);
      const header = Buffer.alloc(30);
      header.write('PK\x03\x04', 'latin1');
      header.writeUInt16LE(name.length, 26);
      return Buffer.concat([header, name]);
    }),
  );
}

const TNEF = Buffer.from('789f3e220100', 'hex');
const EMPTY_ATTRIBUTE = Buffer.from([1, ...Array<number>(10).fill(0)]);
/** The tag of a long file name in UTF-16, and a length of two octets. */
const NAME_PROPERTY = Buffer.from('1f00073700000000020000006100', 'hex');

function tnefOf(id: number, data: Buffer, count: number): Buffer {
  const header = Buffer.alloc(9);
  header.writeUInt8(2, 0);
  header.writeUInt32LE(id, 1);
  header.writeUInt32LE(data.length, 5);
  const attribute = Buffer.concat([header, data, Buffer.alloc(2)]);
  return Buffer.concat([TNEF, Buffer.alloc(attribute.length * count, attribute)]);
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
  ['a few of these, and large', () => nestedMessages(5, 'Hello\r\n'.repeat(500_000)), 'too-deep'],
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
  ['an archive that inflates', inflated, 'archive-inflates'],
  ['an archive that claims 4 GB', claiming, 'archive-inflates'],
  ['tiny entries of an archive', () => attached(entries(100_000)), 'too-many-names-inside'],
  [
    'the first letter of a signature',
    () => attached(Buffer.concat([entries(1), Buffer.alloc(9_000_000, 'PK')])),
    'too-irregular',
  ],
  [
    'attributes of a TNEF stream',
    () => attached(Buffer.concat([TNEF, Buffer.alloc(9_000_000, EMPTY_ATTRIBUTE)])),
    'too-many-names-inside',
  ],
  [
    'titles of a TNEF stream',
    () => attached(tnefOf(0x0001_8010, Buffer.from('a.txt\0'), 500_000)),
    'too-many-names-inside',
  ],
  [
    'properties of a TNEF stream',
    () => attached(tnefOf(0x0006_9005, Buffer.alloc(65_520, NAME_PROPERTY), 140)),
    'too-many-names-inside',
  ],
  [
    'an archive in uuencode',
    () =>
      repeated(
        'Content-Type: a/b; name=a.zip\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\n',
        uuencoded(entries(500)).split('\n').slice(1, -3).join('\r\n').concat('\r\n'),
      ),
    'too-irregular',
  ],
  [
    'an archive in quoted-printable',
    () => repeated(`${ENCODED}quoted-printable\r\n\r\nPK=03=04`, `${'=41'.repeat(24)}=\r\n`),
    'too-irregular',
  ],
  ['blanks in base64', () => repeated(`${ENCODED}base64\r\n\r\n`, `${'A B C D '.repeat(9)}\r\n`), 'too-irregular'],
  ['padding in base64', () => repeated(`${ENCODED}base64\r\n\r\n`, `${'='.repeat(76)}\r\n`), 'too-irregular'],
  ['files in text', () => repeated('\r\n', uuencoded('Hello').replaceAll('\n', '\r\n')), 'too-many-delimiters'],
  ['files in yEnc', () => repeated('\r\n', '=ybegin line=128 name=a.exe\r\n'), 'too-many-delimiters'],
  [
    'encoded words in names',
    () => repeated(MIXED, `--b\r\nContent-Type: a/b; name="${'=?utf-8?q?a?='.repeat(300)}"\r\n\r\n`),
    'too-many-parameters',
  ],
  [
    'charsets that there are not',
    () =>
      Buffer.from(`Subject: ${Array.from({ length: 3500 }, (_none, index) => `=?x${index}?q?a?=`).join(' ')}\r\n\r\n`),
    'too-many-parameters',
  ],
  ['fields of parts', () => repeated(MIXED, `--b\r\n${'Content-A:b\r\n'.repeat(4600)}\r\n`), 'too-many-fields'],
  ['lines of heads that are none', () => repeated(MIXED, `--b\r\n${'x\r\n'.repeat(20_000)}\r\n`), 'too-many-fields'],
  ['blanks in heads', () => repeated(MIXED, `--b\r\nA: b\r\n${' \r\n'.repeat(20_000)}\r\n`), 'too-many-fields'],
  [
    'a header that stands for itself',
    () => repeated('Content-Type: text/rfc822-headers\r\n\r\n', 'A: b\r\n'),
    'head-too-large',
  ],
  ['ruled lines', () => repeated('\r\n', `${'-'.repeat(72)}\r\n`), undefined],
  ['hyphens', () => repeated('\r\n', 'a-b-c-d-e-f-g-h\r\n'), undefined],
  ['words that begin files', () => repeated('\r\n', 'we begin again\r\n'), undefined],
  ['the first letter of these', () => repeated('\r\n', 'bbbbbbbbbbbbbb\r\n'), undefined],
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
