/** What several tasks of one server have in common: policy, mistakes in it, and the sessions under way. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { liveAnswer } from '../../functions/admin/contract/answers/live-answer.ts';
import { dayEvents } from '../../functions/test-support/day-events.ts';
import { awsEnvironment, cleanEnvironment, edgeProxyEnvironment } from '../../local/child-environment.ts';
import { TABLES } from '../../local/names.ts';
import { ProxyProcess } from '../support/edge-proxy-process.ts';
import { EmbeddedRun } from '../support/embedded-run.ts';
import { SmtpClient } from '../support/smtp-client.ts';

const PROBLEM = 'maxOctets: "1O" is not a number; 6 to 65536 are allowed';
/** Milliseconds: far more than the check and a task's next look take, for a busy machine. */
const SOON = { timeout: 30_000, interval: 250 };
/** Apart, so that refusals on the way stay below `maxErrors`. */
const SOON_TO_A_CLIENT = { timeout: 30_000, interval: 2000 };
/** Milliseconds for a test that waits several times. */
const TEST_MS = 120_000;

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

async function put(item: string, attributes: object): Promise<void> {
  const Item = marshall({ server: 'inbound', item, ...attributes });
  await dynamodb.send(new PutItemCommand({ TableName: TABLES.policy, Item }));
}

/** As one edits a field in the console: the other attributes stay. */
async function set(item: string, name: string, value: unknown): Promise<void> {
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: TABLES.policy,
      Key: marshall({ server: 'inbound', item }),
      UpdateExpression: 'SET #name = :value',
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: marshall({ ':value': value }),
    }),
  );
}

async function itemOf(item: string): Promise<Record<string, unknown>> {
  const Key = marshall({ server: 'inbound', item });
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName: TABLES.policy, Key, ConsistentRead: true }));
  return Item === undefined ? {} : unmarshall(Item);
}

async function eventsOf(type: string, item?: string): Promise<readonly Record<string, unknown>[]> {
  const day = new Date().toISOString().slice(0, 10);
  const events = await dayEvents(dynamodb, { server: 'inbound', day, table: TABLES.events });
  return events.filter((event) => event.type === type && event.item === item);
}

async function session(port: number, name = 'client.test'): Promise<SmtpClient> {
  const client = await SmtpClient.connect(port);
  onTestFinished(() => client.destroy());
  await client.reply();
  await client.command(`EHLO ${name}`);
  return client;
}

/** What a NOOP of 16 octets, CR LF counted, is answered. */
async function sixteenOctets(client: SmtpClient): Promise<number> {
  return (await client.command('NOOP 345678901')).code;
}

/** Starts one more edge proxy of `inbound`, and gives its port. */
async function startTask(): Promise<number> {
  const run = JSON.parse(readFileSync(join(postern.home, 'run.json'), 'utf8'));
  const { dynamodb: table, lambda, ses } = run.parts;
  const certificate = join(postern.home, 'certificate.pem');
  const task = new ProxyProcess(
    {
      ...cleanEnvironment(process.env),
      ...awsEnvironment({ dynamodb: table.url, lambda: lambda.url, ses: ses.url }),
      ...edgeProxyEnvironment({ server: 'inbound', listen: '0:starttls', certificate }),
    },
    [join(postern.home, 'build', 'edge-proxy.mjs')],
  );
  onTestFinished(async () => {
    task.signal('SIGKILL');
    await task.exited;
  });
  return (await task.listening()).listeners[0]?.port ?? 0;
}

it('a mistake is written into the item, changes nothing in force, and is gone when it is corrected', {
  timeout: TEST_MS,
}, async () => {
  const standing = await session(postern.inboundPort);
  await put('command#NOOP', { maxOctets: '15 ' });
  await expect.poll(() => sixteenOctets(standing), SOON_TO_A_CLIENT).toBe(500);
  await expect.poll(async () => (await itemOf('command#NOOP')).lastGood, SOON).toEqual({ maxOctets: '15 ' });

  // A tool that replaces the whole item takes the copy with it.
  await put('command#NOOP', { maxOctets: '1O' });
  await expect
    .poll(() => itemOf('command#NOOP'), SOON)
    .toMatchObject({ problem: PROBLEM, lastGood: { maxOctets: '15 ' } });
  const started = await session(await startTask());

  expect([await sixteenOctets(standing), await sixteenOctets(started)]).toEqual([500, 500]);
  expect((await started.command('NOOP 34567890')).code).toBe(250);
  await expect
    .poll(() => eventsOf('policy-invalid', 'command#NOOP'), SOON)
    .toContainEqual(expect.objectContaining({ problem: PROBLEM, server: 'inbound' }));
  expect(await eventsOf('policy-changed', 'command#NOOP')).toContainEqual(
    expect.objectContaining({ who: 'console or SDK', before: { maxOctets: '15 ' }, after: { maxOctets: '1O' } }),
  );

  await set('command#NOOP', 'maxOctets', 16);
  await expect
    .poll(() => itemOf('command#NOOP'), SOON)
    .toEqual({
      server: 'inbound',
      item: 'command#NOOP',
      maxOctets: 16,
      lastGood: { maxOctets: 16 },
    });
  await expect.poll(() => sixteenOctets(standing), SOON_TO_A_CLIENT).toBe(250);
  await expect.poll(() => sixteenOctets(started), SOON_TO_A_CLIENT).toBe(250);
});

