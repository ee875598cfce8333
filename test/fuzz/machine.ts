/** Invariant: whatever comes, from whomever and whenever, the machine never throws and `MachineWatch` sees nothing wrong. */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { parseDialogue } from '../dialogues/dialogue.ts';
import { ALICE } from '../support/answers.ts';
import { testPolicy } from '../support/policy.ts';
import { cut, cutIntoLines } from './cut.ts';
import { MachineShell } from './machine-shell.ts';
import type { Random } from './random.ts';
import type { FuzzTarget } from './target.ts';

const DIALOGUES = posix.join(import.meta.dirname, '../dialogues');

const POLICIES = [
  testPolicy({ maxErrors: 100 }),
  testPolicy(),
  testPolicy({ authentication: 'offered', authenticationRequiresTls: false, maxErrors: 100 }),
  testPolicy({ authentication: 'required', maxLoginFailures: 2 }),
  testPolicy({ authentication: 'required', authenticationRequiresTls: false, maxErrors: 50 }),
  testPolicy({
    authentication: 'required',
    authenticator: 'next-hop',
    authenticationRequiresTls: false,
    maxErrors: 100,
    maxLoginFailures: 10,
  }),
  testPolicy({ authentication: 'offered', authenticationRequiresTls: false, maxErrors: 100 }, [
    { item: 'issuer#x', issuer: 'https://issuer.example', audience: 'smtp' },
  ]),
  testPolicy({ commandProfile: 'isa2000fp1', maxErrors: 5, maxRecipients: 2, maxMessageOctets: 50 }),
  testPolicy({ commandProfile: 'rfc5321', bareNewline: 'normalise', maxMessageOctets: 300, maxErrors: 50 }),
  testPolicy({ bareNewline: 'normalise', maxErrors: 100 }),
  testPolicy({ maxErrors: 100 }, [
    { item: 'command#NOOP', maxOctets: 6 },
    { item: 'command#EHLO', maxOctets: 30 },
    { item: 'command#RCPT', maxOctets: 40 },
  ]),
  testPolicy({ maxRecipients: 3, maxUnknownRecipients: 2, maxErrors: 4 }),
  testPolicy({ enabled: false }),
] as const;

const WORDS = [
  '\r\n',
  '\r\n.\r\n',
  '\n.\n',
  '\r.\r',
  '\n.\r\n',
  '\r\n.\n',
  '\r',
  '\n',
  '\0',
  '.',
  '<',
  '>',
  '"',
  '@',
  ' ',
  '\xc3\xbc',
  '\xff',
  'EHLO c\r\n',
  'MAIL FROM:<a@example.com>',
  'RCPT TO:<b@example.com>\r\n',
  'RCPT TO:<b@example.com>\r\nRCPT TO:<c@example.com>\r\nRCPT TO:<postmaster>\r\n',
  'DATA\r\n',
  'RSET\r\n',
  'STARTTLS\r\n',
  'AUTH PLAIN ',
  'AUTH LOGIN\r\n',
  'AUTH XOAUTH2 ',
  'AUTH OAUTHBEARER\r\n',
  'AUTH CRAM-MD5\r\n',
  'AUTH SCRAM-SHA-256 ',
  'YQ==\r\n',
  '*\r\n',
  'QUIT\r\n',
  ' SIZE=1',
  ' BODY=8BITMIME',
  ' SMTPUTF8',
  'Received: x\r\n',
  Buffer.from(`\0${ALICE.username}\0${ALICE.password}`).toString('base64'),
] as const;

/** All that the client says in each golden dialogue. */
function dialogueOctets(): Buffer[] {
  return readdirSync(DIALOGUES)
    .filter((file) => file.endsWith('.smtp'))
    .sort()
    .map((file) => parseDialogue(readFileSync(posix.join(DIALOGUES, file), 'utf8')))
    .map(({ steps }) => Buffer.concat(steps.flatMap((step) => (step.kind === 'send' ? [step.octets] : []))));
}

function attempt(input: Buffer, random: Random): void {
  const shell = new MachineShell({
    random,
    policy: random.pick(POLICIES),
    otherPolicy: random.pick(POLICIES),
    isImplicitTls: random.once(10),
  });
  for (const segment of random.once(3) ? cutIntoLines(input) : cut(input, random)) shell.receive(segment);
  shell.end();
}

export const machineTarget: FuzzTarget = { name: 'machine', seeds: dialogueOctets, words: WORDS, attempt };
