import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedContent, unstuffed } from '../../test/support/content-oracle.ts';
import { inSizes, SEGMENTATIONS, type Segmentation, WHOLE } from '../../test/support/segmentation.ts';
import { type BadOctet, DataScanner, type DataScannerOptions, MAX_RECEIVED_FIELDS } from './data-scanner.ts';

interface Scan {
  readonly forwarded: string;
  readonly fault: string | undefined;
  readonly badOctet: BadOctet | undefined;
  readonly isComplete: boolean;
  readonly octets: number;
  readonly used: number;
}

const REJECT = { maxOctets: 1_000_000, bareNewline: 'reject' } as const satisfies DataScannerOptions;
const NORMALISE = { maxOctets: 1_000_000, bareNewline: 'normalise' } as const satisfies DataScannerOptions;

/** Scans `input` (octets as Latin-1) as it is cut; content that a fault voids is not told. */
function scan(input: string, options: DataScannerOptions, { cut }: Segmentation = WHOLE): Scan {
  const scanner = new DataScanner(options);
  const pieces: Uint8Array[] = [];
  let used = 0;
  for (const chunk of cut(Buffer.from(input, 'latin1'))) {
    if (scanner.isComplete) break;
    used += scanner.scan(chunk, 0, pieces);
    expect(scanner.heldOctets).toBeLessThanOrEqual(2);
  }
  const { fault, badOctet, isComplete, octets } = scanner;
  const forwarded = fault === undefined ? Buffer.concat(pieces).toString('latin1') : '';
  return { forwarded, fault, badOctet, isComplete, octets, used };
}

const DOT = '\r\n.\r\n';

