/** What a person needs who has just started Postern: where it listens, who may log in, what to try, where mail is stored. */
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DEMO_USER, HOST, REGION, TABLES } from '../names.ts';
import type { PublishedAddress, RunFile } from './run-file.ts';

export interface BannerFacts {
  readonly home: string;
  readonly run: RunFile;
  readonly password: string;
  /** Where the password comes from, as a variable or path. */
  readonly passwordSource: string;
}

const SAMPLE = [
  `From: Alice <${DEMO_USER}>`,
  'To: Bob <bob@example.com>',
  'Subject: A first mail through Postern',
  'Date: Thu, 01 Jan 2026 12:00:00 +0000',
  'Message-ID: <first-mail@example.com>',
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'Hello Bob,',
  '.a line that starts with a dot, and one with umlauts: äöü',
  '',
].join('\n');

const PARTS = ['MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=part', '', '--part'];

/** A message that the rule screen#100-executables is about: a program in its first octets, under a harmless label. */
const PROGRAM = [
  'From: Mallory <mallory@example.org>',
  'Subject: Your invoice',
  ...PARTS,
  'Content-Type: application/pdf; name="invoice.pdf"',
  'Content-Transfer-Encoding: base64',
  '',
  'TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAA=',
  '--part--',
  '',
].join('\n');

/** A message that mail programs read in different ways: two boundaries. */
const RIDDLE = [
  'From: Mallory <mallory@example.org>',
  'Subject: Read me if you can',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=one; boundary=two',
  '',
  '--one',
  '',
  'What some show.',
  '--one--',
  '--two',
  '',
  'What others show.',
  '--two--',
  '',
].join('\n');

/**
 * Writes the messages that the printed commands send. Their lines end as editors end them; curl makes CR LF of that
 * (--crlf), so that a file of one's own works likewise.
 */
export function writeSamples(home: string): void {
  const samples = { 'sample.eml': SAMPLE, 'program.eml': PROGRAM, 'riddle.eml': RIDDLE };
  for (const [name, text] of Object.entries(samples)) writeFileSync(join(home, name), text, { mode: 0o600 });
}

function addressOf({ listeners }: PublishedAddress, mode: string): string {
  return `${HOST}:${listeners.find((listener) => listener.mode === mode)?.port ?? 'unknown'}`;
}

/** As it is typed in a shell, relative to where the run was started. */
function typed(path: string): string {
  const near = relative(process.cwd(), path);
  return quoted(near.startsWith('..') ? path : near);
}

function quoted(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function banner({ home, run, password, passwordSource }: BannerFacts): string {
  const { dynamodb, lambda, ses, s3, mta, admin, submission, inbound } = run.parts;
  const submissionAddress = addressOf(submission, 'starttls');
  const inboundAddress = addressOf(inbound, 'starttls');
  const sample = typed(join(home, 'sample.eml'));
  const login = quoted(`${DEMO_USER}:${password}`);
  const atMta =
    mta.pid === undefined
      ? `goes on to ${mta.url} (POSTERN_MTA_URL)`
      : `is stored in ${typed(join(home, 'mail', 'mta'))}`;
  return `
  Postern, embedded run

  submission   ${submissionAddress} STARTTLS, ${addressOf(submission, 'tls')} TLS   login required, relays to any domain
  inbound      ${inboundAddress} STARTTLS                      anonymous, takes mail for example.com and example.net
  internal MTA ${mta.url}    SES ${ses.url}    S3 ${s3.url}    DynamoDB ${dynamodb.url}    Lambda ${lambda.url}
  admin API    ${admin.url}

  Page         ${admin.page}
               (servers, sessions, policy, held mail; this address has the key to it)

  Demo user    ${DEMO_USER}
  Password     ${password}   (${passwordSource})

  Send one mail through each server:

  curl --crlf --url smtp://${submissionAddress} --ssl-reqd --insecure --user ${login} --mail-from ${DEMO_USER} --mail-rcpt bob@example.com --upload-file ${sample}
  curl --crlf --url smtp://${inboundAddress} --mail-from carol@example.org --mail-rcpt bob@example.com --upload-file ${sample}

  swaks --server ${submissionAddress} --tls --auth PLAIN --auth-user ${DEMO_USER} --auth-password ${quoted(password)} --from ${DEMO_USER} --to bob@example.com
  swaks --server ${inboundAddress} --from carol@example.org --to bob@example.com

  Screened (rules screen#100-executables and screen#200-unreadable of inbound): the first is refused, the second held:

  curl --crlf --url smtp://${inboundAddress} --mail-from mallory@example.org --mail-rcpt bob@example.com --upload-file ${typed(join(home, 'program.eml'))}
  curl --crlf --url smtp://${inboundAddress} --mail-from mallory@example.org --mail-rcpt bob@example.com --upload-file ${typed(join(home, 'riddle.eml'))}

  Look at what is held, and hand it on (ID is what the 250 said):

  npm run postern -- held inbound
  npm run postern -- held inbound release ID

  Mail for example.com and example.net ${atMta}, other mail (SES) in ${typed(join(home, 'mail', 'ses'))}:
  ID.eml as it was received, ID.json with its envelope.

  Look at policy, and change it; an edit is in force within 5 seconds:

  npx postern domains inbound
  AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any aws dynamodb scan --region ${REGION} --endpoint-url ${dynamodb.url} --table-name ${TABLES.policy}

  Logs: a JSON line here for each transaction, login and refusal; what the functions say in ${typed(join(home, 'functions.log'))}.
  Servers, users, sessions, policy: npx postern --help.   Ctrl-C ends everything.

`;
}