it('a domain may be written as people write it', { timeout: TEST_MS }, async () => {
  const client = await session(postern.inboundPort);
  await client.command('MAIL FROM:<carol@example.org>');
  expect((await client.command('RCPT TO:<bob@xn--bcher-kva.example>')).code).toBe(550);

  await put('domain#bücher.example', {});

  await expect
    .poll(async () => (await client.command('RCPT TO:<bob@xn--bcher-kva.example>')).code, SOON_TO_A_CLIENT)
    .toBe(250);
});

it('a key that no one will find is reported', { timeout: TEST_MS }, async () => {
  await put('domain#Example.ORG', {});

  await expect
    .poll(async () => (await itemOf('domain#Example.ORG')).problem, SOON)
    .toBe('"domain#Example.ORG" must be written domain#example.org');
  const Key = marshall({ server: 'inbound', item: 'domain#Example.ORG' });
  await dynamodb.send(new DeleteItemCommand({ TableName: TABLES.policy, Key }));
  await expect.poll(async () => (await eventsOf('policy-changed', 'domain#Example.ORG')).length, SOON).toBe(2);
});

it('what the admin API changed is told of once, with the name of its caller', { timeout: TEST_MS }, async () => {
  const url = `${postern.adminUrl}/servers/inbound/domains/api.example`;
  for (const nextHop of ['smtp://one.example', 'smtp://two.example']) {
    const answer = await fetch(url, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ nextHop }),
    });
    expect(answer.status).toBeLessThan(300);
    await expect.poll(async () => (await itemOf('domain#api.example')).lastGood, SOON).toEqual({ nextHop });
  }
  expect((await fetch(url, { method: 'DELETE' })).status).toBeLessThan(300);

  // Changes are checked in their order: when this one is told of, those before it have been.
  await put('domain#console.example', {});
  await expect.poll(async () => (await eventsOf('policy-changed', 'domain#console.example')).length, SOON).toBe(1);
  await set('domain#console.example', 'note', 'one batch later');
  await expect.poll(async () => (await eventsOf('policy-changed', 'domain#console.example')).length, SOON).toBe(2);
  const told = await eventsOf('policy-changed', 'domain#api.example');
  expect(told.map(({ who }) => who)).toEqual(new Array(3).fill('arn:aws:iam::000000000000:user/local'));
});

it('the items of the seed have their copies, and settings that were broken still start a task', {
  timeout: TEST_MS,
}, async () => {
  await expect.poll(async () => (await itemOf('settings')).lastGood, SOON).toMatchObject({ relay: 'listed-domains' });
  const { hostname } = await itemOf('settings');
  await set('settings', 'hostname', 'not a name');
  await expect
    .poll(async () => (await itemOf('settings')).problem, SOON)
    .toBe('hostname: "not a name" is not a domain name');

  const client = await SmtpClient.connect(await startTask());
  onTestFinished(() => client.destroy());

  expect((await client.reply()).lines[0]).toContain(` ${hostname} `);
  await set('settings', 'hostname', hostname);
  await expect.poll(async () => (await itemOf('settings')).problem, SOON).toBeUndefined();
});

it('sessions of two tasks are listed together, and one is ended on its own task alone', {
  timeout: TEST_MS,
}, async () => {
  const here = await session(postern.inboundPort, 'here.test');
  const there = await session(await startTask(), 'there.test');
  const sessions = async (): Promise<ReadonlyMap<string, string>> => {
    const answer = liveAnswer.parse(await (await fetch(`${postern.adminUrl}/live?server=inbound`)).json());
    return new Map(answer.sessions.map((each) => [each.client.helo ?? '', each.session]));
  };

  await expect
    .poll(async () => [...(await sessions()).keys()], SOON)
    .toEqual(expect.arrayContaining(['here.test', 'there.test']));
  const id = (await sessions()).get('there.test');
  const ended = await fetch(`${postern.adminUrl}/live/${id}?server=inbound`, { method: 'DELETE' });

  expect(ended.status).toBe(202);
  expect((await there.reply(SOON.timeout)).code).toBe(421);
  expect((await here.command('NOOP')).code).toBe(250);
  await expect.poll(async () => (await sessions()).has('there.test'), SOON).toBe(false);
  expect((await sessions()).has('here.test')).toBe(true);
});

it('a next hop that cannot be reached is told of as an event', { timeout: TEST_MS }, async () => {
  const client = await session(postern.inboundPort);
  await put('domain#dead.example', { nextHop: 'smtp://127.0.0.1:1' });
  await client.command('MAIL FROM:<carol@example.org>');
  await expect.poll(async () => (await client.command('RCPT TO:<bob@dead.example>')).code, SOON_TO_A_CLIENT).toBe(451);

  await expect
    .poll(() => eventsOf('next-hop'), SOON)
    .toContainEqual(
      expect.objectContaining({
        trouble: 'next-hop-host-failed',
        state: 'begun',
        host: '127.0.0.1:1',
        problem: expect.stringContaining('ECONNREFUSED'),
      }),
    );
});