describe.each(SEGMENTATIONS)('DataScanner, input $name', (segmentation) => {
  // The end of data is CR LF . CR LF and nothing else (RFC 5321 section 4.1.1.4; CVE-2023-51764 and its family).
  describe.each<[name: string, octets: string, mended: string]>([
    ['LF . LF', '\n.\n', '\r\n..\r\n'],
    ['LF . CR LF', '\n.\r\n', '\r\n..\r\n'],
    ['CR . CR', '\r.\r', '\r\n..\r\n'],
    ['CR . CR LF', '\r.\r\n', '\r\n..\r\n'],
    // The dot after a true CR LF was stuffing; an empty line is left.
    ['CR LF . LF', '\r\n.\n', '\r\n\r\n'],
    ['CR LF . CR', '\r\n.\r', '\r\n\r\n'],
  ])('at %s', (_name, octets, mended) => {
    const input = `a${octets}MAIL FROM:<smuggled@example.com>${DOT}`;

    it('refuses the message under reject, and ends it only at its own end', () => {
      const result = scan(input, REJECT, segmentation);

      expect(result).toMatchObject({ fault: 'bad-content', isComplete: true, used: input.length, forwarded: '' });
    });

    it('mends it under normalise, inside one message', () => {
      const result = scan(input, NORMALISE, segmentation);

      expect(result).toMatchObject({ fault: undefined, isComplete: true, used: input.length });
      expect(result.forwarded).toBe(`a${mended}MAIL FROM:<smuggled@example.com>\r\n`);
    });
  });

  it.each(['reject', 'normalise'] as const)('refuses CR LF . NUL CR LF under %s, and does not end there', (mode) => {
    const input = `a\r\n.\0\r\nb${DOT}`;
    const result = scan(input, { ...REJECT, bareNewline: mode }, segmentation);

    expect(result).toMatchObject({ fault: 'bad-content', isComplete: true, used: input.length });
  });

  it.each<[claim: string, input: string, forwarded: string, octets: number]>([
    ['takes no content at all', '.\r\n', '', 0],
    ['takes an empty line', `${DOT}`, '\r\n', 2],
    ['passes a line', `abc${DOT}`, 'abc\r\n', 5],
    ['passes a stuffed dot as it came and does not count it', `..${DOT}`, '..\r\n', 3],
    ['passes a dot that was not stuffed, which is stuffing to whoever reads it', `.a${DOT}`, '.a\r\n', 3],
    ['passes dots inside a line', `a.b..${DOT}`, 'a.b..\r\n', 7],
    ['passes octets above 0x7F', `\x80\xff${DOT}`, '\x80\xff\r\n', 4],
    ['passes other control octets', `\x01\t\x7f${DOT}`, '\x01\t\x7f\r\n', 5],
    ['passes lines of any length', `${'a'.repeat(5000)}${DOT}`, `${'a'.repeat(5000)}\r\n`, 5002],
  ])('%s', (_claim, input, forwarded, octets) => {
    const result = scan(input, REJECT, segmentation);

    expect(result).toEqual({
      forwarded,
      fault: undefined,
      badOctet: undefined,
      isComplete: true,
      octets,
      used: input.length,
    });
  });

  it.each<[claim: string, input: string, forwarded: string]>([
    ['mends a bare LF', `a\nb${DOT}`, 'a\r\nb\r\n'],
    ['mends a bare CR', `a\rb${DOT}`, 'a\r\nb\r\n'],
    ['mends LF LF to two ends of line', `a\n\nb${DOT}`, 'a\r\n\r\nb\r\n'],
    ['mends CR CR LF to two ends of line', `a\r\r\nb${DOT}`, 'a\r\n\r\nb\r\n'],
    ['mends LF at the very start', `\na${DOT}`, '\r\na\r\n'],
    ['stuffs a dot that mending brought to the start of a line', `a\n.b${DOT}`, 'a\r\n..b\r\n'],
    ['does not stuff a dot that was stuffed', `a\r\n..b${DOT}`, 'a\r\n..b\r\n'],
    ['takes CR LF before the end after a mended line', `a\n${DOT}`, 'a\r\n\r\n'],
  ])('under normalise %s', (_claim, input, forwarded) => {
    const result = scan(input, NORMALISE, segmentation);

    expect(result).toMatchObject({ forwarded, fault: undefined, isComplete: true, used: input.length });
  });

  it('uses no octet after the end of data', () => {
    expect(scan(`a${DOT}NOOP\r\n`, REJECT, segmentation).used).toBe(`a${DOT}`.length);
  });

  it('does not end without its last LF', () => {
    expect(scan('a\r\n.\r', REJECT, segmentation).isComplete).toBe(false);
  });

  // maxMessageOctets counts content: no stuffed dots, no terminator (RFC 1870 section 3).
  it.each<[claim: string, input: string, fault: string | undefined]>([
    ['takes content at the limit', `12345678${DOT}`, undefined],
    ['refuses one octet over it', `123456789${DOT}`, 'too-large'],
    ['takes content at the limit, stuffed dots beside', `..234\r\n..x${DOT}`, undefined],
    ['refuses one octet over it, stuffed dots beside', `..234\r\n..xy${DOT}`, 'too-large'],
    ['takes empty lines at the limit', `\r\n\r\n\r\n\r\n${DOT}`, undefined],
    ['refuses content that is too large and bad for its size', `1\n3456789012${DOT}`, 'too-large'],
    ['refuses content that is bad and then too large for its size', `1234567890\n2\n${DOT}`, 'too-large'],
  ])('%s of 10', (_claim, input, fault) => {
    const result = scan(input, { ...REJECT, maxOctets: 10 }, segmentation);

    expect(result).toMatchObject({ fault, isComplete: true, used: input.length });
  });

  // Received fields of the header (RFC 5321 section 6.3).
  const field = 'Received: from a\r\n\tby b\r\n';
  it.each<[claim: string, input: string, fault: string | undefined]>([
    ['takes fifty', field.repeat(MAX_RECEIVED_FIELDS), undefined],
    ['refuses fifty-one', field.repeat(MAX_RECEIVED_FIELDS + 1), 'mail-loop'],
    ['refuses fifty-one among others', `${field}Subject: x\r\n`.repeat(MAX_RECEIVED_FIELDS + 1), 'mail-loop'],
    ['reads the name in any case', 'rEcEiVeD: x\r\n'.repeat(MAX_RECEIVED_FIELDS + 1), 'mail-loop'],
    ['reads a stuffed line as its reader will', '.Received: x\r\n'.repeat(MAX_RECEIVED_FIELDS + 1), 'mail-loop'],
    ['counts none in the body', `Subject: x\r\n\r\n${field.repeat(100)}`, undefined],
    ['counts none behind an empty first line', `\r\n${field.repeat(100)}`, undefined],
    ['counts no field of a longer name', 'X-Received: x\r\n'.repeat(100), undefined],
    ['counts no field of a name that only begins alike', 'Received-SPF: x\r\n'.repeat(100), undefined],
    // 0x1A is the colon with one bit less, as an upper-case letter is the lower-case one with one bit less.
    ['counts no field whose colon is another octet', 'Received\x1a x\r\n'.repeat(100), undefined],
    [
      'counts one field whose body goes on like the name',
      'Received:eceived: x\r\n'.repeat(MAX_RECEIVED_FIELDS),
      undefined,
    ],
    ['counts no folded line', `Subject: a\r\n${' Received: x\r\n'.repeat(100)}`, undefined],
  ])('of Received fields %s', (_claim, input, fault) => {
    expect(scan(`${input}.\r\n`, REJECT, segmentation)).toMatchObject({ fault, isComplete: true });
  });

  it.each([
    ['bare LF', '\n'],
    ['bare CR', '\r'],
    ['a lone stuffed dot', '.\n'],
  ])('sees the header end at an empty line of %s that is corrected', (_name, newline) => {
    const input = `Subject: x\r\n${newline}${field.repeat(100)}.\r\n`;

    expect(scan(input, NORMALISE, segmentation)).toMatchObject({ fault: undefined, isComplete: true });
  });

  it('counts Received fields of a header whose newlines are corrected', () => {
    const input = `${'Received: x\n'.repeat(MAX_RECEIVED_FIELDS + 1)}${DOT}`;

    expect(scan(input, NORMALISE, segmentation)).toMatchObject({ fault: 'mail-loop', isComplete: true });
  });
});

