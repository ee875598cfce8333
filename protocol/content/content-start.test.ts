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
});
