import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyPath, type Path, parseParameters, parsePathArgument } from './path.ts';

function told(path: Path): string {
  if (path.kind === 'mailbox') return `mailbox ${path.mailbox.localPart} at ${path.mailbox.domain}`;
  return path.kind;
}

function readPath(argument: string): string | undefined {
  const split = parsePathArgument(argument, 'TO:');
  return split === undefined ? undefined : `${told(split.path)}|${split.rest}`;
}

const LABEL_63 = 'd'.repeat(63);
/** Domain of 191 octets. */
const LONG_DOMAIN = `${LABEL_63}.${LABEL_63}.${LABEL_63}`;

describe('parsePathArgument', () => {
  it.each<[claim: string, argument: string, path: string | undefined]>([
    ['reads a path', 'TO:<bob@example.com>', 'mailbox bob at example.com|'],
    ['reads the keyword in any case', 'tO:<bob@example.com>', 'mailbox bob at example.com|'],
    ['reads blanks before the bracket', 'TO:  <bob@example.com>', 'mailbox bob at example.com|'],
    ['keeps what stands behind the bracket', 'TO:<bob@example.com> A=b c', 'mailbox bob at example.com| A=b c'],
    ['does not read another keyword', 'FROM:<bob@example.com>', undefined],
    ['does not read a keyword without colon', 'TO <bob@example.com>', undefined],
    ['does not read a blank before the colon', 'TO :<bob@example.com>', undefined],
    ['does not read nothing', '', undefined],

    // Brackets.
    ['refuses a path without brackets', 'TO:bob@example.com', 'bad|'],
    ['refuses a path that is not closed', 'TO:<bob@example.com', 'bad|'],
    ['refuses a path that is not opened', 'TO:bob@example.com>', 'bad|'],
    ['refuses a path twice bracketed', 'TO:<<bob@example.com>>', 'bad|>'],
    ['refuses a name before the bracket', 'TO:Bob <bob@example.com>', 'bad|'],
    ['reads the null path', 'TO:<>', 'null|'],
    ['refuses a blank path', 'TO:< >', 'bad|'],

    // Local parts (RFC 5321 section 4.1.2).
    ['keeps the case of a local part', 'TO:<Bob@Example.COM>', 'mailbox Bob at example.com|'],
    ['reads every special atom', "TO:<!#$%&'*+-/=?^_`{|}~@example.com>", "mailbox !#$%&'*+-/=?^_`{|}~ at example.com|"],
    ['reads dots inside', 'TO:<a.b.c@example.com>', 'mailbox a.b.c at example.com|'],
    ['refuses a dot in front', 'TO:<.a@example.com>', 'bad|'],
    ['refuses a dot behind', 'TO:<a.@example.com>', 'bad|'],
    ['refuses two dots', 'TO:<a..b@example.com>', 'bad|'],
    ['refuses a blank in an atom', 'TO:<a b@example.com>', 'bad|'],
    ['refuses a comma', 'TO:<a,b@example.com>', 'bad|'],
    ['refuses a local part alone', 'TO:<bob>', 'bad|'],
    ['refuses a domain alone', 'TO:<@example.com>', 'bad|'],
    ['refuses two at signs', 'TO:<a@b@example.com>', 'bad|'],
    [
      'reads a long local part, as return addresses have',
      `TO:<${'a'.repeat(100)}@example.com>`,
      `mailbox ${'a'.repeat(100)} at example.com|`,
    ],

    // Quoted local parts.
    ['reads a quoted local part', 'TO:<"a b"@example.com>', 'mailbox a b at example.com|'],
    ['reads a bracket inside quotes', 'TO:<"a>b"@example.com> X', 'mailbox a>b at example.com| X'],
    ['reads an at sign inside quotes', 'TO:<"a@b"@example.com>', 'mailbox a@b at example.com|'],
    ['undoes a quoted quote', 'TO:<"a\\"b"@example.com>', 'mailbox a"b at example.com|'],
    ['undoes a quoted backslash', 'TO:<"a\\\\"@example.com>', 'mailbox a\\ at example.com|'],
    ['reads an empty quoted local part', 'TO:<""@example.com>', 'mailbox  at example.com|'],
    ['refuses quotes that are not closed', 'TO:<"a@example.com>', 'bad|'],
    ['refuses a backslash behind the last quote', 'TO:<"a\\"@example.com>', 'bad|'],
    ['refuses quotes inside an atom', 'TO:<a"b"c@example.com>', 'bad|'],

    // Domains.
    ['reads a single label', 'TO:<bob@localhost>', 'mailbox bob at localhost|'],
    ['refuses an empty domain', 'TO:<bob@>', 'bad|'],
    ['refuses a final dot', 'TO:<bob@example.com.>', 'bad|'],
    ['refuses an empty label', 'TO:<bob@example..com>', 'bad|'],
    ['refuses a hyphen in front of a label', 'TO:<bob@-example.com>', 'bad|'],
    ['refuses a hyphen behind a label', 'TO:<bob@example-.com>', 'bad|'],
    ['refuses an underscore', 'TO:<bob@exa_mple.com>', 'bad|'],
    ['reads a label of 63 octets', `TO:<bob@${LABEL_63}.com>`, `mailbox bob at ${LABEL_63}.com|`],
    ['refuses a label of 64', `TO:<bob@${LABEL_63}d.com>`, 'bad|'],

    // Address literals (RFC 5321 section 4.1.3).
    ['reads an IPv4 literal', 'TO:<bob@[192.0.2.1]>', 'mailbox bob at [192.0.2.1]|'],
    ['reads an IPv6 literal', 'TO:<bob@[IPv6:2001:DB8::1]>', 'mailbox bob at [ipv6:2001:db8::1]|'],
    ['refuses an IPv6 literal that is none', 'TO:<bob@[IPv6:2001::db8::1]>', 'bad|'],
    ['reads a literal of any tag, as the grammar has it', 'TO:<bob@[tag:x]>', 'mailbox bob at [tag:x]|'],
    ['refuses an IPv4 literal of five parts', 'TO:<bob@[192.0.2.1.5]>', 'bad|'],
    ['refuses an IPv4 literal over 255', 'TO:<bob@[192.0.2.256]>', 'bad|'],
    ['refuses an IPv6 literal with a zone', 'TO:<bob@[IPv6:fe80::1%eth0]>', 'bad|'],
    ['refuses a literal that is not closed', 'TO:<bob@[192.0.2.1>', 'bad|'],
    ['refuses an address without brackets of its own', 'TO:<bob@IPv6:::1>', 'bad|'],

    // Length: 256 with both brackets (RFC 5321 section 4.5.3.1.3).
    [
      'reads a path of 256 octets',
      `TO:<${'a'.repeat(62)}@${LONG_DOMAIN}>`,
      `mailbox ${'a'.repeat(62)} at ${LONG_DOMAIN}|`,
    ],
    ['refuses a path of 257', `TO:<${'a'.repeat(63)}@${LONG_DOMAIN}>`, 'bad|'],
    [
      'counts octets, not characters',
      `TO:<${'ü'.repeat(31)}@${LONG_DOMAIN}>`,
      `mailbox ${'ü'.repeat(31)} at ${LONG_DOMAIN}|`,
    ],
    ['counts octets of UTF-8 over the limit', `TO:<${'ü'.repeat(32)}@${LONG_DOMAIN}>`, 'bad|'],

    // UTF-8 (RFC 6531 section 3.3).
    ['reads UTF-8 in the local part', 'TO:<jürgen@example.com>', 'mailbox jürgen at example.com|'],
    ['reads U-labels as A-labels', 'TO:<bob@bücher.example>', 'mailbox bob at xn--bcher-kva.example|'],

    // What has no domain, and source routes.
    ['reads postmaster', 'TO:<postmaster>', 'postmaster|'],
    ['reads postmaster in any case', 'TO:<PostMaster>', 'postmaster|'],
    ['does not take a longer name for postmaster', 'TO:<postmasters>', 'bad|'],
    ['does not take quotes for postmaster', 'TO:<"postmaster">', 'bad|'],
    ['tells a source route', 'TO:<@a.example:bob@example.com>', 'source-route|'],
    ['tells a longer source route', 'TO:<@a.example,@b.example:bob@example.com>', 'source-route|'],
    ['tells a source route with nothing behind', 'TO:<@a.example:>', 'source-route|'],
  ])('%s', (_claim, argument, path) => {
    expect(readPath(argument)).toBe(path);
  });

  it('keeps the text as it was written for the next hop', () => {
    const split = parsePathArgument('TO:<"A b"@EXAMPLE.com>', 'TO:');

    expect(split?.path).toMatchObject({ kind: 'mailbox', mailbox: { text: '"A b"@EXAMPLE.com', isUtf8: false } });
  });
});