// Whoever has to correct the program that sent it is told what and where.
describe.each(SEGMENTATIONS)('DataScanner tells of a bad octet, input $name', (segmentation) => {
  const head = `Subject: x\r\n\r\n${`${'x'.repeat(98)}\r\n`.repeat(9)}`;

  it.each([
    ['a bare LF', `a\nb${DOT}`, { name: 'bare LF', line: 1 }],
    ['a bare LF in line 12', `${head}abc\nb${DOT}`, { name: 'bare LF', line: 12 }],
    ['a bare CR in line 12', `${head}abc\rb${DOT}`, { name: 'bare CR', line: 12 }],
    ['NUL in line 12', `${head}abc\0b${DOT}`, { name: 'NUL', line: 12 }],
    ['a bare LF behind a dot', `${head}.\nb${DOT}`, { name: 'bare LF', line: 12 }],
    ['the first of several', `${head}a\nb\0\rc${DOT}`, { name: 'bare LF', line: 12 }],
  ])('%s', (_what, input, badOctet) => {
    expect(scan(input, REJECT, segmentation)).toMatchObject({ fault: 'bad-content', badOctet });
  });

  it('counts corrected lines where NUL alone is a fault', () => {
    const result = scan(`a\nb\rc\r\n\0${DOT}`, NORMALISE, segmentation);

    expect(result).toMatchObject({ fault: 'bad-content', badOctet: { name: 'NUL', line: 4 } });
  });

  it('no octet where the message is too large as well', () => {
    const result = scan(`a\nb${DOT}`, { ...REJECT, maxOctets: 2 }, segmentation);

    expect(result).toMatchObject({ fault: 'too-large', badOctet: undefined });
  });
});

