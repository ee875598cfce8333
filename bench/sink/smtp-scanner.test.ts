import { describe, expect, it } from 'vitest';
import { type SinkCounts, SmtpScanner } from './smtp-scanner.ts';

const OK = '250 2.0.0 ok\r\n';
const GO_ON = '354 go on\r\n';

function received(chunks: readonly string[]): { readonly replies: string; readonly counts: SinkCounts } {
  const counts = { messages: 0, octets: 0 };
  const scanner = new SmtpScanner(counts);
  const replies = chunks.map((chunk) => scanner.receive(Buffer.from(chunk, 'latin1'))).join('');
  return { replies, counts };
}

function cutIn(text: string, size: number): string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    text.slice(index * size, (index + 1) * size),
  );
}

describe('the sink', () => {
  it.each([
    ['a command', 'MAIL FROM:<a@b.example>\r\n', OK],
    ['a verb in lower case', 'quit\r\n', '221 2.0.0 bye\r\n'],
    ['a verb that it does not know', 'XCLIENT NAME=x\r\n', OK],
    ['half a command', 'NOOP', ''],
  ])('answers %s', (_case, octets, replies) => {
    expect(received([octets])).toEqual({ replies, counts: { messages: 0, octets: 0 } });
  });

  it('offers PIPELINING in a reply whose last line has a blank', () => {
    const { replies } = received(['EHLO client.example\r\n']);

    expect(
      replies
        .split('\r\n')
        .slice(0, -2)
        .every((line) => line.startsWith('250-')),
    ).toBe(true);
    expect(replies).toMatch(/^250-PIPELINING\r\n[\s\S]*^250 HELP\r\n$/m);
  });

  // However the octets arrive.
  it.each([1, 2, 3, 4, 5, 6, 7, 1000])('counts what came in pieces of %i octets', (size) => {
    const content = ['Subject: x\r\n\r\n..\r\n.x\r\n\r\n', '', '\r\n', 'a\r\n'];
    const dialogue = content.map((text) => `MAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\n${text}.\r\n`).join('');

    const { replies, counts } = received(cutIn(`${dialogue}NOOP\r\n`, size));

    expect(counts).toEqual({ messages: 4, octets: content.join('').length });
    expect(replies).toBe((OK + OK + GO_ON + OK).repeat(4) + OK);
  });

  it.each([
    ['LF . CR LF', 'a\n.\r\n'],
    ['CR LF . LF', 'a\r\n.\n'],
    ['CR LF . CR', 'a\r\n.\ra'],
  ])('does not take %s for the end', (_case, content) => {
    expect(received(['DATA\r\n', content]).counts.messages).toBe(0);
  });

  it('knows that the client is leaving', () => {
    const scanner = new SmtpScanner({ messages: 0, octets: 0 });

    scanner.receive(Buffer.from('QUIT\r\n'));

    expect(scanner.hasQuit).toBe(true);
  });
});
