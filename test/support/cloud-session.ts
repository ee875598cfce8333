/** Sessions with the published servers of a test's cloud, and whole messages in one call. */
import { randomBytes } from 'node:crypto';
import { CLOUD_PASSWORD, CLOUD_USER, type Cloud } from './cloud.ts';
import { type ClientReply, SmtpClient } from './smtp-client.ts';

const CREDENTIALS = Buffer.from(`\0${CLOUD_USER}\0${CLOUD_PASSWORD}`).toString('base64');

export interface CloudEnvelope {
  readonly from?: string;
  readonly to: string;
  readonly content: Buffer;
}

/** Greeted by `inbound`, EHLO said. */
export async function openInbound(cloud: Cloud): Promise<SmtpClient> {
  const client = await SmtpClient.connect(cloud.part('inbound').port('starttls'));
  await expectReply(client.reply(), 220);
  await expectReply(client.command('EHLO client.test'), 250);
  return client;
}

/** Greeted by `submission` and under TLS, not logged in. */
export async function openSecured(cloud: Cloud, localAddress?: string): Promise<SmtpClient> {
  const client = await SmtpClient.connect(cloud.part('submission').port('starttls'), localAddress);
  await expectReply(client.reply(), 220);
  await expectReply(client.command('EHLO client.test'), 250);
  await client.startTls();
  await expectReply(client.command('EHLO client.test'), 250);
  return client;
}

/** Logged in at `submission`. */
export async function openSubmission(cloud: Cloud): Promise<SmtpClient> {
  const client = await openSecured(cloud);
  await expectReply(logIn(client), 235);
  return client;
}

export function logIn(client: SmtpClient): Promise<ClientReply> {
  return client.command(`AUTH PLAIN ${CREDENTIALS}`);
}

/** MAIL, RCPT, DATA and the content; the first reply that is no success, or the last. */
export async function sendMail(client: SmtpClient, envelope: CloudEnvelope): Promise<ClientReply> {
  const opened = await openMail(client, envelope);
  if (opened.code !== 354) return opened;
  client.write(onTheWire(envelope.content));
  return client.reply();
}

/** Up to 354, or to the first reply that is no success. */
export async function openMail(
  client: SmtpClient,
  { from = CLOUD_USER, to }: Pick<CloudEnvelope, 'from' | 'to'>,
): Promise<ClientReply> {
  for (const command of [`MAIL FROM:<${from}>`, `RCPT TO:<${to}>`]) {
    const reply = await client.command(command);
    if (reply.code !== 250) return reply;
  }
  return client.command('DATA');
}

/** Dot-stuffed, with its terminator (RFC 5321 section 4.5.2). */
export function onTheWire(content: Buffer): Buffer {
  return Buffer.from(`${content.toString('latin1').replace(/^\./gm, '..')}.\r\n`, 'latin1');
}

export function newToken(): string {
  return randomBytes(8).toString('hex');
}

/** A message with the token in its subject. @param octets about its length */
export function messageWith(token: string, octets = 0): Buffer {
  const head = `From: <${CLOUD_USER}>\r\nSubject: ${token}\r\n\r\n.a dot\r\n`;
  const line = `${'x'.repeat(62)}\r\n`;
  return Buffer.from(head + line.repeat(Math.ceil(octets / line.length)), 'latin1');
}

export function line(reply: ClientReply): string {
  return reply.lines.at(-1) ?? '';
}

async function expectReply(asked: Promise<ClientReply>, code: number): Promise<void> {
  const reply = await asked;
  if (reply.code !== code) throw new Error(`${code} was expected, and came: ${reply.lines.join(' ')}`);
}
