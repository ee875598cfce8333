/** Mail is screened and held while S3, the table or the disk fails: 451, nothing lost, nothing held twice unsaid. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedDynamoDb } from '../../local/dynamodb/client.ts';
import type { HeldItem } from '../../policy/held.ts';
import { Cloud } from '../support/cloud.ts';
import { AMBIGUOUS_HEAD, heldContent, heldItems, hurryHeld, releaseHeld } from '../support/cloud-held.ts';
import { copiesAt } from '../support/cloud-mail.ts';
import type { LogLine } from '../support/cloud-part.ts';
import { line, messageWith, newToken, onTheWire, openInbound, openMail } from '../support/cloud-session.ts';
import { until } from '../support/cloud-wait.ts';

/** Milliseconds; a call that hangs is given up after 30 s (S3) or 10 s (the table). */
const LONG_MS = 120_000;
const FROM = 'sender@elsewhere.test';

let cloud: Cloud;
let table: DynamoDBClient;

beforeAll(async () => {
  cloud = await Cloud.start({ servers: ['inbound'], isScreened: true });
  table = embeddedDynamoDb(cloud.url('dynamodb'));
});

afterAll(async () => {
  table.destroy();
  await cloud.close();
});

function ambiguous(token: string): Buffer {
  return Buffer.from(`Subject: ${token}\r\n${AMBIGUOUS_HEAD}\r\n--one\r\n\r\n.a\r\n--one--\r\n--two--\r\n`);
}

interface Mail {
  readonly token: string;
  readonly from: string;
  readonly to: string;
  readonly content: Buffer;
}

function newMail(): Mail {
  const token = newToken();
  return { token, from: FROM, to: `${token}@example.com`, content: ambiguous(token) };
}

async function heldFor({ to }: Mail): Promise<readonly HeldItem[]> {
  return (await heldItems(table)).filter(({ recipients }) => recipients.some(({ address }) => address === to));
}

function isTo({ to }: Mail): (said: LogLine) => boolean {
  return ({ recipients }) => JSON.stringify(recipients).includes(to);
}

/** The last reply of one session. */
async function send(mail: Mail): Promise<string> {
  return sendWhile(mail, () => undefined);
}

/** Something happens before the end of data: when its recipient was answered, which needs the table too. */
async function sendWhile(mail: Mail, happen: () => void | Promise<void>): Promise<string> {
  const client = await openInbound(cloud);
  const opened = await openMail(client, mail);
  if (opened.code !== 354) return line(opened);
  await happen();
  client.write(onTheWire(mail.content));
  const reply = line(await client.reply(LONG_MS));
  client.destroy();
  return reply;
}

/** Each answered 250 is in the table once, and in the bucket octet for octet. */
async function expectHeld(mail: Mail, reply: string): Promise<void> {
  expect(reply).toMatch(/^250 2\.0\.0 OK \S+$/);
  const items = await heldFor(mail);
  expect(items.map(({ id }) => id)).toEqual([reply.split(' ')[3]]);
  for (const item of items) expect(heldContent(cloud.home, item)?.includes(mail.content)).toBe(true);
}

describe('S3', () => {
  it.each([
    ['is unavailable', { kind: 'ServiceUnavailable' }],
    ['throttles', { kind: 'SlowDown', status: 503 }],
    ['breaks off in its answers', { kind: 'drop' }],
    ['refuses', { kind: 'AccessDenied', status: 403 }],
  ])('%s: 451, nothing is in the table, and the next try is held', { timeout: LONG_MS }, async (_what, fault) => {
    const mail = newMail();

    await cloud.fail('s3', fault);
    const deferred = await send(mail);
    const meanwhile = await heldFor(mail);
    await cloud.heal('s3');
    const held = await send(mail);

    expect(deferred).toBe('451 4.3.0 Message cannot be kept, try again later');
    expect(meanwhile).toEqual([]);
    await expectHeld(mail, held);
  });

  it.each([
    ['is slow', { kind: 'slow', delayMs: 2000 }],
    ['throttles once', { kind: 'SlowDown', status: 503, times: 1 }],
    ['breaks off once', { kind: 'drop', times: 1 }],
  ])('%s: the message is held', { timeout: LONG_MS }, async (_what, fault) => {
    const mail = newMail();

    await cloud.fail('s3', fault);
    const held = await send(mail);
    await cloud.heal('s3');

    await expectHeld(mail, held);
  });

  it('is slow past the time of a message: 451, and nothing is in the table', { timeout: LONG_MS }, async () => {
    const mail = newMail();

    await cloud.fail('s3', { kind: 'slow', delayMs: 40_000 });
    const deferred = await send(mail);
    await cloud.heal('s3');

    expect(deferred).toBe('451 4.3.0 Message cannot be kept, try again later');
    expect(await heldFor(mail)).toEqual([]);
    await expectHeld(mail, await send(mail));
  });

  it('is down, or hangs: 451 in time; other mail goes on', { timeout: LONG_MS }, async () => {
    const [mail, other] = [newMail(), newMail()];

    await cloud.part('s3').kill();
    const down = await send(mail);
    await cloud.part('s3').restart();
    await cloud.fail('s3', { kind: 'hang' });
    const [hanging, delivered] = await Promise.all([send(mail), send({ ...other, content: messageWith(other.token) })]);
    await cloud.heal('s3');

    expect([down.slice(0, 9), hanging.slice(0, 9), delivered.slice(0, 3)]).toEqual(['451 4.3.0', '451 4.3.0', '250']);
    expect(copiesAt(cloud.home, 'mta', other.token)).toBe(1);
    expect(await heldFor(mail)).toEqual([]);
    await expectHeld(mail, await send(mail));
  });

  it('is down when held mail is released: it waits, says why, and arrives once', { timeout: LONG_MS }, async () => {
    const mail = newMail();
    await send(mail);
    const [item] = await heldFor(mail);
    if (item === undefined) throw new Error('Nothing is held');

    await cloud.part('s3').kill();
    await releaseHeld(table, item);
    const waiting = await until(
      'the release has failed',
      async () => (await heldFor(mail)).find(({ reason }) => reason !== undefined),
      40_000,
    );
    await cloud.part('s3').restart();
    await hurryHeld(table, waiting);
    await until('it is released', async () => (await heldFor(mail))[0]?.state === 'released', 40_000);

    expect(waiting).toMatchObject({ state: 'releasing', reason: expect.stringContaining('ECONNREFUSED') });
    expect(copiesAt(cloud.home, 'mta', mail.token)).toBe(1);
  });
});