// What a next hop lacks the extension for: octets above 0x7F, in the header and in the body apart.
describe.each(SEGMENTATIONS)('DataScanner where content must be ASCII, input $name', (segmentation) => {
  const long = `${'x'.repeat(98)}\r\n`.repeat(5);
  const everywhere = { header: true, body: true };

  it.each([
    ['in the header', `Subject: \xc3\xa9\r\n\r\nx${DOT}`, '8-bit-header'],
    ['in the first octet', `\x80${DOT}`, '8-bit-header'],
    ['in content without an empty line', `a\r\n\xff${DOT}`, '8-bit-header'],
    ['in the body', `Subject: x\r\n\r\n\xc3\xa9${DOT}`, '8-bit-body'],
    ['behind a stuffed dot', `Subject: x\r\n\r\n..\x80${DOT}`, '8-bit-body'],
    ['far behind', `Subject: x\r\n\r\n${long}\x80${long}.\r\n`, '8-bit-body'],
    ['in both, the header first', `Subject: \x80\r\n\r\n\x80${DOT}`, '8-bit-header'],
  ])('an octet above 0x7F %s is a fault', (_where, input, fault) => {
    expect(scan(input, { ...REJECT, mustBeAscii: everywhere }, segmentation)).toMatchObject({
      fault,
      isComplete: true,
    });
  });

  it.each([
    ['in the body, where only the header must be', `a: b\r\n\r\n${long}\x80${DOT}`, { header: true, body: false }],
    ['in the header, where only the body must be', `a: \x80\r\n\r\nx${DOT}`, { header: false, body: true }],
    ['behind an empty first line', `\r\n\x80${DOT}`, { header: true, body: false }],
    ['behind a line that is mended to an empty one', `a: b\r\n\r\x80${DOT}`, { header: true, body: false }],
  ])('an octet above 0x7F passes %s', (_where, input, mustBeAscii) => {
    expect(scan(input, { ...NORMALISE, mustBeAscii }, segmentation).fault).toBeUndefined();
  });

  it('the largest octet of ASCII passes', () => {
    expect(
      scan(`a: \x7f\r\n\r\n\x7f${DOT}`, { ...REJECT, mustBeAscii: everywhere }, segmentation).fault,
    ).toBeUndefined();
  });
});

describe('DataScanner, chunk by chunk', () => {
  /** Scans the chunks (octets as Latin-1) under normalise; gives the pieces that were handed on, and the octets. */
  function scanned(chunks: readonly string[]): { readonly pieces: readonly string[]; readonly octets: number } {
    const scanner = new DataScanner(NORMALISE);
    const pieces: Uint8Array[] = [];
    for (const chunk of chunks) scanner.scan(Buffer.from(chunk, 'latin1'), 0, pieces);
    return { pieces: pieces.map((piece) => Buffer.from(piece).toString('latin1')), octets: scanner.octets };
  }

  it.each<[claim: string, chunks: readonly string[], pieces: readonly string[]]>([
    ['no piece of a CR that is held', ['\r'], []],
    ['no piece of a dot that is held', ['.', '\r'], []],
    ['no piece of an empty chunk', ['a', ''], ['a']],
    ['no piece of the end of data', ['.\r\n'], []],
    ['a line up to the CR that is held', ['a\r'], ['a']],
    ['a held CR once LF follows', ['a\r', '\nb'], ['a', '\r', '\nb']],
    ['nothing of an octet that is a fault', ['a', '\0'], ['a']],
    ['nothing after a fault', ['\0', 'a'], []],
    ['nothing after a fault, with an end of line cut in two', ['\0\r', '\n'], []],
    ['nothing after a fault, with a newline to mend', ['\0', 'a\n'], []],
    ['nothing after a fault, with a dot to stuff', ['\0', '\n', '.'], []],
  ])('hands on %s', (_claim, chunks, pieces) => {
    expect(scanned(chunks).pieces).toEqual(pieces);
  });

  // A dot may yet turn out to be stuffing or the end of data; a CR is content in any case.
  it.each<[claim: string, input: string, octets: number]>([
    ['a held CR', 'a\r', 2],
    ['no held dot', 'a\r\n.', 3],
    ['no held dot and CR', 'a\r\n.\r', 3],
    ['no dot that was stuffing', 'a\r\n.b', 4],
  ])('counts %s', (_claim, input, octets) => {
    expect(scanned([input]).octets).toBe(octets);
  });
});

