import { describe, expect, it } from 'vitest';
import { DataScanner } from '../../../protocol/content/data-scanner.ts';
import { replayContent } from './replay-content.ts';

function scanned(octets: number, rule: string, limit = Number.MAX_SAFE_INTEGER): DataScanner {
  const scanner = new DataScanner({ maxOctets: Number.MAX_SAFE_INTEGER, bareNewline: 'reject' });
  const command = { kind: 'content', verb: 'DATA', octets, reply: 250, rule } as const;
  for (const piece of replayContent(command, '', limit)) scanner.scan(piece, 0, []);
  return scanner;
}

describe('replayContent', () => {
  it.each([0, 2, 3, 26, 27, 28, 29, 30, 100, 4096])('makes a message of %i octets', (octets) => {
    expect(scanned(octets, 'next-hop')).toMatchObject({ isComplete: true, fault: undefined, octets });
  });

  it('makes no more than can change anything', () => {
    expect(scanned(5_000_000, 'next-hop', 5_000_000).octets).toBe(4096);
    expect(scanned(5_000_000, 'next-hop', 1_000_000).octets).toBe(1_000_256);
    expect(scanned(1_000_001, 'next-hop', 1_000_000).octets).toBe(1_000_001);
  });

  it.each([
    ['settings#bareNewline', 'bad-content'],
    ['received-fields', 'mail-loop'],
  ])('has the fault that was refused by %s', (rule, fault) => {
    expect(scanned(2000, rule)).toMatchObject({ isComplete: true, fault });
  });
});

it('has the header that each check of it refused', () => {
  const headOf = (rule: string): string => {
    const command = { kind: 'content', verb: 'DATA', octets: 5, reply: 550, rule } as const;
    const [head = Buffer.alloc(0)] = replayContent(command, 'alice@example.com', 1000);
    return head.toString('latin1');
  };

  expect(headOf('settings#checkHeaderFrom')).toBe('From: <nobody@invalid>\r\n\r\n');
  expect(headOf('settings#checkHeaderSender')).toBe('From: <alice@example.com>\r\nSender: <nobody@invalid>\r\n\r\n');
  expect(headOf('next-hop')).toBe('From: <alice@example.com>\r\n\r\n');
});