describe('parseParameters', () => {
  it.each<[claim: string, rest: string, parameters: string[] | undefined]>([
    ['reads none', '', []],
    ['reads none from blanks', '   ', []],
    ['reads one with a value', ' SIZE=5', ['SIZE=5']],
    ['reads one without', ' SMTPUTF8', ['SMTPUTF8']],
    ['reads the keyword in any case, keeps the value', ' bOdY=8bitMime', ['BODY=8bitMime']],
    ['reads an empty value', ' SIZE=', ['SIZE=']],
    ['reads several, blanks between', ' A=1  B C=3 ', ['A=1', 'B', 'C=3']],
    ['refuses text that touches the bracket', 'SIZE=5', undefined],
    ['refuses an equals sign in a value', ' A=b=c', undefined],
    ['refuses a keyword that starts with a hyphen', ' -A=b', undefined],
    ['refuses no keyword', ' =5', undefined],
    ['refuses octets above 0x7F', ' A=\xe9', undefined],
    ['refuses a second path', ' <a@example.com>', undefined],
  ])('%s', (_claim, rest, parameters) => {
    const read = parseParameters(rest)?.map(({ keyword, value }) =>
      value === undefined ? keyword : `${keyword}=${value}`,
    );

    expect(read).toEqual(parameters);
  });
});

describe('the fast path', () => {
  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.stringMatching(/^[a-z0-9]{1,70}$/) },
    { weight: 3, arbitrary: fc.constantFrom('.', '-', '_', '+', 'A', 'bob', 'example.com') },
    { weight: 1, arbitrary: fc.constantFrom('"', '\\', ' ', '<', '>', '@', '%', '\u00e9', 'postmaster', '[') },
  );
  const part = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''));

  it('reads whatever it reads as the plain one does', () => {
    fc.assert(
      fc.property(part, part, fc.constantFrom('', ' SIZE=1', ' ', '>'), (localPart, domain, rest) => {
        const text = `<${localPart}@${domain}>${rest}`;

        expect(parsePathArgument(`TO:${text}`, 'TO:')).toEqual(anyPath(text));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([255, 256, 257, 258])('keeps to the limit of a path, at %i octets with its brackets', (octets) => {
    const text = `<${'a'.repeat(octets - 14)}@example.com>`;

    expect(parsePathArgument(`TO:${text}`, 'TO:')).toEqual(anyPath(text));
  });
});
