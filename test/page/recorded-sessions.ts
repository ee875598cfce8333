/** Sessions of every kind that operators look at, spoken to an embedded run: taken, refused, held, logged in, guessed. */
import { setTimeout as wait } from 'node:timers/promises';
import { DEMO_PASSWORD, DEMO_USER, type EmbeddedRun } from '../support/embedded-run.ts';
import { SmtpClient } from '../support/smtp-client.ts';

/** Milliseconds that events may take, and between two looks. */
const RECORDED_MS = 30_000;
const LOOK_MS = 250;

export const RIDDLE = [
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
].join('\r\n');

const PROGRAM = [
  'Subject: Your invoice',
  'Content-Type: multipart/mixed; boundary=part',
  '',
  '--part',
  'Content-Type: application/pdf; name="invoice.pdf"',
  'Content-Transfer-Encoding: base64',
  '',
  'TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAA=',
  '--part--',
].join('\r\n');

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly content: string;
  readonly helo?: string;
  readonly client?: string;
}

/** Sends one message through `inbound`; what the end of data was answered. */
export async function sendInbound(
  run: EmbeddedRun,
  { from, to, content, helo = 'mx.example.org', client }: Mail,
): Promise<string> {
  const smtp = await SmtpClient.connect(run.inboundPort, client);
  await smtp.reply();
  await smtp.command(`EHLO ${helo}`);
  await smtp.command(`MAIL FROM:<${from}>`);
  for (const recipient of to) await smtp.command(`RCPT TO:<${recipient}>`);
  const { code } = await smtp.command('DATA');
  const answer = code === 354 ? ((await smtp.command(`${content}\r\n.`)).lines[0] ?? '') : '';
  await smtp.command('QUIT');
  smtp.destroy();
  return answer;
}

async function login(run: EmbeddedRun, password: string, thenSend: boolean): Promise<void> {
  const smtp = await SmtpClient.connectTls(run.submissionsPort);
  await smtp.reply();
  await smtp.command('EHLO laptop.example.com');
  const { code } = await smtp.command(`AUTH PLAIN ${Buffer.from(`\0${DEMO_USER}\0${password}`).toString('base64')}`);
  if (code === 235 && thenSend) {
    await smtp.command(`MAIL FROM:<${DEMO_USER}>`);
    await smtp.command('RCPT TO:<bob@example.com>');
    await smtp.command('DATA');
    await smtp.command(`From: <${DEMO_USER}>\r\nSubject: Minutes\r\n\r\nHello Bob\r\n.`);
  }
  await smtp.command('QUIT');
  smtp.destroy();
}

/** A stranger who asks for what is off, and wants to relay. */
async function probe(run: EmbeddedRun, client: string): Promise<void> {
  const smtp = await SmtpClient.connect(run.inboundPort, client);
  await smtp.reply();
  await smtp.command('EHLO scanner.example.net');
  await smtp.command('VRFY root');
  await smtp.command(`NOOP ${'x'.repeat(200)}`);
  await smtp.command('MAIL FROM:<spam@example.net>');
  await smtp.command('RCPT TO:<someone@elsewhere.example>');
  await smtp.command('QUIT');
  smtp.destroy();
}

/** Plays one of each kind; resolves with the id of the message that is held. */
export async function playSessions(run: EmbeddedRun): Promise<string> {
  await login(run, DEMO_PASSWORD, true);
  await login(run, 'a wrong guess', false);
  await sendInbound(run, {
    from: 'carol@example.org',
    to: ['bob@example.com'],
    content: 'Subject: Lunch?\r\n\r\nAt noon?',
  });
  await sendInbound(run, {
    from: 'dora@example.org',
    to: ['bob@example.com', 'ann@example.net'],
    content: 'Subject: Plan\r\n\r\nSee you.',
  });
  await sendInbound(run, { from: 'mallory@example.org', to: ['bob@example.com'], content: PROGRAM });
  await probe(run, '127.0.0.66');
  await probe(run, '127.0.0.67');
  const held = await sendInbound(run, {
    from: 'mallory@example.org',
    to: ['bob@example.com', 'ann@example.net'],
    content: RIDDLE,
  });
  const [, id] = /^250 2\.0\.0 OK (\S+)$/.exec(held) ?? [];
  if (id === undefined) throw new Error(`The message was not held: ${held}`);
  await recorded(run, 8);
  await counted(run, 'rule', 'command#VRFY');
  await counted(run, 'recipient', 'bob@example.com');
  return id;
}

/** Resolves when something is among the counts: they are kept after the events. */
async function counted(run: EmbeddedRun, by: string, name: string): Promise<void> {
  const isThere = async (): Promise<boolean> =>
    (await (await fetch(`${run.adminUrl}/top?by=${by}&server=inbound`)).text()).includes(name);
  for (const untilMs = Date.now() + RECORDED_MS; !(await isThere()); await wait(LOOK_MS)) {
    if (Date.now() > untilMs) throw new Error(`${name} is not counted by ${by}`);
  }
}

/** Resolves when so many sessions are among the events: proxies tell of them in batches. */
export async function recorded(run: EmbeddedRun, sessions: number): Promise<void> {
  const count = async (): Promise<number> => {
    const response = await fetch(`${run.adminUrl}/events?type=session&limit=1000`);
    const { events } = (await response.json()) as { readonly events: readonly unknown[] };
    return events.length;
  };
  for (const untilMs = Date.now() + RECORDED_MS; (await count()) < sessions; await wait(LOOK_MS)) {
    if (Date.now() > untilMs) throw new Error(`Fewer than ${sessions} sessions were recorded`);
  }
}
