import { describe, expect, it } from 'vitest';
import { parseMailbox } from './address.ts';
import { maySendAs, parseSenderPattern } from './sender-rule.ts';

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
