/** Generators of what clients send: legal dialogues, mutations of them, and plain noise. */
import fc from 'fast-check';
import type { Policy } from '../../policy/snapshot.ts';
import { ALICE } from '../support/answers.ts';
import { testPolicy } from '../support/policy.ts';
import { inSizes, type Segmentation } from '../support/segmentation.ts';

const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');

/** `#` becomes a token that no other line has. */
const LEGAL_LINES = [
  'EHLO c#.example',
  'HELO c#.example',
  'MAIL FROM:<alice@example.com>',
  'MAIL FROM:<u#@example.com>',
  'MAIL FROM:<> SIZE=10',
  'MAIL FROM:<u#@example.com> BODY=8BITMIME SMTPUTF8',
  'RCPT TO:<u#@example.com>',
  'RCPT TO:<"u#"@example.com>',
  'RCPT TO:<u#@example.com>',
  'DATA',
  'DATA',
  '.',
  '.',
  '',
  'Received: by u#',
  '..u#',
  'RSET',
  'NOOP u#',
  'STARTTLS',
  `AUTH PLAIN ${base64(`\0${ALICE.username}\0${ALICE.password}`)}`,
  'AUTH LOGIN',
  base64(ALICE.username),
  base64(ALICE.password),
  '*',
] as const;

const REFUSED_LINES = [
  'QUIT u#',
  'MAIL FROM:<u#>',
  'MAIL FROM:<u#@example.com> SIZE=99999999999999999999',
  'MAIL FROM:<u#@example.com> RET=FULL',
  'RCPT TO:<u#@elsewhere.example>',
  'RCPT TO:<u#%a@example.com>',
  'RCPT TO:<@a.example:u#@example.com>',
  'RCPT TO:<u#\xe9@example.com>',
  'RCPT TO:<u#@example.com> NOTIFY=NEVER',
  'VRFY u#',
  'BDAT 10 u#',
  'XYZZY u#',
  'AUTH PLAIN u#==',
] as const;

const BAD_OCTETS = [
  '\0',
  '\r',
  '\n',
  '\t',
  '\x7f',
  '\x80',
  '\xa0',
  '\xff',
  ' ',
  '<',
  '>',
  '"',
  '\n.\n',
  '\r.\r',
] as const;

/** Changes one line; none of the changes puts CR LF into it. */
const mutation: fc.Arbitrary<(line: string) => string> = fc.oneof(
  fc.record({ at: fc.nat(60), octet: fc.constantFrom(...BAD_OCTETS) }).map(
    ({ at, octet }) =>
      (line: string) =>
        `${line.slice(0, at)}${octet}${line.slice(at)}`,
  ),
  fc.nat(40).map((at) => (line: string) => line.slice(0, at)),
  fc.integer({ min: 1, max: 700 }).map((count) => (line: string) => `${line} ${'u#'.repeat(count)}`),
  fc.constant((line: string) => `${line}\nRCPT TO:<u#@example.com>`),
  fc.constant((line: string) => `${line}\rDATA`),
);

const line = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...LEGAL_LINES) },
  { weight: 3, arbitrary: fc.constantFrom(...REFUSED_LINES) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...LEGAL_LINES, ...REFUSED_LINES), mutation)
      .map(([text, mutate]) => mutate(text).replaceAll('\r\n', '\n\r').replace(/\r$/, '')),
  },
);

/** A transaction in full, so that noise does not keep every run from its content. */
const transaction = fc
  .record({
    recipients: fc.integer({ min: 1, max: 4 }),
    content: fc.array(
      fc.oneof(
        line,
        fc.integer({ min: 1, max: 200 }).map((count) => 'x'.repeat(count)),
      ),
      { maxLength: 6 },
    ),
  })
  .map(({ recipients, content }) => [
    'MAIL FROM:<alice@example.com>',
    ...new Array<string>(recipients).fill('RCPT TO:<u#@example.com>'),
    'DATA',
    ...content.filter((text) => text !== '.'),
    '.',
  ]);

function withTokens(lines: readonly string[]): string[] {
  return lines.map((text, index) => text.replaceAll('#', `t${index}t`));
}

/** Lines without their CR LF, octets as Latin-1; `t7t` stands only in line 7. */
export const clientLines: fc.Arbitrary<string[]> = fc
  .array(fc.oneof({ weight: 5, arbitrary: line.map((text) => [text]) }, { weight: 1, arbitrary: transaction }), {
    maxLength: 24,
  })
  .map((groups) => withTokens(['EHLO client.example', ...groups.flat()]));

/** Flights of lines that end anywhere, in the middle of a line too. */
export const clientFlights: fc.Arbitrary<string[]> = fc
  .tuple(clientLines, fc.array(fc.nat(2000), { maxLength: 4 }))
  .map(([lines, cuts]) => {
    const octets = lines.map((text) => `${text}\r\n`).join('');
    const places = [0, ...cuts.map((cut) => cut % (octets.length + 1)).sort((a, b) => a - b), octets.length];
    return places.slice(1).map((end, index) => octets.slice(places[index], end));
  });

/** Octets without sense, and words of SMTP among them. */
export const noise: fc.Arbitrary<Buffer> = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 30 }).map((octets) => Buffer.from(octets)),
      fc
        .constantFrom('\r\n', '\r\n', '.', ' ', '\r\n.\r\n', ...LEGAL_LINES, ...REFUSED_LINES, ...BAD_OCTETS)
        .map((text) => Buffer.from(text, 'latin1')),
      fc.constantFrom(...LEGAL_LINES).map((text) => Buffer.from(`${text}\r\n`, 'latin1')),
    ),
    { maxLength: 60 },
  )
  .map((parts) => Buffer.concat(parts));

export const segmentation: fc.Arbitrary<Segmentation> = fc
  .array(fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 4, max: 200 })), { minLength: 1, maxLength: 6 })
  .map(inSizes);

const POLICIES: readonly Policy[] = [
  testPolicy({ maxErrors: 100 }),
  testPolicy({ authentication: 'offered', authenticationRequiresTls: false, maxErrors: 100 }),
  testPolicy({ commandProfile: 'isa2000fp1', maxErrors: 5, maxRecipients: 2 }),
  testPolicy({ commandProfile: 'rfc5321', bareNewline: 'normalise', maxMessageOctets: 300, maxErrors: 50 }),
  testPolicy({ authentication: 'required', authenticationRequiresTls: false, maxLoginFailures: 2, maxErrors: 30 }),
  testPolicy({ maxErrors: 100 }, [
    { item: 'command#NOOP', maxOctets: 6 },
    { item: 'command#EHLO', maxOctets: 30 },
    { item: 'command#RCPT', maxOctets: 40 },
  ]),
];

export const policy: fc.Arbitrary<Policy> = fc.constantFrom(...POLICIES);
