/** The product whole, as a user has it: real processes, real bundles, real clients. */
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayEvents } from '../../functions/test-support/day-events.ts';
import { DEMO_PASSWORD, DEMO_USER, EmbeddedRun } from '../support/embedded-run.ts';
import { SmtpClient } from '../support/smtp-client.ts';

const run = promisify(execFile);
const CREDENTIALS = Buffer.from(`\0${DEMO_USER}\0${DEMO_PASSWORD}`).toString('base64');
/** Milliseconds: a policy edit is in force within 6 seconds. */
const IN_FORCE_MS = 6000;

let postern: EmbeddedRun;
let dynamodb: DynamoDBClient;

beforeAll(async () => {
  postern = await EmbeddedRun.start();
  dynamodb = new DynamoDBClient({
    endpoint: postern.dynamodbUrl,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
});

afterAll(async () => {
  dynamodb.destroy();
  expect(await postern.stop()).toBe(0);
});

function has(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`]);
    return true;
  } catch {
    return false;
  }
}

/** A message with everything that a careless relay would change. */
function message(token: string, size = 0): Buffer {
  const head = `From: <${DEMO_USER}>\r\nTo: <bob@example.com>\r\nSubject: ${token}\r\n\r\n`;
  const body = '.dot\r\n..two dots\r\n.\x01\r\n\r\n \t trailing blanks  \r\n\xe4\xf6\xfc 8 bits\r\n';
  const filler = `${randomBytes(48).toString('base64')}\r\n`.repeat(Math.ceil(size / 66));
  return Buffer.from(head + body + filler, 'latin1');
}

/** Dot-stuffs and ends, as RFC 5321 section 4.5.2 has it. */
function onTheWire(content: Buffer): Buffer {
  return Buffer.from(`${content.toString('latin1').replace(/^\./gm, '..')}.\r\n`, 'latin1');
}

/** The message after the one Received field that Postern put in front. */
function withoutReceived(octets: Buffer): Buffer {
  const field = /^Received: [^\n]*\r\n(?:\t[^\n]*\r\n)*/.exec(octets.toString('latin1'));
  return octets.subarray(field?.[0].length ?? 0);
}

async function submissionSession(): Promise<SmtpClient> {
  const client = await SmtpClient.connect(postern.submissionPort);
  await client.reply();
  await client.command('EHLO client.test');
  await client.startTls();
  await client.command('EHLO client.test');
  expect((await client.command(`AUTH PLAIN ${CREDENTIALS}`)).lines).toEqual(['235 2.7.0 Authentication succeeded']);
  return client;
}

async function send(client: SmtpClient, from: string, to: string, content: Buffer) {
  expect((await client.command(`MAIL FROM:<${from}>`)).code).toBe(250);
  expect((await client.command(`RCPT TO:<${to}>`)).code).toBe(250);
  expect((await client.command('DATA')).code).toBe(354);
  client.write(onTheWire(content));
  return client.reply();
}

/** Asks until the answer is right, no longer than an edit may take; the session stands all the while. */
async function becomes(ask: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + IN_FORCE_MS;
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error('The edit was not in force in time');
    // Half a second apart, so that the refusals on the way stay below `maxErrors`.
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

describe('submission', () => {
  it('takes mail after STARTTLS and AUTH, and the message at the MTA is the message sent plus one Received field', async () => {
    const token = randomBytes(8).toString('hex');
    const content = message(token, 300_000);

    const client = await submissionSession();
    const reply = await send(client, DEMO_USER, 'bob@example.com', content);

    expect(reply.lines[0]).toMatch(/^250 2\.0\.0 OK \S+$/);
    const [mail, ...others] = await postern.mailWith(token);
    expect(others).toEqual([]);
    expect(mail?.mailFrom).toBe(DEMO_USER);
    expect(mail?.rcptTo).toEqual(['bob@example.com']);
    expect(mail?.octets.toString('latin1')).toMatch(
      /^Received: from client\.test \(\[127\.0\.0\.1\]\)\r\n\tby submission\.postern\.test \(Postern\) with ESMTPSA\r\n/,
    );
    expect(withoutReceived(mail?.octets ?? Buffer.alloc(0)).equals(content)).toBe(true);
    client.destroy();
  });

  it('takes mail on its TLS port, and sends it out through SES', async () => {
    const token = randomBytes(8).toString('hex');
    const client = await SmtpClient.connectTls(postern.submissionsPort);
    expect((await client.reply()).code).toBe(220);
    await client.command('EHLO client.test');
    await client.command(`AUTH PLAIN ${CREDENTIALS}`);

    const reply = await send(client, DEMO_USER, 'anybody@elsewhere.test', message(token));

    expect(reply.code).toBe(250);
    const [mail] = await postern.mailWith(token, 'ses');
    expect(mail).toMatchObject({ mailFrom: DEMO_USER, rcptTo: ['anybody@elsewhere.test'] });
    expect(withoutReceived(mail?.octets ?? Buffer.alloc(0)).equals(message(token))).toBe(true);
    client.destroy();
  });

  it('refuses MAIL before AUTH, AUTH in the clear, and a wrong password', async () => {
    const client = await SmtpClient.connect(postern.submissionPort);
    await client.reply();
    await client.command('EHLO client.test');

    expect((await client.command(`MAIL FROM:<${DEMO_USER}>`)).lines[0]).toMatch(/^530 5\.7\.0 /);
    expect((await client.command(`AUTH PLAIN ${CREDENTIALS}`)).lines[0]).toMatch(/^538 5\.7\.11 /);
    await client.startTls();
    await client.command('EHLO client.test');
    const wrong = Buffer.from(`\0${DEMO_USER}\0wrong`).toString('base64');
    expect((await client.command(`AUTH PLAIN ${wrong}`)).lines[0]).toMatch(/^535 5\.7\.8 /);
    const nobody = Buffer.from('\0nobody@example.com\0wrong').toString('base64');
    expect((await client.command(`AUTH PLAIN ${nobody}`)).lines[0]).toMatch(/^535 5\.7\.8 /);
    expect((await client.command(`AUTH PLAIN ${wrong}`)).lines[0]).toMatch(/^421 4\.7\.0 /);
    await client.closed();
  });

  it('refuses a sender that is not the identity’s', async () => {
    const client = await submissionSession();

    expect((await client.command('MAIL FROM:<mallory@example.com>')).lines[0]).toMatch(/^553 5\.7\.1 /);
    client.destroy();
  });
});

describe('inbound', () => {
  it.each([
    ['an unlisted domain', 'bob@elsewhere.test'],
    ['a percent hack', 'bob%elsewhere.test@example.com'],
    ['a bang path', 'elsewhere.test!bob@example.com'],
    ['a quoted at sign', '"bob@elsewhere.test"@example.com'],
    ['a source route', '@example.com:bob@elsewhere.test'],
    ['an address literal', 'bob@[127.0.0.1]'],
    ['a subdomain of a listed one', 'bob@sub.example.com'],
  ])('is no open relay: refuses %s', async (_form, recipient) => {
    const client = await SmtpClient.connect(postern.inboundPort);
    await client.reply();
    await client.command('EHLO client.test');
    await client.command('MAIL FROM:<carol@example.org>');

    expect((await client.command(`RCPT TO:<${recipient}>`)).lines[0]).toMatch(/^550 5\.7\.1 /);
    client.destroy();
  });

  it('takes mail for its own domains and for postmaster, from anybody and from the null sender', async () => {
    const token = randomBytes(8).toString('hex');
    const client = await SmtpClient.connect(postern.inboundPort);
    await client.reply();
    await client.command('EHLO client.test');

    for (const [from, to] of [
      ['carol@example.org', 'bob@example.net'],
      ['', 'postmaster'],
      ['', 'Bob@EXAMPLE.com'],
    ] as const) {
      expect((await send(client, from, to, message(token))).code).toBe(250);
    }

    const taken = await postern.mailWith(token);
    expect(new Set(taken.map((mail) => mail.rcptTo[0]?.toLowerCase()))).toEqual(
      new Set(['bob@example.com', 'bob@example.net', 'postmaster']),
    );
    client.destroy();
  });

  it('has no AUTH, and knows no VRFY', async () => {
    const client = await SmtpClient.connect(postern.inboundPort);
    await client.reply();
    expect((await client.command('EHLO client.test')).lines.join()).not.toContain('AUTH');

    expect((await client.command(`AUTH PLAIN ${CREDENTIALS}`)).lines[0]).toMatch(/^502 5\.5\.1 /);
    expect((await client.command('VRFY bob')).lines[0]).toMatch(/^502 5\.5\.1 /);
    client.destroy();
  });
});

describe('policy', () => {
  it('is in force within 6 seconds of an edit, for a session that stands', async () => {
    const client = await SmtpClient.connect(postern.inboundPort);
    await client.reply();
    await client.command('EHLO client.test');
    const key = { server: { S: 'inbound' }, item: { S: 'command#NOOP' } };
    const longNoop = `NOOP ${'x'.repeat(40)}`;
    expect((await client.command(longNoop)).code).toBe(250);

    await dynamodb.send(new PutItemCommand({ TableName: 'postern-policy', Item: { ...key, maxOctets: { N: '20' } } }));
    await becomes(async () => (await client.command(longNoop)).lines[0]?.startsWith('500 5.5.2') === true);

    await dynamodb.send(
      new PutItemCommand({ TableName: 'postern-policy', Item: { ...key, allowed: { BOOL: false } } }),
    );
    await becomes(async () => (await client.command('NOOP')).lines[0]?.startsWith('502 5.5.1') === true);

    await dynamodb.send(new DeleteItemCommand({ TableName: 'postern-policy', Key: key }));
    await becomes(async () => (await client.command('NOOP')).code === 250);
    client.destroy();
  });

  it('opens and closes a relay domain with its item', async () => {
    const client = await SmtpClient.connect(postern.inboundPort);
    await client.reply();
    await client.command('EHLO client.test');
    await client.command('MAIL FROM:<carol@example.org>');
    const key = { server: { S: 'inbound' }, item: { S: 'domain#example.edu' } };
    expect((await client.command('RCPT TO:<dave@example.edu>')).code).toBe(550);

    await dynamodb.send(new PutItemCommand({ TableName: 'postern-policy', Item: key }));
    await becomes(async () => (await client.command('RCPT TO:<dave@example.edu>')).code === 250);
    await client.command('RSET');
    await client.command('MAIL FROM:<carol@example.org>');

    await dynamodb.send(new DeleteItemCommand({ TableName: 'postern-policy', Key: key }));
    await becomes(async () => (await client.command('RCPT TO:<dave@example.edu>')).code === 550);
    client.destroy();
  });

  it('keeps the last good value of a broken item in force, and names it', async () => {
    const client = await SmtpClient.connect(postern.inboundPort);
    await client.reply();
    await client.command('EHLO client.test');
    const update = (value: string) =>
      new UpdateItemCommand({
        TableName: 'postern-policy',
        Key: { server: { S: 'inbound' }, item: { S: 'settings' } },
        UpdateExpression: 'SET relay = :value',
        ExpressionAttributeValues: { ':value': { S: value } },
      });

    await dynamodb.send(update('everywhere'));
    await becomes(async () => postern.logged('policy-invalid').length > 0);

    expect(postern.logged('policy-invalid')[0]).toMatchObject({
      server: 'inbound',
      item: 'settings',
      problem: expect.stringContaining('relay'),
    });
    await client.command('MAIL FROM:<carol@example.org>');
    expect((await client.command('RCPT TO:<bob@example.com>')).code).toBe(250);
    expect((await client.command('RCPT TO:<bob@elsewhere.test>')).code).toBe(550);
    await dynamodb.send(update('listed-domains'));
    client.destroy();
  });
});

describe('what it leaves behind', () => {
  it('logs a line a transaction with session, verdict and rule, and never a credential', async () => {
    const token = randomBytes(8).toString('hex');
    const client = await submissionSession();
    await send(client, DEMO_USER, 'bob@example.com', message(token));
    await client.command('QUIT');
    const refused = await SmtpClient.connect(postern.inboundPort);
    await refused.reply();
    await refused.command('EHLO client.test');
    await refused.command('MAIL FROM:<carol@example.org>');
    await refused.command('RCPT TO:<bob@elsewhere.test>');
    await refused.command('QUIT');

    // Two processes write them: neither waits for the other.
    const lastRule = (server: string) => postern.logged('transaction').findLast((line) => line.server === server)?.rule;
    await expect.poll(() => lastRule('inbound')).toBe('relay-domains');
    await expect.poll(() => lastRule('submission')).toBe('next-hop');
    const lines = postern.logged('transaction');
    expect(lines).toContainEqual(
      expect.objectContaining({
        server: 'submission',
        verdict: 'accepted',
        rule: 'next-hop',
        session: expect.any(String),
        identity: DEMO_USER,
      }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ server: 'inbound', verdict: 'refused', rule: 'relay-domains' }),
    );
    // The banner tells the demo password on purpose; nothing after it does.
    const log = postern.output.slice(postern.output.indexOf('postern ready')).join('\n');
    expect(log).not.toContain(DEMO_PASSWORD);
    expect(log).not.toContain(CREDENTIALS);
  });

  it('records sessions, transactions, logins and refusals as items that expire, without a credential', async () => {
    const day = new Date().toISOString().slice(0, 10);
    const events = () => dayEvents(dynamodb, { server: 'inbound', day, table: 'postern-events' });

    const types = async () => (await events()).map(({ type }) => type);
    await expect
      .poll(types, { timeout: 10_000 })
      .toEqual(expect.arrayContaining(['session', 'transaction', 'refusal', 'policy-invalid']));
    const items = await events();
    for (const item of items) expect(Number(item.expiresAt)).toBeGreaterThan(Date.now() / 1000);
    const vrfy = items.find((item) => item.rule === 'command#VRFY');
    expect(vrfy).toMatchObject({ type: 'refusal', verb: 'VRFY', octets: 10 });
    expect(JSON.stringify(items)).not.toContain(DEMO_PASSWORD);
  });

  it('answers its health check', async () => {
    const response = await fetch(`http://127.0.0.1:${postern.healthPort}/health`);

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'ok', server: 'inbound', undeliveredEvents: 0 });
  });
});

