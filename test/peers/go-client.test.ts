/**
 * Programs that send by Go's `net/smtp`, which names in MAIL whatever EHLO offers: through every server of the embedded
 * run, to every kind of next hop.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO_PASSWORD, DEMO_USER, EmbeddedRun } from '../support/embedded-run.ts';
import { politely, ScriptedHop } from '../support/scripted-hop.ts';
import { type Outcome, run } from './mail-client.ts';

const missing = spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0 ? undefined : 'Go is not installed';
/** A hop that has neither 8BITMIME nor SMTPUTF8. */
const BARE = '250-hop.example\r\n250 PIPELINING\r\n';
const LOGIN = [DEMO_USER, DEMO_PASSWORD];

describe.skipIf(missing !== undefined)(`Go's net/smtp${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-go-'));
  const program = join(folder, 'go-client');
  let postern: EmbeddedRun;
  let bareHop: ScriptedHop;

  beforeAll(async () => {
    const source = join(import.meta.dirname, 'go-client', 'main.go');
    execFileSync('go', ['build', '-o', program, source], { env: { ...process.env, GOCACHE: join(folder, 'cache') } });
    bareHop = await ScriptedHop.start(politely({ EHLO: BARE }));
    postern = await EmbeddedRun.start();
    await routeToBareHop();
  }, 120_000);
  afterAll(async () => {
    await postern?.stop();
    await bareHop?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Mail to `bare.example` goes to the bare hop, from both servers. */
  async function routeToBareHop(): Promise<void> {
    const { port } = bareHop;
    const dynamodb = new DynamoDBClient({
      endpoint: postern.dynamodbUrl,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    });
    for (const server of ['submission', 'inbound']) {
      const Item = {
        server: { S: server },
        item: { S: 'domain#bare.example' },
        nextHop: { S: `smtp://127.0.0.1:${port}?tls=never` },
      };
      await dynamodb.send(new PutItemCommand({ TableName: 'postern-policy', Item }));
    }
    dynamodb.destroy();
  }

  const servers = {
    'submission with STARTTLS': () => [`127.0.0.1:${postern.submissionPort}`, 'starttls', ...LOGIN],
    'submission with TLS first': () => [`127.0.0.1:${postern.submissionsPort}`, 'tls', ...LOGIN],
    inbound: () => [`127.0.0.1:${postern.inboundPort}`, 'clear'],
    'inbound with STARTTLS': () => [`127.0.0.1:${postern.inboundPort}`, 'starttls'],
  } as const;

  function send(server: keyof typeof servers, to: string, content: Buffer): Promise<Outcome> {
    const [address = '', mode = '', ...login] = servers[server]();
    return run(program, [address, mode, DEMO_USER, to, ...login], content);
  }

  function message(token: string, body = 'Plain text.', subject = 'Hello'): Buffer {
    return Buffer.from(`From: <${DEMO_USER}>\r\nMessage-ID: <${token}@x>\r\nSubject: ${subject}\r\n\r\n${body}\r\n`);
  }

  describe.each(Object.keys(servers) as (keyof typeof servers)[])('through %s', (server) => {
    it('sends to the internal mail server', async () => {
      const token = randomUUID();

      const { isSent, said } = await send(server, 'bob@example.com', message(token));

      expect(isSent, said).toBe(true);
      expect(await postern.mailWith(token)).toHaveLength(1);
    });

    it('sends to a hop without 8BITMIME and SMTPUTF8, which is told of neither', async () => {
      const token = randomUUID();

      const { isSent, said } = await send(server, 'bob@bare.example', message(token));

      expect(isSent, said).toBe(true);
      const heard = bareHop.clients.map((client) => client.heard).join('');
      expect(heard).toContain(token);
      expect(heard).not.toMatch(/8BITMIME|SMTPUTF8/);
    });

    it('hears at the end of data what a body in UTF-8 needs that such a hop lacks, which gets no such message', async () => {
      const token = randomUUID();

      const { isSent, said } = await send(server, 'bob@bare.example', message(token, 'Grüße'));

      expect(isSent).toBe(false);
      expect(said).toMatch(/^content 554 5\.6\.3 /);
      const heard = bareHop.clients.map((client) => client.heard).filter((octets) => octets.includes(token));
      for (const octets of heard) expect(octets.endsWith('\r\n.\r\n')).toBe(false);
    });
  });

  describe.each(['submission with STARTTLS', 'submission with TLS first'] as const)('through %s', (server) => {
    it('sends to Amazon SES', async () => {
      const token = randomUUID();

      const { isSent, said } = await send(server, 'bob@elsewhere.example', message(token, 'Grüße'));

      expect(isSent, said).toBe(true);
      expect(await postern.mailWith(token, 'ses')).toHaveLength(1);
    });

    it('hears at the end of data that Amazon SES takes no header in UTF-8', async () => {
      const token = randomUUID();

      const { isSent, said } = await send(server, 'bob@elsewhere.example', message(token, 'x', 'Grüße'));

      expect(isSent).toBe(false);
      expect(said).toMatch(/^content 554 5\.6\.7 /);
      expect(await postern.mailWith(token, 'ses')).toEqual([]);
    });
  });
});
