/** No credential leaves the path from the client to the function that judges it: not to a log, an event, or a message. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { DEMO_PASSWORD, DEMO_USER, EmbeddedRun } from '../support/embedded-run.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { visitSubmissions } from './honest-client.ts';

const WRONG_PASSWORD = 'wrong horse battery staple';
const SECRETS = [DEMO_PASSWORD, WRONG_PASSWORD].flatMap((password) => [
  password,
  JSON.stringify(password).slice(1, -1),
  base64(password),
  base64(`\0${DEMO_USER}\0${password}`),
]);

let run: EmbeddedRun;

beforeAll(async () => {
  run = await EmbeddedRun.start();
});

afterAll(async () => {
  await run.stop();
});

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function sayEverywhere(password: string): Promise<void> {
  const client = await SmtpClient.connectTls(run.submissionsPort);
  await client.reply();
  await client.command('EHLO c.example');
  await client.command(`AUTH PLAIN ${base64(`\0${DEMO_USER}\0${password}`)}`);
  await client.command('AUTH LOGIN');
  await client.command(base64(DEMO_USER));
  await client.command(base64(password));
  // Where no credential belongs: an unknown verb, a base64 with a fault in it, and in the clear.
  await client.command(base64(`\0${DEMO_USER}\0${password}`));
  await client.command(`AUTH PLAIN ${base64(`\0${DEMO_USER}\0${password}`)}!`);
  client.destroy();
  const plain = await SmtpClient.connect(run.submissionPort);
  await plain.reply();
  await plain.command('EHLO c.example');
  await plain.command(`AUTH PLAIN ${base64(`\0${DEMO_USER}\0${password}`)}`);
  plain.destroy();
}

async function events(): Promise<string> {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const client = new DynamoDBClient({ endpoint: run.dynamodbUrl, region: 'eu-west-1', credentials });
  const { Items = [] } = await client.send(new ScanCommand({ TableName: 'postern-events' }));
  client.destroy();
  return JSON.stringify(Items);
}

/** Every file of the state directory itself, and all mail; the tables' own files are read as events instead. */
function files(home: string): string {
  return [home, join(home, 'mail', 'mta'), join(home, 'mail', 'ses')]
    .flatMap((directory) => readdirSync(directory, { withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

it('is in no log, no event, no message and no file', { timeout: 40_000 }, async () => {
  await sayEverywhere(DEMO_PASSWORD);
  await sayEverywhere(WRONG_PASSWORD);
  await visitSubmissions(run.submissionsPort, 'leak-test', { username: DEMO_USER, password: DEMO_PASSWORD });

  // The last event of the last session is written within seconds; what was said is in the table by then.
  const written = await vi.waitFor(
    async () => {
      const text = await events();
      expect(text).toContain('"accepted"');
      expect(text).toContain('"reject"');
      return text;
    },
    { timeout: 15_000, interval: 100 },
  );
  // The servers' lines alone: what the run prints to try names the demo password on purpose.
  const lines = run.output.filter((line) => line.startsWith('{')).join('\n');
  const all = `${lines}\n${written}\n${files(run.home)}`;

  expect(all).toContain(DEMO_USER);
  expect(SECRETS.filter((secret) => all.includes(secret))).toEqual([]);
});
