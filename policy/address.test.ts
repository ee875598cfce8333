import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalAddress,
  carriesRouting,
  MAX_DOMAIN_OCTETS,
  MAX_PATH_OCTETS,
  type Mailbox,
  parseDomain,
  parseLenientMailbox,
  parseMailbox,
} from './address.ts';

const LABEL_63 = 'a'.repeat(63);
/** 255 octets: three labels of 63, one of 61, three dots, and what fills up. */
const DOMAIN_255 = [LABEL_63, LABEL_63, LABEL_63, LABEL_63].join('.');

function mailbox(text: string): Mailbox {
  const result = parseMailbox(text);
  if (!result.ok) throw new TypeError(result.problem);
  return result.value;
}

describe('the limits of addresses', () => {
  it('are those of RFC 5321 section 4.5.3.1', () => {
    expect([MAX_DOMAIN_OCTETS, MAX_PATH_OCTETS]).toEqual([255, 256]);
  });
});

describe('parseDomain', () => {
  // One canonical form: lower case, A-labels.
  it.each([
    ['example.com', 'example.com'],
    ['EXAMPLE.Com', 'example.com'],
    ['localhost', 'localhost'],
    ['a', 'a'],
    ['7', '7'],
    ['a-b.c--d', 'a-b.c--d'],
    ['3com.com', '3com.com'],
    ['1.2.3.4', '1.2.3.4'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['bu\u0308cher.example', 'xn--bcher-kva.example'],
    ['XN--BCHER-KVA.example', 'xn--bcher-kva.example'],
    ['bücher。example', 'xn--bcher-kva.example'],
    [`${LABEL_63}.com`, `${LABEL_63}.com`],
    [DOMAIN_255, DOMAIN_255],
  ])('reads %j as %j', (text, domain) => {
    expect(parseDomain(text)).toEqual({ ok: true, value: domain });
  });

  it.each([
    '',
    '.',
    'example.com.',
    '.example.com',
    'example..com',
    '-a.com',
    'a-.com',
    'a.-b',
    'a_b.com',
    'a b.com',
    ' example.com',
    'example.com ',
    'example.com\n',
    'exa\u0000mple.com',
    'ex%61mple.com',
    'example.com/x',
    'example.com:25',
    'user@example.com',
    '[192.0.2.1]',
    '*.example.com',
    `${DOMAIN_255}b`,
    'xn--\u00e9',
    'bücher.example.',
  ])('refuses %j', (text) => {
    expect(parseDomain(text)).toEqual({ ok: false, problem: `"${text}" is not a domain name` });
  });

  // The platform's reader of U-labels reads a URL's host: it must not see what ends or encodes one.
  it.each([
    'bücher.example/evil.example',
    'bücher.example?evil',
    'bücher.example#evil',
    'bücher.example\\evil',
    'b%2eücher.example',
    'ex%61mple.ü',
    'bücher.example:25',
    'bü cher.example',
    'bü\tcher.example',
    'bü\ncher.example',
    'user@bücher.example',
    '\u202ebücher.example',
    'bücher\uff0fevil.example',
  ])('refuses %j, which is a name only to a reader of URLs', (text) => {
    expect(parseDomain(text)).toEqual({ ok: false, problem: `"${text}" is not a domain name` });
  });

  it('refuses a label of 64 octets and says so', () => {
    expect(parseDomain(`${LABEL_63}a.com`)).toEqual({
      ok: false,
      problem: `"${LABEL_63}a.com" has a label of more than 63 octets`,
    });
    expect(parseDomain(`a.${LABEL_63}a`).ok).toBe(false);
  });

  it('is idempotent: a canonical form is its own', async () => {
    const label = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9-]{0,5}[A-Za-z0-9])?$/),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }),
    );
    await fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 4 }), (labels) => {
        const result = parseDomain(labels.join('.'));
        if (!result.ok) return;
        expect(result.value).toMatch(/^[a-z0-9.-]+$/);
        expect(parseDomain(result.value)).toEqual(result);
      }),
    );
  });
});

