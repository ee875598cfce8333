import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetSendQuotaCommand, SendRawEmailCommand } from '@aws-sdk/client-ses';
import { SendEmailCommand } from '@aws-sdk/client-sesv2';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SesClients } from '../../edge-proxy/next-hop/ses/call.ts';
import { sesClients } from '../../test/support/ses-bed.ts';
import { temporaryDirectory } from '../test-support/temporary-directory.ts';
import { startSes } from './server.ts';

interface Fixture {
  readonly port: number;
  readonly directory: string;
  readonly clients: SesClients;
}

async function endpoint(): Promise<Fixture> {
  const directory = join(temporaryDirectory(), 'mail', 'ses');
  const { port, close } = await startSes({ port: 0, directory });
  onTestFinished(close);
  return { port, directory, clients: sesClients(port) };
}

interface Mail {
  readonly sender?: string;
  readonly recipients: readonly string[];
  readonly message: string | Buffer;
}

const MAIL: Mail = {
  sender: 'alice@example.com',
  recipients: ['bob@example.net', 'carol+x=y@example.org'],
  message: 'From: alice@example.com\r\n\r\nHello\r\n',
};

type Operation = (clients: SesClients, mail: Mail) => Promise<string | undefined>;

async function sendRawEmail({ ses }: SesClients, { sender, recipients, message }: Mail): Promise<string | undefined> {
  const command = new SendRawEmailCommand({
    ...(sender === undefined ? {} : { Source: sender }),
    Destinations: [...recipients],
    RawMessage: { Data: Buffer.from(message) },
  });
  return (await ses.send(command)).MessageId;
}

async function sendEmail({ sesV2 }: SesClients, { sender, recipients, message }: Mail): Promise<string | undefined> {
  const command = new SendEmailCommand({
    ...(sender === undefined ? {} : { FromEmailAddress: sender }),
    Destination: { ToAddresses: [...recipients] },
    Content: { Raw: { Data: Buffer.from(message) } },
  });
  return (await sesV2.send(command)).MessageId;
}

const OPERATIONS: readonly { readonly name: string; readonly invalid: string; readonly send: Operation }[] = [
  { name: 'SendRawEmail', invalid: 'InvalidParameterValue', send: sendRawEmail },
  { name: 'SendEmail', invalid: 'BadRequestException', send: sendEmail },
];

function put(port: number, fault: unknown): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/-/fault`, { method: 'PUT', body: JSON.stringify(fault) });
}

describe.each(OPERATIONS)('$name at the SES endpoint', ({ name, invalid, send }) => {
  it('keeps the octets, and the envelope beside them, under the id that it answers', async () => {
    const { clients, directory } = await endpoint();
    const message = Buffer.concat([Buffer.from(MAIL.message), Buffer.from([...Array(256).keys()])]);

    const id = await send(clients, { ...MAIL, message });

    expect(readdirSync(directory).sort()).toEqual([`${id}.eml`, `${id}.json`]);
    expect(readFileSync(join(directory, `${id}.eml`)).equals(message)).toBe(true);
    expect(JSON.parse(readFileSync(join(directory, `${id}.json`), 'utf8'))).toMatchObject({
      id,
      mailFrom: 'alice@example.com',
      rcptTo: ['bob@example.net', 'carol+x=y@example.org'],
      octets: message.length,
      operation: name,
      client: { address: '127.0.0.1' },
    });
  });

  it('keeps an empty reverse-path for a call that named no sender', async () => {
    const { clients, directory } = await endpoint();

    const id = await send(clients, { recipients: MAIL.recipients, message: MAIL.message });

    expect(JSON.parse(readFileSync(join(directory, `${id}.json`), 'utf8'))).toMatchObject({ mailFrom: '' });
  });

  it.each([
    ['51 recipients', { recipients: Array.from({ length: 51 }, () => 'a@b') }, 'Recipient count exceeds 50.'],
    ['no recipients', { recipients: [] }, 'There are no recipients specified.'],
    ['a recipient without a domain', { recipients: ['postmaster'] }, "Missing final '@domain'"],
    ['a message without From', { message: 'Subject: x\r\n\r\nFrom: a@b\r\n' }, "Missing required header 'From'."],
    ['an empty message', { message: '' }, "Missing required header 'From'."],
    ['a field twice', { message: 'From: a@b\r\nDate: x\r\nX: y\r\ndate: z\r\n\r\n' }, "Duplicate header 'date'."],
  ])('refuses %s', async (_, part, message) => {
    const { clients, directory } = await endpoint();

    await expect(send(clients, { ...MAIL, ...part })).rejects.toMatchObject({ name: invalid, message });

    expect(readdirSync(directory)).toEqual([]);
  });

  it('takes what may stand twice, in the header and in the body', async () => {
    const { clients } = await endpoint();
    const message =
      'Received: a\r\nReceived: b\r\nFrom: c@d\r\nSubject: e\r\n Subject: f\r\n\r\nSubject: g\r\nFrom: h\r\n';

    expect(await send(clients, { ...MAIL, message })).toBeDefined();
  });

  it('fails as often as it was told, and then no more', async () => {
    const { clients, port, directory } = await endpoint();
    await put(port, { kind: 'MessageRejected', message: 'Told <so> & again', times: 2 });

    for (const _ of [1, 2]) {
      await expect(send(clients, MAIL)).rejects.toMatchObject({
        name: 'MessageRejected',
        message: 'Told <so> & again',
      });
    }

    expect(readdirSync(directory)).toEqual([]);
    expect(await send(clients, MAIL)).toBeDefined();
  });

  it('fails until told otherwise', async () => {
    const { clients, port } = await endpoint();
    await put(port, { kind: 'ServiceUnavailable' });
    for (const _ of [1, 2, 3]) {
      await expect(send(clients, MAIL)).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
    }

    await fetch(`http://127.0.0.1:${port}/-/fault`, { method: 'DELETE' });

    expect(await send(clients, MAIL)).toBeDefined();
  });

  it('keeps a message whose answer it drops', async () => {
    const { clients, port, directory } = await endpoint();
    await put(port, { kind: 'drop', times: 1 });

    await expect(send(clients, MAIL)).rejects.toThrow();

    expect(readdirSync(directory)).toHaveLength(2);
  });

  it.each(['hang', 'slow'])('that was told to %s does not keep the endpoint from closing', async (kind) => {
    const { port, close } = await startSes({ port: 0, directory: temporaryDirectory() });
    const clients = sesClients(port);
    await put(port, { kind, delayMs: 3_600_000, times: 1 });
    const sends = [send(clients, MAIL), send(clients, MAIL)].map((sent) => sent.catch((error: unknown) => error));
    // The fault is the first one's to come in: once the other is answered, it waits.
    expect(await Promise.race(sends)).toEqual(expect.any(String));

    await close();

    expect((await Promise.all(sends)).filter((outcome) => outcome instanceof Error)).toHaveLength(1);
  });
});

