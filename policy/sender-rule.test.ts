import { describe, expect, it } from 'vitest';
import { parseMailbox } from './address.ts';
import { maySendAs, ownAddress, parseSenderPattern } from './sender-rule.ts';

describe('parseSenderPattern', () => {
  it.each([
    ['*', '*'],
    ['*@Example.COM', '*@example.com'],
    ['*@bücher.example', '*@xn--bcher-kva.example'],
    ['Alice@Example.COM', 'alice@example.com'],
    ['"Alice"@example.com', 'alice@example.com'],
    ['**@example.com', '**@example.com'],
  ])('reads %j as %j', (text, pattern) => {
    expect(parseSenderPattern(text)).toEqual({ ok: true, value: pattern });
  });

  it.each(['', 'alice', '@example.com', '**', 'alice@', '"*"@example.com', '"\\*"@example.com'])(
    'refuses %j',
    (text) => {
      expect(parseSenderPattern(text)).toEqual({
        ok: false,
        problem: `"${text}" is neither an address, *@domain nor *`,
      });
    },
  );

  it.each([
    ['*@', '"" is not a domain name'],
    ['*@*', '"*" is not a domain name'],
    ['*@.example.com', '".example.com" is not a domain name'],
    ['*@a@b', '"a@b" is not a domain name'],
  ])('refuses %j, which has no domain', (text, problem) => {
    expect(parseSenderPattern(text)).toEqual({ ok: false, problem });
  });
});

function sends(text: string, ...patterns: string[]): boolean {
  const mailbox = parseMailbox(text);
  if (!mailbox.ok) throw new TypeError(mailbox.problem);
  return maySendAs(mailbox.value, patterns);
}

describe('maySendAs', () => {
  it.each([
    ['alice@example.com', ['alice@example.com']],
    ['Alice@EXAMPLE.com', ['alice@example.com']],
    ['"alice"@example.com', ['alice@example.com']],
    ['alice@example.com', ['bob@example.com', '*@example.com']],
    ['alice@bücher.example', ['*@xn--bcher-kva.example']],
    ['anybody@anywhere.example', ['*']],
  ])('lets %j send by %j', (sender, patterns) => {
    expect(sends(sender, ...patterns)).toBe(true);
  });

  it.each([
    ['alice@example.com', []],
    ['alice@example.com', ['bob@example.com']],
    ['alice@example.com', ['*@example.net']],
    ['alice@sub.example.com', ['*@example.com', 'alice@example.com']],
    ['alice@example.com', ['*@com']],
    ['alicex@example.com', ['alice@example.com']],
    ['alice+tag@example.com', ['alice@example.com']],
  ])('does not let %j send by %j', (sender, patterns) => {
    expect(sends(sender, ...patterns)).toBe(false);
  });
});

describe('the own address of a user', () => {
  it.each([
    [
      'the login name, where it may send',
      'alice@example.com',
      ['bob@example.com', 'alice@example.com'],
      'alice@example.com',
    ],
    ['the login name by a pattern', 'alice@example.com', ['bob@example.com', '*@example.com'], 'alice@example.com'],
    ['the first of its senders else', 'alice', ['*@example.com', 'a@example.com', 'b@example.com'], 'a@example.com'],
    ['no name that may not send', 'alice@example.com', ['b@example.com'], 'b@example.com'],
    ['none, of patterns alone', 'alice', ['*', '*@example.com'], undefined],
    ['none, of nothing', 'alice@example.com', [], undefined],
    ['no address that is denied', 'eve@example.com', ['*@example.com', 'c@example.com'], 'c@example.com'],
    ['no address of a domain that is denied', 'a@denied.example', ['*'], undefined],
  ])('is %s', (_, name, patterns, address) => {
    const denied = new Map([
      ['eve@example.com', 'sender#eve@example.com'],
      ['*@denied.example', 'sender#*@denied.example'],
    ]);

    expect(ownAddress(name, patterns, denied)).toBe(address);
  });
});