describe('parseMailbox', () => {
  it.each([
    ['bob@example.com', 'bob', 'example.com'],
    ['Bob.Smith+tag@EXAMPLE.com', 'Bob.Smith+tag', 'example.com'],
    ["!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~", 'example.com'],
    ['0@a', '0', 'a'],
    ['""@example.com', '', 'example.com'],
    ['"bob"@example.com', 'bob', 'example.com'],
    ['"bob smith"@example.com', 'bob smith', 'example.com'],
    ['"a@b"@example.com', 'a@b', 'example.com'],
    ['"a\\"b"@example.com', 'a"b', 'example.com'],
    ['"a\\\\"@example.com', 'a\\', 'example.com'],
    ['"\\a\\ \\~"@example.com', 'a ~', 'example.com'],
    ['bob@[192.0.2.1]', 'bob', '[192.0.2.1]'],
    ['bob@[IPv6:2001:DB8::1]', 'bob', '[ipv6:2001:db8::1]'],
    ['bob@[ipv6:::1]', 'bob', '[ipv6:::1]'],
    ['bob@[x400:abc]', 'bob', '[x400:abc]'],
    ['bob@[X-4:!~]', 'bob', '[x-4:!~]'],
    ['bob@[x-IPv6:z]', 'bob', '[x-ipv6:z]'],
  ])('reads %j', (text, localPart, domain) => {
    expect(parseMailbox(text)).toEqual({ ok: true, value: { text, localPart, domain, isUtf8: false } });
  });

  it.each([
    ['böb@example.com', 'böb', 'example.com'],
    ['bob@bücher.example', 'bob', 'xn--bcher-kva.example'],
    ['"bö b"@example.com', 'bö b', 'example.com'],
    ['😀@example.com', '😀', 'example.com'],
    ['b.\u0080@example.com', 'b.\u0080', 'example.com'],
  ])('reads %j and tells that it needs SMTPUTF8', (text, localPart, domain) => {
    expect(parseMailbox(text)).toEqual({ ok: true, value: { text, localPart, domain, isUtf8: true } });
  });

  it.each(['', '@', 'bob', '@example.com', '"bob"example.com', '"bob@example.com', '"bob\\"@example.com', '"', '"a"'])(
    'refuses %j, which has no local part before an @',
    (text) => {
      expect(parseMailbox(text)).toEqual({ ok: false, problem: `"${text}" is not local-part@domain` });
    },
  );

  it.each([
    ['bob.@example.com', 'bob.'],
    ['.bob@example.com', '.bob'],
    ['b..ob@example.com', 'b..ob'],
    ['b ob@example.com', 'b ob'],
    ['b"ob@example.com', 'b"ob'],
    ['b,ob@example.com', 'b,ob'],
    ['b\u0000b@example.com', 'b\u0000b'],
    ['b\u007fb@example.com', 'b\u007fb'],
    ['<bob@example.com', '<bob'],
    ['a:b@example.com', 'a:b'],
    ['a\\b@example.com', 'a\\b'],
    ['a\n@example.com', 'a\n'],
    ['"a\u0000b"@example.com', '"a\u0000b"'],
    ['"a\rb"@example.com', '"a\rb"'],
    ['"a\\\u0007"@example.com', '"a\\\u0007"'],
    ['"a\\ü"@example.com', '"a\\ü"'],
    ['"a\u007f"@example.com', '"a\u007f"'],
  ])('refuses the local part of %j', (text, local) => {
    expect(parseMailbox(text)).toEqual({ ok: false, problem: `"${local}" is not a local part` });
  });

  it.each([
    ['bob@', ''],
    ['bob@example..com', 'example..com'],
    ['bob@a@b', 'a@b'],
    ['"a"@b@c', 'b@c'],
    ['bob@example.com>', 'example.com>'],
    ['bob@[192.0.2.256]', '[192.0.2.256]'],
    ['bob@[192.0.2.1', '[192.0.2.1'],
    ['bob@[192.0.2.10', '[192.0.2.10'],
    ['bob@192.0.2.1]', '192.0.2.1]'],
    ['bob@[IPv6:1::2::3]', '[IPv6:1::2::3]'],
    ['bob@[IPv6:fe80::1%eth0]', '[IPv6:fe80::1%eth0]'],
    ['bob@[IPv6:192.0.2.1]', '[IPv6:192.0.2.1]'],
    ['bob@[2001:db8::1]x', '[2001:db8::1]x'],
    ['bob@[]', '[]'],
    ['bob@[tag:]', '[tag:]'],
    ['bob@[tag-:x]', '[tag-:x]'],
    ['bob@[:x]', '[:x]'],
    ['bob@[tag:a b]', '[tag:a b]'],
    ['bob@[tag:a]b]', '[tag:a]b]'],
    ['bob@[tag:a[b]', '[tag:a[b]'],
    ['bob@[tag:a\\b]', '[tag:a\\b]'],
    ['bob@x[tag:a]', 'x[tag:a]'],
    ['bob@[tag:a\u007f]', '[tag:a\u007f]'],
  ])('refuses the domain of %j', (text, domain) => {
    expect(parseMailbox(text)).toEqual({ ok: false, problem: `"${domain}" is not a domain name` });
  });

  it('gives the local part no limit of its own', () => {
    expect(parseMailbox(`${'a'.repeat(200)}@example.com`).ok).toBe(true);
  });

  it('takes nothing from the text that is not in the mailbox', async () => {
    await fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('example.com', 'A.example'), (local, domain) => {
        const result = parseMailbox(`${local}@${domain}`);
        if (!result.ok) return;
        expect(result.value.text).toBe(`${local}@${domain}`);
        expect(result.value.domain).toBe(domain.toLowerCase());
        if (!local.startsWith('"')) expect(result.value.localPart).toBe(local);
      }),
    );
  });
});

