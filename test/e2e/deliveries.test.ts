/** What becomes of mail after Amazon SES took it: from the session to the trace, and to the sender's own mailbox. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { DEMO_PASSWORD, DEMO_USER, EmbeddedRun } from '../support/embedded-run.ts';
import { SmtpClient } from '../support/smtp-client.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
const CREDENTIALS = Buffer.from(`\0${DEMO_USER}\0${DEMO_PASSWORD}`).toString('base64');
/** Milliseconds: the machine may be busy. */
const SOON = { timeout: 60_000, interval: 250 };
const TEST_MS = 180_000;
const run = promisify(execFile);

let postern: EmbeddedRun;

beforeAll(async () => {
  postern = await EmbeddedRun.start();
  await cli('servers', 'submission', 'set', 'reportBounces=true');
});

afterAll(async () => {
  expect(await postern.stop()).toBe(0);
});

async function cli(...argv: readonly string[]): Promise<string> {
  const { POSTERN_API: _api, ...variables } = process.env;
  const env = { ...variables, POSTERN_HOME: postern.home, XDG_STATE_HOME: postern.home };
  return (await run(process.execPath, [MAIN, ...argv], { env })).stdout;
}

/** Sends as the demo user; the id of the 250. */
async function sent(message: string, ...recipients: readonly string[]): Promise<string> {
  const client = await SmtpClient.connectTls(postern.submissionsPort);
  await client.reply();
  await client.command('EHLO client.test');
  await client.command(`AUTH PLAIN ${CREDENTIALS}`);
  await client.command(`MAIL FROM:<${DEMO_USER}>`);
  for (const recipient of recipients) await client.command(`RCPT TO:<${recipient}>`);
  await client.command('DATA');
  client.write(Buffer.from(message));
  const { lines } = await client.command('.');
  client.destroy();
  const [, id] = /^250 2\.0\.0 OK (\S+)$/.exec(lines[0] ?? '') ?? [];
  if (id === undefined) throw new Error(lines.join('\n'));
  return id;
}

function messageOf(token: string, more = ''): string {
  return `From: <${DEMO_USER}>\r\nTo: <bob@elsewhere.test>\r\nSubject: ${token}\r\n${more}\r\nHello\r\n`;
}

it('a hard bounce is in the trace with its transaction, is counted, and reaches the sender’s own mailbox', {
  timeout: TEST_MS,
}, async () => {
  const token = randomBytes(8).toString('hex');

  const id = await sent(messageOf(token), 'bounce@simulator.amazonses.com', 'bob@elsewhere.test');

  const trace = await vi.waitFor(async () => {
    const text = await cli('trace', id);
    expect(text).toMatch(/bounced .*: 550 5\.1\.1 user unknown.*bob@elsewhere\.test delivered/);
    return text;
  }, SOON);
  expect(trace).toMatch(/taken by SES \d\d:\d\d:\d\d, bounce@simulator\.amazonses\.com bounced \d\d:\d\d:\d\d: 550/);
  const report = await vi.waitFor(async () => {
    const [found] = await postern.mailWith(`Subject: ${token}\r\nSent: `, 'ses');
    if (found === undefined) throw new Error('No report');
    return found;
  }, SOON);
  expect(report).toMatchObject({ mailFrom: 'postmaster@example.com', rcptTo: [DEMO_USER] });
  expect(report.octets.toString()).toContain(
    'Final-Recipient: rfc822; bounce@simulator.amazonses.com\r\nAction: failed',
  );
  expect(report.octets.toString()).toContain(`Id: ${id}\r\n`);
  expect(await cli('top', 'submission', '--by', 'user', '--bounced', '--csv')).toContain(`1,0,1,0,${DEMO_USER}`);
  expect(await cli('events', 'submission', '--type', 'delivery')).toContain('550 5.1.1 user unknown');
});

it('a complaint follows the delivery', { timeout: TEST_MS }, async () => {
  const id = await sent(messageOf(randomBytes(8).toString('hex')), 'complaint+x@elsewhere.test');

  await vi.waitFor(async () => {
    expect(await cli('trace', id)).toMatch(/delivered \S+: 250 2\.6\.0 Message received, complained of \S+: abuse/);
  }, SOON);
});

it('no report is made about a report, and it is in the trace all the same', { timeout: TEST_MS }, async () => {
  const token = randomBytes(8).toString('hex');

  const id = await sent(messageOf(token, 'Auto-Submitted: auto-replied\r\n'), 'bounce+auto@elsewhere.test');
  const later = randomBytes(8).toString('hex');
  await vi.waitFor(async () => expect(await cli('trace', id)).toContain('bounced'), SOON);

  // A report about what came later is there: one about this would be too.
  await sent(messageOf(later), 'bounce+later@elsewhere.test');
  await vi.waitFor(
    async () => expect(await postern.mailWith(`Subject: ${later}\r\nSent: `, 'ses')).toHaveLength(1),
    SOON,
  );
  expect(await postern.mailWith(`Subject: ${token}\r\nSent: `, 'ses')).toEqual([]);
});
