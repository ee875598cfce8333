import { describe, expect, it } from 'vitest';
import { ContentStart } from './content-start.ts';

function handed(content: string, size: number): string {
  const start = new ContentStart();
  const octets = Buffer.from(content, 'latin1');
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < octets.length; at += size)
    pieces.push(...start.receive([octets.subarray(at, at + size)], false));
  pieces.push(...start.receive([], true));
  return Buffer.concat(pieces).toString('latin1');
}

describe('the start of content', () => {
  it.each([
    // As it came.
    ['', ''],
    ['\r\nx\r\n', '\r\nx\r\n'],
    ['From: a\r\n\r\n', 'From: a\r\n\r\n'],
    ['Subject: x\r\nFrom b\r\n', 'Subject: x\r\nFrom b\r\n'],
    ['from b\r\n', 'from b\r\n'],
    ['From', 'From'],
    ['>>', '>>'],
    ['> x\r\n', '> x\r\n'],
    ['F x\r\n', 'F x\r\n'],
    ['.> x\r\n', '.> x\r\n'],
    ['>\xe9\r\n', '>\xe9\r\n'],
    ['..From b\r\n', '..From b\r\n'],
    [`${'>'.repeat(65)}From b\r\n`, `${'>'.repeat(65)}From b\r\n`],
    // A line of an mbox file becomes a field.
    ['From b Mon\r\nTo: c\r\n', 'X-Mailbox-Line: From b Mon\r\nTo: c\r\n'],
    ['>From b Mon\r\nTo: c\r\n', 'X-Mailbox-Line: >From b Mon\r\nTo: c\r\n'],
    [`${'>'.repeat(64)}From b\r\n`, `X-Mailbox-Line: ${'>'.repeat(64)}From b\r\n`],
    ['.From b\r\nTo: c\r\n', 'X-Mailbox-Line: From b\r\nTo: c\r\n'],
    ['From b\r\n>From c\r\nTo: d\r\n', 'X-Mailbox-Line: From b\r\nX-Mailbox-Line: >From c\r\nTo: d\r\n'],
    // A blank would go on with our field.
    [' x\r\n', '\r\n x\r\n'],
    ['\tx\r\n', '\r\n\tx\r\n'],
    ['. x\r\n', '\r\n. x\r\n'],
    [' \r\n', '\r\n \r\n'],
    ['From b\r\n x\r\n', 'X-Mailbox-Line: From b\r\n\r\n x\r\n'],
  ])('%j goes to the hop as %j', (content, expected) => {
    for (const size of [1, 2, 3, 1000]) expect(handed(content, size)).toBe(expected);
  });

  it.each<[claim: string, received: readonly string[], handedOn: readonly string[]]>([
    ['a blank at once, behind an empty line', [' '], ['\r\n', ' ']],
    ['what can be no mbox line any more at once', ['>x'], ['>x']],
    ['nothing of what may be an mbox line', ['>', 'Fro'], []],
    ['an mbox line in no more pieces than needed', ['From b\r\n'], ['X-Mailbox-Line: ', 'From ', 'b\r\n']],
    ['an mbox line though no octet came at first', ['', 'From b'], ['X-Mailbox-Line: ', 'From ', 'b']],
  ])('hands on %s', (_claim, received, handedOn) => {
    const start = new ContentStart();

    const pieces = received.flatMap((octets) => start.receive([Buffer.from(octets, 'latin1')], false));

    expect(pieces.map((piece) => Buffer.from(piece).toString('latin1'))).toEqual(handedOn);
  });

  it('is still to come after no piece at all', () => {
    const start = new ContentStart();
    start.receive([], false);

    expect(Buffer.concat(start.receive([Buffer.from(' ')], false)).toString()).toBe('\r\n ');
  });

  it('hands on nothing where nothing came', () => {
    expect(new ContentStart().receive([], true)).toEqual([]);
  });

  it.each(['To: a', 'Bcc: a', 'S', 'From: a', 'Fromm', '\r\n'])(
    'that is ordinary as %j goes on as it came',
    (content) => {
      const start = new ContentStart();
      const first = [Buffer.from(content)];
      const second = [Buffer.from('From b')];

      expect(start.receive(first, false)).toBe(first);
      expect(start.receive(second, true)).toBe(second);
    },
  );
});