describe('DataScanner', () => {
  /** Octets that matter to the scanner, and lines on which its fast path starts. */
  const text = fc
    .array(
      fc.oneof(
        {
          weight: 4,
          arbitrary: fc.constantFrom('\r\n', '.', '\r\n.', '\r\n..', 'a', ' ', 'Received: x\r\n', '\r\n\r\n'),
        },
        { weight: 1, arbitrary: fc.constantFrom('\r', '\n', '\0', '\n.\n', '\r\n.\n', '\n.\r\n', '\r.\r', '\x80') },
        { weight: 3, arbitrary: fc.integer({ min: 60, max: 300 }).map((length) => 'x'.repeat(length)) },
        { weight: 2, arbitrary: fc.integer({ min: 1, max: 40 }).map((count) => '.x\r\n'.repeat(count)) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }).map((count) => 'Received: x\r\n'.repeat(count)) },
      ),
      { maxLength: 40 },
    )
    .map((parts) => `${parts.join('')}\r\n.\r\n`);
  const cleanText = text.map((content) => content.replace(/\0|\r(?!\n)|(?<!\r)\n/g, 'y'));
  const sizes = fc.array(
    fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 60, max: 70 }), fc.integer({ min: 1, max: 2000 })),
    {
      minLength: 1,
      maxLength: 8,
    },
  );
  const options = fc.record({
    bareNewline: fc.constantFrom('reject' as const, 'normalise' as const),
    maxOctets: fc.constantFrom(200, 2000, 1_000_000),
    mustBeAscii: fc.record({ header: fc.boolean(), body: fc.boolean() }),
  });

  it('finds on any content what the oracle finds, however it is cut', () => {
    fc.assert(
      fc.property(fc.oneof(text, cleanText), sizes, options, (input, cut, mode) => {
        const expected = expectedContent(input, mode);
        const result = scan(input, mode, inSizes(cut));

        expect(result).toMatchObject({ used: expected.end, octets: expected.octets, isComplete: true });
        expect(result.fault === undefined).toBe(expected.fault === undefined);
        if (result.fault === 'bad-content') expect(result.badOctet?.line).toBe(expected.badLine);
        if (expected.fault === 'too-large') expect(result.fault).toBe('too-large');
        if (expected.fault !== undefined) return;
        expect(unstuffed(result.forwarded)).toBe(expected.message);
        // No next hop can see an end before ours.
        expect(`\r\n${result.forwarded}`).not.toContain(DOT);
      }),
      { numRuns: 3000 },
    );
  });

  it('scans on its fast path what the plain scanner does', () => {
    fc.assert(
      fc.property(fc.oneof(text, cleanText), sizes, options, (input, cut, mode) => {
        const fast = scan(`\r\n${input}`, mode, inSizes(cut));
        const plain = scan(`\r\n${input}`, { ...mode, isPlain: true }, inSizes(cut));

        expect(fast).toEqual(plain);
      }),
      { numRuns: 3000 },
    );
  });

  it('forwards content that ends in CR LF, or none', () => {
    fc.assert(
      fc.property(fc.oneof(text, cleanText), sizes, options, (input, cut, mode) => {
        expect(scan(input, mode, inSizes(cut)).forwarded).toMatch(/^$|\r\n$/);
      }),
      { numRuns: 1000 },
    );
  });

  // The sizes in which a socket reads.
  it.each([63, 64, 65, 65_535, 65_536, 65_537])(
    'passes 400 kB in chunks of %i on the fast path as on the plain one',
    (size) => {
      const lines = Array.from(
        { length: 4000 },
        (_, line) => `${line % 7 === 0 ? '..' : ''}${'x'.repeat((line * 37) % 199)}`,
      );
      const input = `Subject: x\r\n\r\n${lines.join('\r\n')}${DOT}`;

      const fast = scan(input, REJECT, inSizes([size]));
      const plain = scan(input, { ...REJECT, isPlain: true }, inSizes([size]));

      expect(fast.isComplete).toBe(true);
      expect(fast.forwarded === input.slice(0, -3)).toBe(true);
      expect(fast.octets).toBe(plain.octets);
      expect(fast.forwarded === plain.forwarded).toBe(true);
    },
  );

  it.each([63, 64, 65, 65_535, 65_536, 65_537])('finds one bare LF in 400 kB in chunks of %i', (size) => {
    const clean = `\r\n${`${'x'.repeat(98)}\r\n`.repeat(4000)}`;
    const input = `${clean.slice(0, 200_050)}\n${clean.slice(200_050)}.\r\n`;

    expect(scan(input, REJECT, inSizes([size]))).toMatchObject({ fault: 'bad-content', isComplete: true });
  });
});
