import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_REPLY_OCTETS, ReplyParser, type ServerReply } from './reply-parser.ts';

interface Outcome {
  readonly replies: readonly ServerReply[];
  readonly problem: string | undefined;
  readonly bufferedOctets: number;
}

/** Feeds segments as a caller does, and reads all that each gives. */
function parse(segments: readonly Buffer[]): Outcome {
  const parser = new ReplyParser();
  const replies: ServerReply[] = [];
  for (const segment of segments) {
    const lent = Buffer.from(segment);
    parser.receive(lent);
    for (let reply = parser.next(); reply !== undefined; reply = parser.next()) replies.push(reply);
    // The segment's memory is the caller's again.
    lent.fill('#');
  }
  return { replies, problem: parser.problem, bufferedOctets: parser.bufferedOctets };
}

function octets(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function singly(text: string): Buffer[] {
  return [...octets(text)].map((octet) => Buffer.from([octet]));
}

const GOOD: readonly { readonly claim: string; readonly text: string; readonly reply: ServerReply }[] = [
  { claim: 'one line', text: '250 OK\r\n', reply: { code: 250, lines: ['OK'] } },
  {
    claim: 'an enhanced status',
    text: '550 5.1.1 No such user\r\n',
    reply: { code: 550, enhanced: '5.1.1', lines: ['No such user'] },
  },
  { claim: 'an enhanced status alone', text: '250 2.0.0\r\n', reply: { code: 250, enhanced: '2.0.0', lines: [''] } },
  {
    claim: 'a status of another class',
    text: '550 4.1.1 x\r\n',
    reply: { code: 550, enhanced: '4.1.1', lines: ['x'] },
  },
  { claim: 'a number that is no status', text: '550 5.1 x\r\n', reply: { code: 550, lines: ['5.1 x'] } },
  { claim: 'no text', text: '250 \r\n', reply: { code: 250, lines: [''] } },
  { claim: 'no text and no separator (RFC 5321 section 4.2)', text: '250\r\n', reply: { code: 250, lines: [''] } },
  { claim: 'several lines', text: '250-a\r\n250-b\r\n250 c\r\n', reply: { code: 250, lines: ['a', 'b', 'c'] } },
  {
    claim: 'several lines with a status each',
    text: '550-5.7.1 a\r\n550-5.7.1 b\r\n550 5.7.1\r\n',
    reply: { code: 550, enhanced: '5.7.1', lines: ['a', 'b', ''] },
  },
  { claim: 'a last line of code alone', text: '250-a\r\n250\r\n', reply: { code: 250, lines: ['a', ''] } },
  { claim: '8-bit octets and TAB', text: '554 caf\xe9\tx\r\n', reply: { code: 554, lines: ['caf\xe9\tx'] } },
  { claim: 'the lowest code', text: '200 x\r\n', reply: { code: 200, lines: ['x'] } },
  { claim: 'the highest code', text: '599 x\r\n', reply: { code: 599, lines: ['x'] } },
  { claim: '334 with its blank', text: '334 \r\n', reply: { code: 334, lines: [''] } },
  {
    claim: 'exactly 64 KiB',
    text: `250 ${'x'.repeat(MAX_REPLY_OCTETS - 6)}\r\n`,
    reply: { code: 250, lines: ['x'.repeat(MAX_REPLY_OCTETS - 6)] },
  },
];

// Only CR LF ends a line, a code has three digits from 2xx to 5xx, and all lines of a reply carry the same one.
const MALFORMED: readonly { readonly claim: string; readonly text: string; readonly problem: RegExp }[] = [
  { claim: 'a bare LF at the end', text: '250 OK\n', problem: /bare LF/ },
  { claim: 'a bare LF inside', text: '250 OK\n250 x\r\n', problem: /bare LF/ },
  { claim: 'a bare CR inside', text: '250 O\rK\r\n', problem: /bare CR/ },
  { claim: 'CR CR LF', text: '250 OK\r\r\n', problem: /bare CR/ },
  { claim: 'NUL', text: '250 O\0K\r\n', problem: /NUL/ },
  { claim: 'an empty line', text: '\r\n', problem: /without a code/ },
  { claim: 'LF alone', text: '\n', problem: /bare LF/ },
  { claim: 'two digits', text: '25\r\n', problem: /without a code/ },
  { claim: 'four digits', text: '2500 x\r\n', problem: /separator/ },
  { claim: 'letters', text: 'HTTP/1.1 400 Bad Request\r\n', problem: /without a code/ },
  { claim: 'a sign for a digit', text: '-50 x\r\n', problem: /without a code/ },
  { claim: '1xx', text: '150 x\r\n', problem: /without a code/ },
  { claim: '6xx', text: '600 x\r\n', problem: /without a code/ },
  { claim: 'TAB for a separator', text: '250\tx\r\n', problem: /separator/ },
  { claim: 'another separator', text: '250+x\r\n', problem: /separator/ },
  { claim: 'a blank in front', text: ' 250 x\r\n', problem: /without a code/ },
  { claim: 'mixed codes', text: '250-a\r\n550 b\r\n', problem: /codes 250 and 550/ },
  { claim: 'mixed codes between', text: '250-a\r\n251-b\r\n250 c\r\n', problem: /codes 250 and 251/ },
  { claim: 'a line over 64 KiB', text: `250 ${'x'.repeat(MAX_REPLY_OCTETS - 5)}\r\n`, problem: /over 64 KiB/ },
  { claim: 'a line without end', text: 'x'.repeat(MAX_REPLY_OCTETS + 1), problem: /over 64 KiB/ },
  { claim: 'lines without end', text: '250-x\r\n'.repeat(9363), problem: /over 64 KiB/ },
];

describe('ReplyParser', () => {
  it.each(GOOD)('reads $claim', ({ text, reply }) => {
    const expected = { replies: [reply], problem: undefined, bufferedOctets: 0 };

    expect(parse([octets(text)])).toEqual(expected);
    expect(parse(singly(text))).toEqual(expected);
  });

  it.each(GOOD)('reads $claim with octets following', ({ text, reply }) => {
    const expected = { replies: [reply], problem: undefined, bufferedOctets: 5 };

    expect(parse([octets(`${text}221 b`)])).toEqual(expected);
    expect(parse(singly(`${text}221 b`))).toEqual(expected);
  });

  // What came before is remembered.
  it('reads a reply as it did the first time, whatever came between', () => {
    const texts = GOOD.flatMap(({ text }, index) => [text, `250 2.0.0 queued as ${index}\r\n`]);
    const again = [...texts, ...texts].join('');

    const { replies, problem } = parse([octets(again)]);

    const each = texts.flatMap((text) => parse([octets(text)]).replies);
    expect(problem).toBeUndefined();
    expect(replies).toEqual([...each, ...each]);
  });

  it.each(MALFORMED)('refuses $claim', ({ text, problem }) => {
    const expected = { replies: [], problem: expect.stringMatching(problem), bufferedOctets: 0 };

    expect(parse([octets(text)])).toEqual(expected);
    expect(parse(singly(text))).toEqual(expected);
    expect(parse([octets(`${text}250 OK\r\n`)])).toEqual(expected);
  });

  it('gives the replies before a malformed one', () => {
    const text = '250 a\r\n250 b\r\nnonsense\r\n250 c\r\n';

    for (const segments of [[octets(text)], singly(text)]) {
      const { replies, problem } = parse(segments);

      expect(replies.map((reply) => reply.lines)).toEqual([['a'], ['b']]);
      expect(problem).toMatch(/without a code/);
    }
  });

  it('counts every octet that belongs to no reply given out', () => {
    const parser = new ReplyParser();
    parser.receive(octets('250-a\r\n250 b\r\n354 go\r\n25'));
    expect(parser.bufferedOctets).toBe(24);

    parser.next();
    expect(parser.bufferedOctets).toBe(10);

    parser.next();
    expect(parser.bufferedOctets).toBe(2);
  });

  it('counts the lines of a reply whose end has not come', () => {
    const { bufferedOctets } = parse(singly('250-a\r\n250-b'));

    expect(bufferedOctets).toBe(12);
  });

  it('joins a segment to replies that were left unread, and refuses to pile them up', () => {
    const parser = new ReplyParser();
    parser.receive(octets('250 a\r\n'));
    parser.receive(octets('250 b\r\n'));
    expect([parser.next()?.lines, parser.next()?.lines, parser.next()]).toEqual([['a'], ['b'], undefined]);

    for (let index = 0; index < 10; index += 1) parser.receive(Buffer.alloc(8192, '250 x\r\n'));

    expect(parser.problem).toMatch(/pile up/);
    expect(parser.bufferedOctets).toBe(0);
  });

  it('takes octets that are no Buffer', () => {
    const parser = new ReplyParser();
    parser.receive(new Uint8Array(octets('xx250 OK\r\n')).subarray(2));

    expect(parser.next()).toEqual({ code: 250, lines: ['OK'] });
  });

  const piece = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('250', '250-', '250 ', '354 ', '421 ', '550-', '5.1.1', ' ', '-', 'x') },
    { weight: 6, arbitrary: fc.constantFrom('\r\n', '\r\n', '\r\n', '\r', '\n', '\0', '\t', '2', '0', '\xff') },
    { weight: 4, arbitrary: fc.constantFrom('250 OK\r\n', '250-a\r\n', '550-5.1.1 a\r\n550 5.1.1 b\r\n') },
    { weight: 1, arbitrary: fc.integer({ min: 65_500, max: 65_560 }).map((length) => 'x'.repeat(length)) },
  );
  const speech = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));

  it('gives the same replies for any segmentation', () => {
    fc.assert(
      fc.property(speech, fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 20 }), (text, lengths) => {
        const whole = octets(text);
        const segments: Buffer[] = [];
        let start = 0;
        for (const length of lengths) {
          segments.push(whole.subarray(start, start + length));
          start += length;
        }
        segments.push(whole.subarray(start));

        expect(parse(segments)).toEqual(parse([whole]));
      }),
    );
  });

  it('never holds more than one reply of 64 KiB, whatever comes', () => {
    fc.assert(
      fc.property(speech, fc.integer({ min: 16, max: 4096 }), (text, length) => {
        const parser = new ReplyParser();
        let mostOctets = 0;
        const whole = octets(text.repeat(3));
        for (let start = 0; start < whole.length; start += length) {
          parser.receive(whole.subarray(start, start + length));
          while (parser.next() !== undefined);
          mostOctets = Math.max(mostOctets, parser.bufferedOctets);
        }

        expect(mostOctets).toBeLessThanOrEqual(MAX_REPLY_OCTETS);
      }),
    );
  });
});

describe('what one reply leaves to the next', () => {
  it('is nothing: two of several lines in a row stay two', () => {
    expect(parse([octets('250-a\r\n250 b\r\n550-c\r\n550 d\r\n')])).toMatchObject({
      replies: [
        { code: 250, lines: ['a', 'b'] },
        { code: 550, lines: ['c', 'd'] },
      ],
    });
  });
});

// A digit's neighbours in US-ASCII are `/` and `:`.
it.each(['2/0 x', '2:0 x', '20/ x', '20: x', '/50 x', '6:0 x'])('%j has no code of three digits', (line) => {
  expect(parse([octets(`${line}\r\n`)]).problem).toBe('reply without a code of three digits, 200 to 599');
});

it.each([
  ['5.123.456 x', { enhanced: '5.123.456', lines: ['x'] }],
  ['5.1234.5 x', { lines: ['5.1234.5 x'] }],
  ['x5.1.1 x', { lines: ['x5.1.1 x'] }],
  ['..5.1.1 x', { lines: ['..5.1.1 x'] }],
])('of the text %j the status is read as RFC 3463 section 2 writes it', (text, reply) => {
  expect(parse([octets(`550 ${text}\r\n`)]).replies).toEqual([{ code: 550, ...reply }]);
});
