/** Generators of legal dialogues: each command as RFC 5321 and its extensions write it, in an order that a client may try. */
import fc from 'fast-check';
import { ALICE } from '../support/answers.ts';

export type Step =
  /** Commands of one flight (RFC 2920 section 3.1); each has its reply. Only the last may be DATA. */
  | { readonly kind: 'commands'; readonly lines: readonly string[] }
  /** A message as it stands after a 354, octets as Latin-1, dot-stuffed, without the terminator; not sent without a 354. */
  | { readonly kind: 'content'; readonly octets: string }
  | { readonly kind: 'starttls' }
  /** AUTH and its responses, one a line; what follows a reply other than 334 is not sent. */
  | { readonly kind: 'auth'; readonly lines: readonly string[] };

export type Dialogue = readonly Step[];

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

const HELLOS = ['EHLO client.example', 'EHLO [192.0.2.7]', 'ehlo c', 'HELO client.example'] as const;

const SENDERS = [
  '<alice@example.com>',
  '<>',
  '<a.b+c@sender.example>',
  "<o'neil=x@sender.example>",
  '<"quoted local"@sender.example>',
  '<alice@SENDER.example>',
  '<alice@[192.0.2.1]>',
] as const;

const PARAMETERS = [
  '',
  '',
  '',
  ' SIZE=100',
  ' BODY=8BITMIME',
  ' BODY=7BIT',
  ' SIZE=1000 BODY=8BITMIME',
  ' SIZE=99999999',
] as const;

const RECIPIENTS = [
  '<bob@example.com>',
  '<bob@example.com>',
  '<carol@example.com>',
  '<Bob@Example.COM>',
  '<"b o b"@example.com>',
  '<bob+tag@example.com>',
  '<bob@elsewhere.example>',
  '<bob@[192.0.2.1]>',
  '<postmaster@example.com>',
  '<postmaster>',
] as const;

const ANY_TIME = [
  'NOOP',
  'NOOP',
  'NOOP with words',
  'RSET',
  'rset',
  'VRFY bob',
  'HELP',
  'XYZZY',
  'DATA',
  ...HELLOS,
] as const;

const contentLine = fc.oneof(
  fc.constantFrom(
    '',
    '.',
    '..',
    '.x',
    'Subject: x',
    'Received: by x',
    ' folded',
    'From: <a@sender.example>',
    '\xfcml\xe4ut',
  ),
  fc.string({ unit: 'grapheme-ascii', maxLength: 78 }),
  fc.integer({ min: 80, max: 998 }).map((length) => 'x'.repeat(length)),
);

const content: fc.Arbitrary<Step> = fc.array(contentLine, { maxLength: 12 }).map((lines) => ({
  kind: 'content',
  octets: lines.map((line) => `${line.startsWith('.') ? '.' : ''}${line}\r\n`).join(''),
}));

/** In one flight, or a command at a time. */
function flights(lines: readonly string[], isPipelined: boolean): Step[] {
  return isPipelined ? [{ kind: 'commands', lines }] : lines.map((line) => ({ kind: 'commands', lines: [line] }));
}

const transaction: fc.Arbitrary<Step[]> = fc
  .record({
    sender: fc.constantFrom(...SENDERS),
    parameters: fc.constantFrom(...PARAMETERS),
    recipients: fc.array(fc.constantFrom(...RECIPIENTS), { minLength: 1, maxLength: 4 }),
    isPipelined: fc.boolean(),
    content,
    isCutShort: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
  })
  .map(({ sender, parameters, recipients, isPipelined, content: message, isCutShort }) => {
    const lines = [`MAIL FROM:${sender}${parameters}`, ...recipients.map((recipient) => `RCPT TO:${recipient}`)];
    return isCutShort ? flights(lines, isPipelined) : [...flights([...lines, 'DATA'], isPipelined), message];
  });

/** RFC 6531: addresses and header in UTF-8; octets as Latin-1. */
const utf8Transaction: fc.Arbitrary<Step[]> = fc
  .tuple(fc.boolean(), content)
  .map(([isPipelined, message]) => [
    ...flights(
      ['MAIL FROM:<j\xc3\xbcrgen@sender.example> SMTPUTF8 BODY=8BITMIME', 'RCPT TO:<b\xc3\xb6b@example.com>', 'DATA'],
      isPipelined,
    ),
    message,
  ]);

const anyTime: fc.Arbitrary<Step[]> = fc.constantFrom(...ANY_TIME).map((line) => [{ kind: 'commands', lines: [line] }]);

const outOfOrder: fc.Arbitrary<Step[]> = fc
  .constantFrom('RCPT TO:<bob@example.com>', 'MAIL FROM:<alice@example.com>', 'DATA')
  .map((line) => [{ kind: 'commands', lines: [line] }]);

const startTls: fc.Arbitrary<Step[]> = fc.constant([
  { kind: 'starttls' },
  { kind: 'commands', lines: ['EHLO client.example'] },
]);

const auth: fc.Arbitrary<Step[]> = fc
  .constantFrom<readonly string[]>(
    [`AUTH PLAIN ${base64(`\0${ALICE.username}\0${ALICE.password}`)}`],
    ['AUTH PLAIN', base64(`\0${ALICE.username}\0${ALICE.password}`)],
    ['AUTH LOGIN', base64(ALICE.username), base64(ALICE.password)],
    [`AUTH LOGIN ${base64(ALICE.username)}`, base64(ALICE.password)],
    [`AUTH PLAIN ${base64(`\0${ALICE.username}\0wrong`)}`],
    ['AUTH LOGIN', '*'],
    ['AUTH PLAIN', '*'],
    ['AUTH CRAM-MD5'],
  )
  .map((lines) => [{ kind: 'auth', lines }]);

export interface DialogueOptions {
  readonly hasAuth: boolean;
}

export function dialogues({ hasAuth }: DialogueOptions): fc.Arbitrary<Dialogue> {
  const group = fc.oneof(
    { weight: 6, arbitrary: transaction },
    { weight: 1, arbitrary: utf8Transaction },
    { weight: 3, arbitrary: anyTime },
    { weight: 1, arbitrary: outOfOrder },
    { weight: 1, arbitrary: startTls },
    { weight: hasAuth ? 2 : 0, arbitrary: auth },
  );
  return fc
    .record({
      hello: fc.constantFrom<readonly string[]>(...HELLOS.map((line) => [line]), []),
      secured: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: startTls }),
      groups: fc.array(group, { minLength: 1, maxLength: 6 }),
    })
    .map(({ hello, secured, groups }) => [
      ...hello.map((line): Step => ({ kind: 'commands', lines: [line] })),
      ...secured,
      ...groups.flat(),
      { kind: 'commands', lines: ['QUIT'] },
    ]);
}