describe('the SES endpoint', () => {
  it('refuses a message of more than 10 MiB by API v1 and takes it by v2', async () => {
    const { clients } = await endpoint();
    const message = Buffer.alloc(10_485_761, 'From: a@b\r\n\r\n');

    await expect(sendRawEmail(clients, { ...MAIL, message })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: "Message length is more than 10485760 bytes long: '10485761'.",
    });
    expect(await sendEmail(clients, { ...MAIL, message })).toBeDefined();
  });

  it('refuses a message of more than 40 MiB', async () => {
    const { clients } = await endpoint();

    const sent = sendEmail(clients, { ...MAIL, message: Buffer.alloc(41_943_041, 'From: a@b\r\n\r\n') });

    await expect(sent).rejects.toMatchObject({ name: 'BadRequestException' });
  });

  it('has a quota that nothing here could reach', async () => {
    const { clients } = await endpoint();

    const { MaxSendRate } = await clients.ses.send(new GetSendQuotaCommand());

    expect(MaxSendRate).toBe(1_000_000);
  });

  it('knows no other action', async () => {
    const { port } = await endpoint();

    const body = new URLSearchParams({ Action: 'ListIdentities', Version: 'x' });
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body });

    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('<Code>InvalidAction</Code>');
  });

  it.each([
    ['PUT', 'not JSON', 400],
    ['PUT', '{"kind":"two words"}', 400],
    ['PUT', '{"kind":"hang","time":1}', 400],
    ['PUT', '{"kind":"slow","times":0}', 400],
    ['POST', '{"kind":"hang"}', 405],
  ])('takes no fault by %s %j', async (method, body, status) => {
    const { port, clients } = await endpoint();

    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`http://127.0.0.1:${port}/-/fault`, { method, body, headers });

    expect(answer.status).toBe(status);
    expect(await sendRawEmail(clients, MAIL)).toBeDefined();
  });

  it('is a program that says where it listens, keeps mail, and ends on SIGTERM', async () => {
    const directory = join(temporaryDirectory(), 'ses');
    const main = join(import.meta.dirname, 'main.ts');
    const child = spawn(process.execPath, [main, '--port', '0', '--directory', directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [line] = await once(child.stdout, 'data');
    const { event, port } = JSON.parse(String(line));

    const id = await sendRawEmail(sesClients(port), MAIL);
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');

    expect({ event, code }).toEqual({ event: 'listening', code: 0 });
    expect(readdirSync(directory)).toContain(`${id}.eml`);
  });
});
