/** The internal MTA refuses, hangs, and dies at every stage of a transaction; each time it comes back. */
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Cloud } from '../support/cloud.ts';
import { copiesAt } from '../support/cloud-mail.ts';
import { line, messageWith, newToken, onTheWire, openInbound, openMail, sendMail } from '../support/cloud-session.ts';
import type { ClientReply, SmtpClient } from '../support/smtp-client.ts';

const SENDER = 'sender@elsewhere.test';
const UNCERTAIN = /whether the message was taken is uncertain/;

let cloud: Cloud;
let client: SmtpClient;

beforeAll(async () => {
  cloud = await Cloud.start({ servers: ['inbound'] });
  client = await openInbound(cloud);
});

afterEach(async () => {
  if (!cloud.part('mta').isRunning) await cloud.part('mta').restart();
});

afterAll(async () => {
  client.destroy();
  await cloud.close();
});

interface Case {
  readonly token: string;
  readonly to: string;
  readonly from: string;
  readonly content: Buffer;
}

function newCase(octets = 0): Case {
  const token = newToken();
  return { token, from: SENDER, to: `${token}@example.com`, content: messageWith(token, octets) };
}

/** The line of the transaction that was just answered. */
function logged(mail: Case) {
  return cloud.part('inbound').says('transaction', ({ recipients }) => JSON.stringify(recipients).includes(mail.token));
}

/** The standing session goes on, and this message goes through. */
async function expectRecovery(): Promise<void> {
  if (!cloud.part('mta').isRunning) await cloud.part('mta').restart();
  const mail = newCase();
  const reply = await sendMail(client, mail);
  expect(line(reply)).toMatch(/^250 2\.0\.0 OK/);
  expect(copiesAt(cloud.home, 'mta', mail.token)).toBe(1);
}

async function expectDeferred(mail: Case, reply: ClientReply, expected: RegExp, rule: string): Promise<void> {
  await client.command('RSET');
  expect(line(reply)).toMatch(expected);
  expect(await logged(mail)).toMatchObject({ verdict: 'deferred', rule });
}

describe('the MTA refuses', () => {
  it('connections, being down: 451 4.4.1 at RCPT', async () => {
    const mail = newCase();
    await cloud.part('mta').kill();

    const reply = await sendMail(client, mail);
    const health = await cloud.health('inbound');

    await expectDeferred(mail, reply, /^451 4\.4\.1 /, 'next-hop-down');
    expect(health).toMatchObject({ httpStatus: 200, status: 'ok' });
    expect((await logged(mail)).detail).toMatch(/ECONNREFUSED/);
    await expectRecovery();
  });
});

// Nothing of a message that was not answered 250 is at the MTA, except where the log says that it is uncertain.
describe('the MTA dies', () => {
  it('after RCPT: 451 at DATA', async () => {
    const mail = newCase();
    await client.command(`MAIL FROM:<${SENDER}>`);
    await client.command(`RCPT TO:<${mail.to}>`);
    await cloud.part('mta').kill();

    const reply = await client.command('DATA');

    await expectDeferred(mail, reply, /^451 4\.4\.2 /, 'next-hop-dropped');
    await expectRecovery();
  });

  it('after DATA, before a word of content', async () => {
    const mail = newCase();
    await openMail(client, mail);
    await cloud.part('mta').kill();

    client.write(onTheWire(mail.content));
    const reply = await client.reply();

    await expectDeferred(mail, reply, /^451 4\.4\.2 /, 'next-hop-dropped');
    expect(copiesAt(cloud.home, 'mta', mail.token)).toBe(0);
    await expectRecovery();
  });

  it('in the middle of content that holds the client back', async () => {
    const mail = newCase(8_000_000);
    await openMail(client, mail);
    // What it does not read fills all buffers on the way.
    cloud.part('mta').stop();
    client.write(onTheWire(mail.content));
    await cloud.part('mta').kill();

    const reply = await client.reply();

    await expectDeferred(mail, reply, /^451 4\.4\.2 /, 'next-hop-dropped');
    expect(copiesAt(cloud.home, 'mta', mail.token)).toBe(0);
    await expectRecovery();
  });

  it('between the terminator and its reply: 451, and the log says that it is uncertain', async () => {
    const mail = newCase();
    await openMail(client, mail);
    cloud.part('mta').stop();
    client.write(onTheWire(mail.content));
    const answer = client.reply();
    await proxyHasHeardAll();
    await cloud.part('mta').kill();

    const reply = await answer;

    await expectDeferred(mail, reply, /^451 4\.4\.2 /, 'next-hop-dropped');
    expect((await logged(mail)).detail).toMatch(UNCERTAIN);
    await expectRecovery();
  });

  it('between two transactions: the stale connection is replaced, and the client notices nothing', async () => {
    await expectRecovery();
    await cloud.part('mta').kill();
    await cloud.part('mta').restart();

    const mail = newCase();
    const reply = await sendMail(client, mail);

    expect(reply.code).toBe(250);
    expect(copiesAt(cloud.home, 'mta', mail.token)).toBe(1);
  });
});

describe('the MTA hangs', () => {
  it('at every stage: 451 within its time, and mail goes on when it moves again', async () => {
    const sessions = await Promise.all([client, openInbound(cloud), openInbound(cloud), openInbound(cloud)]);
    const [atConnection, atRecipient, atData, atEnd] = sessions;
    const mails = sessions.map(() => newCase());
    const [first, second, third, fourth] = mails as [Case, Case, Case, Case];
    await atRecipient.command(`MAIL FROM:<${SENDER}>`);
    await atRecipient.command(`RCPT TO:<${second.to}>`);
    await atData.command(`MAIL FROM:<${SENDER}>`);
    await atData.command(`RCPT TO:<${third.to}>`);
    await openMail(atEnd, fourth);

    cloud.part('mta').stop();
    atEnd.write(onTheWire(fourth.content));
    const replies = await Promise.all([
      sendMail(atConnection, first),
      atRecipient.command('RCPT TO:<another@example.com>'),
      atData.command('DATA'),
      atEnd.reply(),
    ]);
    const hop = await canConnect(cloud.part('mta').port());
    cloud.part('mta').resume();

    // A stopped process still has connections made for it by the kernel.
    expect(hop).toBe(true);
    expect(line(replies[0])).toMatch(/^451 4\.4\.[12] /);
    for (const reply of replies.slice(1)) expect(line(reply)).toMatch(/^451 4\.4\.2 /);
    expect((await logged(fourth)).detail).toMatch(UNCERTAIN);
    for (const each of sessions) await each.command('RSET');
    await expectRecovery();
    for (const each of sessions.slice(1)) each.destroy();
  });
});

/** Replies to another session come after the first one's octets, through the same event loop. */
async function proxyHasHeardAll(): Promise<void> {
  const other = await openInbound(cloud);
  await other.command('NOOP');
  await other.command('NOOP');
  other.destroy();
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
