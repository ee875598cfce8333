/** Logins by tokens, whole: a real issuer that signs them, real clients, the real function between. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AUDIENCE, TestIssuer } from '../../functions/test-support/token-issuer.ts';
import { embeddedDynamoDb } from '../../local/dynamodb/client.ts';
import { TABLES } from '../../local/names.ts';
import { CLOUD_USER, Cloud } from '../support/cloud.ts';
import { mailAt } from '../support/cloud-mail.ts';
import { openSecured, sendMail } from '../support/cloud-session.ts';
import { until } from '../support/cloud-wait.ts';
import type { ClientReply, SmtpClient } from '../support/smtp-client.ts';

/** Has no password at all. */
const CAROL = 'carol@example.com';
const NOW_SECONDS = Math.floor(Date.now() / 1000);

let issuer: TestIssuer;
let cloud: Cloud;
let dynamodb: DynamoDBClient;

beforeAll(async () => {
  [issuer, cloud] = await Promise.all([
    TestIssuer.start(),
    Cloud.start({ servers: ['submission'], settings: { loginDelaySeconds: 0 } }),
  ]);
  dynamodb = embeddedDynamoDb(cloud.url('dynamodb'));
  const servers = new Set(['submission']);
  await put(TABLES.users, { user: CAROL, servers, senders: new Set([CAROL]) });
  await put(TABLES.policy, { server: 'submission', item: 'issuer#test', issuer: issuer.url, audience: AUDIENCE });
  await until('tokens are offered', async () => {
    const client = await openSecured(cloud);
    const offered = await client.command('EHLO client.test');
    client.destroy();
    return offered.lines.some((line) => /^250[ -]AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER$/.test(line));
  });
});
afterAll(async () => {
  dynamodb.destroy();
  await Promise.all([cloud.close(), issuer.close()]);
});

async function put(table: string, item: object): Promise<void> {
  await dynamodb.send(new PutItemCommand({ TableName: table, Item: marshall(item) }));
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function logInBy(client: SmtpClient, mechanism: string, user: string, token: string): Promise<ClientReply> {
  const name = mechanism === 'XOAUTH2' ? `user=${user}` : `n,a=${user},\x01host=127.0.0.1`;
  return client.command(`AUTH ${mechanism} ${base64(`${name}\x01auth=Bearer ${token}\x01\x01`)}`);
}

/** What the functions logged of refused tokens. */
function reasons(): readonly string[] {
  return [...readFileSync(join(cloud.home, 'functions.log'), 'utf8').matchAll(/"reason":"([^"]*)"/g)].map(
    ([, reason = '']) => reason,
  );
}

function mailWith(text: string) {
  return [...mailAt(cloud.home, 'mta')].filter(({ octets }) => octets.includes(text));
}

