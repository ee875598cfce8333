/** Real senders hear what a screening rule says; what a rule held and somebody released arrives at a real Postfix. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedDynamoDb } from '../../local/dynamodb/client.ts';
import { PostfixSubject, postfixMissing } from '../differential/postfix-subject.ts';
import type { Delivered } from '../differential/subject.ts';
import { Cloud } from '../support/cloud.ts';
import { AMBIGUOUS_HEAD, heldItems, releaseHeld } from '../support/cloud-held.ts';
import { newToken, openInbound, sendMail } from '../support/cloud-session.ts';
import { until } from '../support/cloud-wait.ts';
import { splitReceived } from '../support/received.ts';

const REPLY = 'Programs, scripts and documents with macros are not taken here, zipped or not';
const FROM = 'sender@elsewhere.test';
const TO = 'bob@example.com';
const TEST_MS = 60_000;
const missing = postfixMissing();

const PROGRAM = [
  `From: <${FROM}>`,
  'Subject: bill',
  'MIME-Version: 1.0',
  'Content-Type: application/octet-stream; name="bill.exe"',
  'Content-Transfer-Encoding: base64',
  '',
  'TVqQAAMAAAAEAAAA//8AALgAAAAA',
  '',
].join('\r\n');

const SMTPLIB = `
import smtplib, sys
try:
    smtplib.SMTP("127.0.0.1", int(sys.argv[1])).sendmail("${FROM}", "${TO}", open(sys.argv[2], "rb").read())
except smtplib.SMTPDataError as error:
    print(error.smtp_code, error.smtp_error.decode())
    sys.exit(1)
`;

/** Each hands a file over, and prints what it heard. */
const SENDERS: readonly (readonly [program: string, args: (port: string, file: string) => readonly string[]])[] = [
  [
    'swaks',
    (port, file) => ['--server', '127.0.0.1', '--port', port, '--from', FROM, '--to', TO, '--data', `@${file}`],
  ],
  [
    'curl',
    (port, file) => ['-sSv', `smtp://127.0.0.1:${port}`, '--mail-from', FROM, '--mail-rcpt', TO, '--upload-file', file],
  ],
  ['python3', (port, file) => ['-c', SMTPLIB, port, file]],
];

function isThere(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

describe.skipIf(missing !== undefined)(`before Postfix${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let postfix: PostfixSubject;
  let cloud: Cloud;
  let table: DynamoDBClient;
  const folder = mkdtempSync(join(tmpdir(), 'postern-senders-'));
  const delivered: Delivered[] = [];

  beforeAll(async () => {
    postfix = await PostfixSubject.start();
    const attributes = { defaultNextHop: `smtp://127.0.0.1:${postfix.port}?tls=never` };
    cloud = await Cloud.start({
      servers: ['inbound'],
      isScreened: true,
      items: [{ server: 'inbound', item: 'settings', attributes }],
    });
    table = embeddedDynamoDb(cloud.url('dynamodb'));
    writeFileSync(join(folder, 'program.eml'), PROGRAM);
  });
  afterAll(async () => {
    table?.destroy();
    await cloud?.close();
    await postfix?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(SENDERS)('%s hears the words of the rule, and fails', { timeout: TEST_MS }, (program, args) => {
    if (!isThere(program)) return;
    const port = String(cloud.part('inbound').port('starttls'));

    const { status, stdout, stderr } = spawnSync(program, args(port, join(folder, 'program.eml')), {
      encoding: 'utf8',
    });

    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain('550');
    expect(stdout + stderr).toContain(REPLY);
    delivered.push(...postfix.takeDelivered());
    expect(delivered).toEqual([]);
  });

  it('held mail that is released arrives once, as it was', { timeout: TEST_MS }, async () => {
    const content = Buffer.from(
      `Subject: ${newToken()}\r\n${AMBIGUOUS_HEAD}\r\n--one\r\n\r\n.dot\r\n..two\r\n--one--\r\n`,
    );
    const client = await openInbound(cloud);
    const held = await sendMail(client, { from: FROM, to: TO, content });
    client.destroy();
    const before = postfix.takeDelivered();

    const [item] = await heldItems(table);
    if (item === undefined) throw new Error('Nothing is held');
    await releaseHeld(table, item);
    await until('it arrives', () => delivered.push(...postfix.takeDelivered()) > 0, 30_000);
    await until('it is released', async () => (await heldItems(table))[0]?.state === 'released', 30_000);

    expect(held.code).toBe(250);
    expect(before).toEqual([]);
    expect(delivered).toHaveLength(1);
    expect(delivered[0]).toMatchObject({ sender: FROM, recipients: [TO] });
    expect(splitReceived(delivered[0]?.content ?? '')?.rest).toBe(content.toString('latin1'));
  });
});
