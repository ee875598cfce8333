import { describe, expect, it } from 'vitest';
import { continueExchange, decodeBase64 } from '../../../protocol/sasl/sasl.ts';
import { credentials } from './replay-credentials.ts';
import { replayLine } from './replay-line.ts';
import type { RecordedCommand } from './replay-recorded.ts';

function command(change: Partial<RecordedCommand>): RecordedCommand {
  return { kind: 'command', verb: 'MAIL', octets: 0, reply: 250, ...change };
}

describe('replayLine', () => {
  it.each([
    ['a whole line', { line: 'MAIL FROM:<a@b.example>', octets: 25 }, 'MAIL FROM:<a@b.example>', false],
    ['a line in UTF-8', { line: 'MAIL FROM:<ö@b.example>', octets: 26 }, 'MAIL FROM:<ö@b.example>', false],
    ['an overlong line', { line: 'MAIL', octets: 12, reply: 500, rule: 'command#MAIL' }, 'MAIL xxxxx', true],
    ['bad octets', { line: 'MAIL', octets: 9, reply: 500, rule: 'command-octets' }, 'MAIL \x01\x01', true],
    ['an unknown verb', { verb: 'unknown', octets: 6, reply: 500, rule: 'unknown-command' }, 'XXXX', false],
    ['an empty line', { verb: 'unknown', octets: 2, reply: 500, rule: 'unknown-command' }, '', false],
    [
      'AUTH without a response',
      { verb: 'AUTH', line: 'AUTH PLAIN', mechanism: 'PLAIN', octets: 12 },
      'AUTH PLAIN',
      false,
    ],
    [
      'AUTH with an empty one',
      { verb: 'AUTH', line: 'AUTH LOGIN', mechanism: 'LOGIN', octets: 14 },
      'AUTH LOGIN =',
      false,
    ],
    ['AUTH of no known mechanism', { verb: 'AUTH', octets: 11, reply: 504 }, 'AUTH XXXX', false],
    ['AUTH alone', { verb: 'AUTH', octets: 6, reply: 501, answer: '5.5.4 x' }, 'AUTH', false],
    ['overlong AUTH', { verb: 'AUTH', octets: 9, reply: 500, rule: 'command#AUTH' }, 'AUTH XX', true],
    [
      'a response that is no base64',
      { verb: 'AUTH', kind: 'response', octets: 5, reply: 501, answer: '5.5.2 Cannot decode response' },
      '!!!',
      false,
    ],
    [
      'a response that cancels',
      { verb: 'AUTH', kind: 'response', octets: 3, reply: 501, answer: '5.7.0 Authentication cancelled' },
      '*',
      false,
    ],
  ] as const)('makes %s anew', (_what, change, text, isFiller) => {
    const line = replayLine(command(change));

    expect(line).toEqual({ octets: Buffer.from(`${text}\r\n`), isFiller });
    expect(line.octets).toHaveLength(change.octets);
  });

  it('fills a line that was cut with blanks, which are no part of it', () => {
    const line = 'x'.repeat(512);

    expect(replayLine(command({ line, octets: 520 }))).toEqual({
      octets: Buffer.from(`${line}      \r\n`),
      isFiller: false,
    });
  });
});

describe('credentials', () => {
  it.each([
    ['PLAIN', 4],
    ['XOAUTH2', 32],
    ['OAUTHBEARER', 32],
  ] as const)('are well formed for %s from %i characters on', (mechanism, least) => {
    for (let length = least; length < least + 200; length += 4) {
      const text = credentials({ mechanism, length });
      const octets = decodeBase64(text);

      expect(text).toHaveLength(length);
      expect(octets.ok && continueExchange({ mechanism }, octets.value).kind, `${length} characters`).toBe(
        'credentials',
      );
    }
  });

  it('have blanks after them where base64 has no such length', () => {
    expect(credentials({ mechanism: 'LOGIN', length: 6 })).toBe('eHh4  ');
  });

  it('are nothing where there is no room', () => {
    expect(credentials({ mechanism: 'PLAIN', length: 0 })).toBe('');
    expect(credentials({ mechanism: undefined, length: 4 })).toBe('eHh4');
  });

  it.each([
    ['CRAM-MD5', 60, /^x+ 0{32}$/],
    ['SCRAM-SHA-256', 40, /^n,,n=u,r=x+$/],
  ] as const)('name somebody in %s', (mechanism, length, form) => {
    expect(Buffer.from(credentials({ mechanism, length }), 'base64').toString('latin1')).toMatch(form);
  });
});
