/** The examples of docs/admin-api.md, section "Explain and replay", are run as they stand, and answer as they say. */
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DEMO_USER, EmbeddedRun } from '../support/embedded-run.ts';
import { SmtpClient } from '../support/smtp-client.ts';

interface Example {
  readonly command: string;
  /** What the answer holds, among other things. */
  readonly answer: object;
}

const run = promisify(execFile);
const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/admin-api.md'), 'utf8');
const SECTION = DOCUMENT.split(/^(?=## )/m).find((section) => section.startsWith('## Explain and replay\n')) ?? '';
const EXAMPLES = [...SECTION.matchAll(/```sh\n(.*?)```\n\n```json\n(.*?)```/gs)].map(
  ([, command = '', answer = '{}']): Example => ({ command, answer: JSON.parse(answer) }),
);

let postern: EmbeddedRun;

beforeAll(async () => {
  postern = await EmbeddedRun.start();
  await sendMail('bob@example.net');
  await vi.waitUntil(isRecorded, { timeout: 20_000, interval: 100 });
});
afterAll(async () => {
  await postern.stop();
});

async function sendMail(recipient: string): Promise<void> {
  const client = await SmtpClient.connect(postern.inboundPort);
  await client.reply();
  const commands = [
    'EHLO client.example',
    `MAIL FROM:<${DEMO_USER}>`,
    `RCPT TO:<${recipient}>`,
    'DATA',
    'Hello\r\n.',
    'QUIT',
  ];
  for (const command of commands) await client.command(command);
  client.socket.end();
}

async function isRecorded(): Promise<boolean> {
  const answer = await fetch(`${postern.adminUrl}/events?server=inbound&type=session`);
  const { events } = (await answer.json()) as { readonly events: readonly unknown[] };
  return events.length > 0;
}

function hasCurl(): boolean {
  try {
    execFileSync('curl', ['--version']);
    return true;
  } catch {
    return false;
  }
}

describe('an example of "Explain and replay"', () => {
  it('is there', () => {
    expect(EXAMPLES).toHaveLength(5);
  });

  it.runIf(hasCurl()).each(EXAMPLES)('answers as it says: $command', async ({ command, answer }) => {
    const { stdout } = await run('sh', ['-c', command.replaceAll('http://127.0.0.1:8080', postern.adminUrl)]);

    expect(JSON.parse(stdout)).toMatchObject(answer);
  });
});