describe('the table', () => {
  it('is down: 451, and the next try is held', { timeout: LONG_MS }, async () => {
    const mail = newMail();

    const deferred = await sendWhile(mail, () => cloud.part('dynamodb').kill());
    await cloud.part('dynamodb').restart();

    expect(deferred).toMatch(/^451 4\.3\.0 /);
    expect(await heldFor(mail)).toEqual([]);
    await expectHeld(mail, await send(mail));
  });

  it.each([
    ['throttles the table', { kind: 'ProvisionedThroughputExceededException' }],
    ['throttles requests', { kind: 'ThrottlingException' }],
    ['fails', { kind: 'InternalServerError', status: 500 }],
    ['refuses', { kind: 'AccessDeniedException' }],
    ['is slow past the time of a call', { kind: 'slow', delayMs: 12_000 }],
  ])('%s: 451, said in the log, and the next try is held', { timeout: LONG_MS }, async (_what, fault) => {
    const mail = newMail();
    const skip = cloud.part('inbound').lines.length;

    await cloud.fail('dynamodb', { ...fault, operation: 'PutItem' });
    const deferred = await send(mail);
    const meanwhile = await heldFor(mail);
    const { rule } = await cloud.part('inbound').says('transaction', isTo(mail), skip);
    await cloud.heal('dynamodb');
    const held = await send(mail);

    expect(deferred).toBe('451 4.3.0 Message cannot be kept, try again later');
    expect(rule).toBe('held-mail');
    expect(meanwhile).toEqual([]);
    await expectHeld(mail, held);
  });

  it.each([
    ['is slow', { kind: 'slow', delayMs: 2000 }],
    ['throttles twice', { kind: 'ProvisionedThroughputExceededException', times: 2 }],
    ['fails once', { kind: 'InternalServerError', status: 500, times: 1 }],
    ['takes the item and loses its answer', { kind: 'drop', times: 1 }],
  ])('%s: the message is held, once', { timeout: LONG_MS }, async (_what, fault) => {
    const mail = newMail();

    await cloud.fail('dynamodb', { ...fault, operation: 'PutItem' });
    const held = await send(mail);
    await cloud.heal('dynamodb');

    await expectHeld(mail, held);
  });

  it('hangs: 451 in time, said in the log; what is held all the same can be read', { timeout: LONG_MS }, async () => {
    const mail = newMail();
    const skip = cloud.part('inbound').lines.length;

    const deferred = await sendWhile(mail, () => cloud.part('dynamodb').stop());
    cloud.part('dynamodb').resume();
    const { rule, detail } = await cloud.part('inbound').says('transaction', isTo(mail), skip);
    const again = await send(mail);

    expect(deferred).toMatch(/^451 4\.3\.0 /);
    expect({ rule, detail }).toEqual({ rule: 'held-mail', detail: expect.stringMatching(/abort|timeout/i) });
    expect(again).toMatch(/^250 /);
    // The table may have taken the item after its caller had given up: one more, which no one was told 250 for.
    const items = await heldFor(mail);
    expect([1, 2]).toContain(items.length);
    for (const item of items) expect(heldContent(cloud.home, item)?.includes(mail.content)).toBe(true);
  });
});

describe.skipIf(!existsSync('/usr/bin/prlimit'))('the disk', () => {
  function limitFiles(limit: string): void {
    execFileSync('prlimit', ['--pid', String(cloud.part('inbound').pid), `--fsize=${limit}:`]);
  }

  it('is full: 452, nothing is handed on, small mail goes on', { timeout: LONG_MS }, async () => {
    const [large, small] = [newMail(), newMail()];
    // More than is kept in memory while there is plenty of it.
    const mail = { ...large, content: messageWith(large.token, 18_000_000) };

    limitFiles('100000');
    const full = await send(mail);
    const kept = await send({ ...small, content: messageWith(small.token) });
    limitFiles('unlimited');
    const taken = await send(mail);

    expect(full).toBe('452 4.3.1 No room to keep the message, try again later');
    expect([kept.slice(0, 3), taken.slice(0, 3)]).toEqual(['250', '250']);
    expect(copiesAt(cloud.home, 'mta', large.token)).toBe(1);
    expect(copiesAt(cloud.home, 'mta', small.token)).toBe(1);
  });
});

it('two tasks look for released mail: each is sent by one of them, once', { timeout: LONG_MS }, async () => {
  const mails = Array.from({ length: 12 }, newMail);
  for (const mail of mails) await send(mail);
  const mine = new Set(mails.map(({ to }) => to));
  const items = async () =>
    (await heldItems(table)).filter(({ recipients }) => recipients.every(({ address }) => mine.has(address)));

  for (const item of await items()) await releaseHeld(table, item);
  await until('all are released', async () => (await items()).every(({ state }) => state === 'released'), 60_000);

  expect((await items()).map(({ tries }) => tries)).toEqual(mails.map(() => 1));
  for (const { token } of mails) expect(copiesAt(cloud.home, 'mta', token)).toBe(1);
});
