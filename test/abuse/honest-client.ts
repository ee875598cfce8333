/** An honest client that comes while others attack: how long it waits, and whether its message is taken. */
import { SmtpClient } from '../support/smtp-client.ts';

export interface Visit {
  /** From TCP's handshake, which is the kernel's, to the greeting. */
  readonly greetingMs: number;
  /** From there to the reply after the message. */
  readonly transactionMs: number;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** Brings one message, with `token` as its subject, for bob@example.com; throws when it is not taken. */
export async function visitInbound(port: number, token: string): Promise<Visit> {
  const client = await SmtpClient.connect(port);
  const start = performance.now();
  await heard(client, 220);
  const greeted = performance.now();
  await said(client, 'EHLO honest.example', 250);
  await bring(client, 'honest@honest.example', token);
  return { greetingMs: greeted - start, transactionMs: performance.now() - greeted };
}

/** The same under TLS and with a login; TLS's handshake counts as part of the greeting. */
export async function visitSubmissions(port: number, token: string, login: Login): Promise<Visit> {
  const client = await SmtpClient.connect(port);
  const start = performance.now();
  await client.secure();
  await heard(client, 220);
  const greeted = performance.now();
  await said(client, 'EHLO honest.example', 250);
  const { username, password } = login;
  await said(client, `AUTH PLAIN ${Buffer.from(`\0${username}\0${password}`).toString('base64')}`, 235);
  await bring(client, username, token);
  return { greetingMs: greeted - start, transactionMs: performance.now() - greeted };
}

async function bring(client: SmtpClient, sender: string, token: string): Promise<void> {
  await said(client, `MAIL FROM:<${sender}>`, 250);
  await said(client, 'RCPT TO:<bob@example.com>', 250);
  await said(client, 'DATA', 354);
  await said(client, `From: <${sender}>\r\nTo: <bob@example.com>\r\nSubject: ${token}\r\n\r\nbody\r\n.`, 250);
  client.write('QUIT\r\n');
  client.end();
}

async function said(client: SmtpClient, command: string, code: number): Promise<void> {
  client.write(`${command}\r\n`);
  await heard(client, code);
}

async function heard(client: SmtpClient, code: number): Promise<void> {
  const reply = await client.reply();
  if (reply.code === code) return;
  client.destroy();
  throw new Error(`The honest client heard ${reply.lines.join(' | ')} in place of ${code}`);
}