describe('a token', () => {
  it.each([
    ['XOAUTH2', CLOUD_USER],
    ['XOAUTH2', CAROL],
    ['OAUTHBEARER', CLOUD_USER],
    ['OAUTHBEARER', CAROL],
  ])('logs in by %s, and mail of %s is taken', async (mechanism, user) => {
    const subject = randomBytes(8).toString('hex');
    const client = await openSecured(cloud);

    const login = await logInBy(client, mechanism, user, await issuer.sign({ email: user }));
    const content = Buffer.from(`From: <${user}>\r\nSubject: ${subject}\r\n\r\nx\r\n`);
    const sent = await sendMail(client, { from: user, to: 'bob@example.com', content });

    expect(login.lines).toEqual(['235 2.7.0 Authentication succeeded']);
    expect(sent.code).toBe(250);
    expect(mailWith(subject)).toMatchObject([{ mailFrom: user, rcptTo: ['bob@example.com'] }]);
    client.destroy();
  });

  it('logs nodemailer in, which takes the refusal of a bad one for what it is', async () => {
    const subject = randomBytes(8).toString('hex');
    const options = { host: '127.0.0.1', port: cloud.part('submission').port('starttls'), requireTLS: true };
    const transport = (accessToken: string) =>
      createTransport({
        ...options,
        tls: { rejectUnauthorized: false },
        auth: { type: 'OAuth2', user: CAROL, accessToken },
      });
    const mail = { from: CAROL, to: 'bob@example.com', subject, text: 'x' };

    const sent = await transport(await issuer.sign({ email: CAROL })).sendMail(mail);
    const expired = transport(await issuer.sign({ email: CAROL, exp: NOW_SECONDS - 120 })).sendMail(mail);

    expect(sent.response).toMatch(/^250 2\.0\.0 /);
    await expect(expired).rejects.toMatchObject({ code: 'EAUTH', responseCode: 535 });
    expect(mailWith(subject)).toHaveLength(1);
  });

  it('that has expired is answered by a challenge and then 535, and the session goes on', async () => {
    const expired = await issuer.sign({ email: CAROL, exp: NOW_SECONDS - 120 });
    const client = await openSecured(cloud);

    const challenge = await logInBy(client, 'OAUTHBEARER', CAROL, expired);
    const refused = await client.command('AQ==');
    const google = await logInBy(client, 'XOAUTH2', CAROL, expired);
    const refusedToo = await client.command('');
    const good = await logInBy(client, 'OAUTHBEARER', CAROL, await issuer.sign({ email: CAROL }));

    expect(challengeOf(challenge)).toEqual({
      status: 'invalid_token',
      scope: 'openid email',
      'openid-configuration': `${issuer.url}/.well-known/openid-configuration`,
    });
    expect(challengeOf(google)).toEqual({ status: '401', schemes: 'bearer', scope: 'openid email' });
    expect([...refused.lines, ...refusedToo.lines]).toEqual([
      '535 5.7.8 Authentication credentials invalid',
      '535 5.7.8 Authentication credentials invalid',
    ]);
    expect(good.code).toBe(235);
    await expect.poll(() => reasons().slice(-2)).toEqual(['expired', 'expired']);
    client.destroy();
  });

  it.each([
    ['for somebody else', 'audience is wrong', { aud: 'another' }],
    ['of another user', 'user mismatch', { email: CLOUD_USER }],
  ])('%s is refused, and the log says why: %s', async (_whose, reason, claims) => {
    const client = await openSecured(cloud);

    expect((await logInBy(client, 'XOAUTH2', CAROL, await issuer.sign({ email: CAROL, ...claims }))).code).toBe(334);
    expect((await client.command('')).code).toBe(535);
    await expect.poll(() => reasons().at(-1)).toBe(reason);
    client.destroy();
  });
});

it('a user without a password cannot log in by one', async () => {
  const client = await openSecured(cloud);

  expect((await client.command(`AUTH PLAIN ${base64(`\0${CAROL}\0`)}`)).code).toBe(535);
  expect((await client.command(`AUTH PLAIN ${base64(`\0${CAROL}\0x`)}`)).code).toBe(535);
  client.destroy();
});

describe('an issuer that is down', () => {
  it('keeps out no one whose key is known', async () => {
    issuer.isDown = true;
    const client = await openSecured(cloud);
    const token = await issuer.sign({ email: CAROL, jti: 'another' });

    expect((await logInBy(client, 'XOAUTH2', CAROL, token)).code).toBe(235);
    client.destroy();
    issuer.isDown = false;
  });

  it('whose keys were never had defers', async () => {
    const down = await TestIssuer.start();
    await put(TABLES.policy, { server: 'submission', item: 'issuer#down', issuer: down.url, audience: AUDIENCE });
    const token = await down.sign({ email: CAROL });
    await down.close();
    const client = await openSecured(cloud);

    expect((await logInBy(client, 'XOAUTH2', CAROL, token)).lines).toEqual([
      '454 4.7.0 Temporary authentication failure',
    ]);
    client.destroy();
  });
});

it('no token is in any log', async () => {
  const token = await issuer.sign({ email: CAROL, exp: NOW_SECONDS - 120 });
  const client = await openSecured(cloud);
  await logInBy(client, 'XOAUTH2', CAROL, token);
  await client.command('');
  client.destroy();
  const [, claims = '', signature = ''] = token.split('.');

  const logs = [readFileSync(join(cloud.home, 'functions.log'), 'utf8'), ...cloud.part('submission').lines].join('\n');

  expect(logs).toContain('expired');
  for (const secret of [claims, signature]) expect(logs).not.toContain(secret);
});

function challengeOf({ code, lines: [line = ''] }: ClientReply): unknown {
  expect(code).toBe(334);
  return JSON.parse(Buffer.from(line.slice('334 '.length), 'base64').toString('utf8'));
}