describe('clients that people use', () => {
  it('nodemailer sends through submission, inside and out in one transaction', async () => {
    const token = randomBytes(8).toString('hex');
    const transport = createTransport({
      host: '127.0.0.1',
      port: postern.submissionPort,
      requireTLS: true,
      tls: { rejectUnauthorized: false },
      auth: { user: DEMO_USER, pass: DEMO_PASSWORD },
    });

    await transport.sendMail({
      from: DEMO_USER,
      to: ['bob@example.com', 'dora@elsewhere.test'],
      subject: token,
      text: 'Hello',
    });

    const [inside] = await postern.mailWith(token);
    const [outside] = await postern.mailWith(token, 'ses');
    expect(inside?.rcptTo).toEqual(['bob@example.com']);
    expect(outside?.rcptTo).toEqual(['dora@elsewhere.test']);
    expect(outside?.octets.equals(inside?.octets ?? Buffer.alloc(0))).toBe(true);
    transport.close();
  });

  it.runIf(has('curl'))('curl sends through both servers', async () => {
    const token = randomBytes(8).toString('hex');
    const file = join(postern.home, 'mail.eml');
    await writeFile(file, message(token));
    const envelope = ['--mail-from', DEMO_USER, '--mail-rcpt', 'bob@example.com', '--upload-file', file, '-sS'];

    await run('curl', [
      '--url',
      `smtp://127.0.0.1:${postern.submissionPort}`,
      '--ssl-reqd',
      '--insecure',
      '--user',
      `${DEMO_USER}:${DEMO_PASSWORD}`,
      ...envelope,
    ]);
    await run('curl', [
      '--url',
      `smtps://127.0.0.1:${postern.submissionsPort}`,
      '--insecure',
      '--user',
      `${DEMO_USER}:${DEMO_PASSWORD}`,
      ...envelope,
    ]);
    await run('curl', ['--url', `smtp://127.0.0.1:${postern.inboundPort}`, ...envelope]);

    expect(await postern.mailWith(token)).toHaveLength(3);
  });

  it.runIf(has('swaks'))('swaks sends with AUTH PLAIN and LOGIN, and sees a relay refused', async () => {
    const token = randomBytes(8).toString('hex');
    const common = ['--from', DEMO_USER, '--to', 'bob@elsewhere.test', '--header', `Subject: ${token}`];
    for (const mechanism of ['PLAIN', 'LOGIN']) {
      const login = ['--tls', '--auth', mechanism, '--auth-user', DEMO_USER, '--auth-password', DEMO_PASSWORD];
      await run('swaks', ['--server', `127.0.0.1:${postern.submissionPort}`, ...login, ...common]);
    }

    const refused = run('swaks', ['--server', `127.0.0.1:${postern.inboundPort}`, ...common]);

    await expect(refused).rejects.toMatchObject({ stdout: expect.stringContaining('550 5.7.1 Relay access denied') });
    expect(await postern.mailWith(token, 'ses')).toHaveLength(2);
  });

  it.runIf(has('python3'))('Python’s smtplib logs in and sends', async () => {
    const token = randomBytes(8).toString('hex');
    const script = `
import smtplib, ssl, sys
context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
with smtplib.SMTP("127.0.0.1", ${postern.submissionPort}) as s:
    s.ehlo(); s.starttls(context=context); s.ehlo()
    s.login(${JSON.stringify(DEMO_USER)}, ${JSON.stringify(DEMO_PASSWORD)})
    s.sendmail(${JSON.stringify(DEMO_USER)}, ["bob@example.com"], "Subject: ${token}\\r\\n\\r\\n.hello\\r\\n")
`;

    await run('python3', ['-c', script]);

    const [mail] = await postern.mailWith(token);
    expect(withoutReceived(mail?.octets ?? Buffer.alloc(0)).toString()).toBe(`Subject: ${token}\r\n\r\n.hello\r\n`);
  });

  it.runIf(has('openssl'))('openssl s_client finds TLS 1.2 and 1.3 and nothing older', async () => {
    const port = String(postern.inboundPort);
    const probe = (version: string) =>
      run('sh', [
        '-c',
        `printf 'QUIT\\r\\n' | openssl s_client -connect 127.0.0.1:${port} -starttls smtp ${version} 2>&1; true`,
      ]);

    expect((await probe('-tls1_2')).stdout).toMatch(/New, TLSv1\.2, Cipher is \S+-GCM-/);
    expect((await probe('-tls1_3')).stdout).toMatch(/New, TLSv1\.3, Cipher is TLS_/);
    expect((await probe('-tls1_1')).stdout).toContain('Cipher is (NONE)');
  });
});