describe('canonicalAddress', () => {
  it.each([
    ['Bob@EXAMPLE.com', 'bob@example.com'],
    ['"Bob"@example.com', 'bob@example.com'],
    ['BÖB@bücher.example', 'böb@xn--bcher-kva.example'],
  ])('compares %j as %j', (text, canonical) => {
    expect(canonicalAddress(mailbox(text))).toBe(canonical);
  });
});

describe('carriesRouting', () => {
  // The old ways round a relay check.
  it.each(['user%elsewhere.example', 'elsewhere.example!user', 'user@elsewhere.example', '%', 'a!b%c', '@a'])(
    'sees it in %j',
    (localPart) => {
      expect(carriesRouting(localPart)).toBe(true);
    },
  );

  it.each(['user', 'user+tag', 'a.b', 'a=b', 'a#b', 'a|b', ''])('does not see it in %j', (localPart) => {
    expect(carriesRouting(localPart)).toBe(false);
  });

  it.each(['"user@elsewhere.example"@example.com', '"user\\@elsewhere.example"@example.com'])(
    'sees through the quotes of %j',
    (text) => {
      expect(carriesRouting(mailbox(text).localPart)).toBe(true);
    },
  );
});

describe('parseLenientMailbox', () => {
  it.each([
    ['alice@example.com', 'alice@example.com', 'alice'],
    ['"a b"@example.com', '"a b"@example.com', 'a b'],
    ['a..b@example.com', '"a..b"@example.com', 'a..b'],
    ['a.@example.com', '"a."@example.com', 'a.'],
    ['.a@example.com', '".a"@example.com', '.a'],
    ['a%b..c!d@example.com', '"a%b..c!d"@example.com', 'a%b..c!d'],
    ['zo\u00eb..x@example.com', '"zo\u00eb..x"@example.com', 'zo\u00eb..x'],
    ['alice@Example.com.', 'alice@Example.com', 'alice'],
    ['a@example.com.', 'a@example.com', 'a'],
    ['a..b@example.com.', '"a..b"@example.com', 'a..b'],
  ])('reads %j as %j', (text, spelling, localPart) => {
    const result = parseLenientMailbox(text);

    expect(result).toMatchObject({ ok: true, value: { text: spelling, localPart, domain: 'example.com' } });
    expect(parseMailbox(spelling)).toEqual(result);
  });

  it.each([
    'alice',
    'alice@',
    '@example.com',
    '..@example.com',
    '.@example.com',
    'a b@example.com',
    'a@b@example.com',
    'a..b',
    '"a..b@example.com',
    'a"..b@example.com',
    'alice@example..com',
    'alice@example.com..',
    'alice@.',
    'alice@[192.0.2.1].',
    'alice@exa_mple.com',
  ])('reads no mailbox in %j', (text) => {
    expect(parseLenientMailbox(text).ok).toBe(false);
  });
});
