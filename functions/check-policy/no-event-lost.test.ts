/** Whatever fails once, and wherever: each change is told of once, each mistake once, and items say what they should. */
import { BatchWriteItemCommand, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DynamoEventStore } from '../tables/dynamo-event-store.ts';
import type { StreamRecord } from '../tables/embedded/change-feed.ts';
import { makeEventItem } from '../tables/event-item.ts';
import { dayEvents } from '../test-support/day-events.ts';
import { recordConsole } from '../test-support/invocation.ts';
import { PolicyBed } from '../test-support/policy-bed.ts';
import { REFEREES } from '../test-support/referees.ts';
import type { Tables } from '../test-support/tables.ts';
import { checkBatch } from './check-batch.ts';
import type { CheckPolicyStores } from './check-policy.ts';
import { DynamoPolicyItems } from './dynamo-policy-items.ts';

const API = 'arn:aws:iam::000000000000:user/local';
const AT = '2026-03-01T10:00:00.000Z';

let bed: PolicyBed;
let runs = 0;
beforeAll(async () => {
  bed = await PolicyBed.start();
});
afterAll(() => bed.stop());

/** Edits of every kind on a server of its own, with their records. */
async function edited(server: string): Promise<readonly StreamRecord[]> {
  const signed = { changedBy: API, changedAt: AT };
  await bed.put(server, 'settings', { hostname: 'mx.example', defaultNextHop: 'ses' });
  await bed.put(server, 'command#vrfy', {});
  await bed.put(server, 'command#VRFY', {});
  await bed.put(server, 'command#NOOP', { maxOctets: '5OO', ...signed });
  await bed.put(server, 'client#2001:DB8::/32', { access: 'relay' });
  await bed.put(server, 'client#2001:db8::/32', { access: 'relay', ...signed });
  await bed.put(server, 'domain#a.example', { nextHop: 'nowhere' });
  await bed.put(server, 'domain#a.example', { nextHop: 'nowhere', deletedBy: API, deletedAt: AT });
  await bed.delete(server, 'domain#a.example');
  await bed.putUser(`${server}@example.com`, { verifier: 'x', ...signed });
  await bed.deleteUser(`${server}@example.com`);
  return bed.changes();
}

/** What is told of those edits, and what is written into the items that stay. */
const TOLD = [
  'policy-changed client#2001:DB8::/32 made console or SDK',
  `policy-changed client#2001:db8::/32 made ${API}`,
  `policy-changed command#NOOP made ${API}`,
  'policy-changed command#VRFY made console or SDK',
  'policy-changed command#vrfy made console or SDK',
  `policy-changed domain#a.example deleted ${API}`,
  'policy-changed domain#a.example made console or SDK',
  'policy-changed settings made console or SDK',
  'policy-changed user#USER deleted console or SDK',
  `policy-changed user#USER made ${API}`,
  'policy-invalid client#2001:DB8::/32',
  'policy-invalid command#NOOP',
  'policy-invalid command#vrfy',
];
const PROBLEMS = ['client#2001:DB8::/32', 'command#NOOP', 'command#vrfy'];

describe.each(REFEREES)('on $name', ({ name, start }) => {
  // Moto takes one request at a time; each third call tells as much of it.
  const step = name === 'moto' ? 3 : 1;

  let tables: Tables;
  let client: DynamoDBClient;
  let stores: CheckPolicyStores;
  beforeAll(async () => {
    recordConsole();
    tables = await start();
    await tables.create('policy');
    await tables.create('events');
    client = tables.newClient();
    const events = new DynamoEventStore(client, 'events');
    stores = {
      items: new DynamoPolicyItems(client, 'policy'),
      events: { write: (made) => events.write(made.map(makeEventItem)) },
    };
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    client.destroy();
    await tables.stop();
  });

  /** Edits, hands over with one call that fails, and again until nothing fails; gives what is told and written. */
  async function run(failing: number, isDone: boolean) {
    runs += 1;
    const server = `mx${runs}`;
    const records = await edited(server);
    await copyItems(server, client);
    const faulty = failingOnce(stores, failing, isDone);
    let left = records;
    for (let attempt = 0; left.length > 0; attempt += 1) {
      if (attempt > 3) throw new Error('It fails for ever');
      const { failed } = await checkBatch(left, faulty.stores);
      // Lambda hands over again all from the first that failed, those between it and the end too.
      const first = left.findIndex(({ dynamodb }) => failed.includes(dynamodb.SequenceNumber));
      left = first === -1 ? [] : left.slice(first);
    }
    return { told: await toldOf(server, client), problems: await problemsOf(server, client), calls: faulty.calls() };
  }

  it('where nothing fails', async () => {
    expect(await run(0, false)).toMatchObject({ told: TOLD, problems: PROBLEMS });
  });

  it.each([
    ['before it is done', false],
    ['after it is done', true],
  ])('where any one call fails %s', { timeout: 120_000 }, async (_when, isDone) => {
    const { calls } = await run(0, false);

    for (let failing = 1; failing <= calls; failing += step) {
      const { told, problems } = await run(failing, isDone);
      expect([failing, told, problems]).toEqual([failing, TOLD, PROBLEMS]);
    }
  });
});

/** Counts the calls of the stores; the one of that number fails, done or not. */
function failingOnce({ items, events }: CheckPolicyStores, failing: number, isDone: boolean) {
  let calls = 0;
  const faulty =
    <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      calls += 1;
      const isFailing = calls === failing;
      if (isFailing && !isDone) throw new Error('throttled');
      const result = await call(...args);
      if (isFailing) throw new Error('no answer');
      return result;
    };
  const stores: CheckPolicyStores = {
    items: {
      read: faulty((server, item) => items.read(server, item)),
      readRange: faulty((server, prefix) => items.readRange(server, prefix)),
      keep: faulty((judged, change) => items.keep(judged, change)),
      revise: faulty((server, revision) => items.revise(server, revision)),
    },
    events: { write: faulty((made) => events.write(made)) },
  };
  return { stores, calls: () => calls };
}

/** Items of one partition. */
async function query(client: DynamoDBClient, table: string, key: string, value: string) {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: '#key = :value',
      ExpressionAttributeNames: { '#key': key },
      ExpressionAttributeValues: { ':value': { S: value } },
    }),
  );
  return Items;
}

async function copyItems(server: string, client: DynamoDBClient): Promise<void> {
  const items = await query(bed.client, 'policy', 'server', server);
  const policy = items.map((Item) => ({ PutRequest: { Item } }));
  await client.send(new BatchWriteItemCommand({ RequestItems: { policy } }));
}

async function toldOf(server: string, client: DynamoDBClient): Promise<readonly string[]> {
  const user = `user#${server}@example.com`;
  const day = AT.slice(0, 10);
  const found = [...(await dayEvents(client, { server, day })), ...(await dayEvents(client, { server: '*', day }))];
  const told = found
    .filter((event) => event.server === server || event.item === user)
    .map(({ type, item, action, who }) =>
      [type, item === user ? 'user#USER' : item, action, who].filter((word) => word !== undefined).join(' '),
    );
  return inOrder(told);
}

async function problemsOf(server: string, client: DynamoDBClient): Promise<readonly unknown[]> {
  const items = await query(client, 'policy', 'server', server);
  return inOrder(items.flatMap(({ item, problem }) => (problem === undefined ? [] : [item?.S ?? ''])));
}

function inOrder(texts: readonly string[]): readonly string[] {
  return [...texts].sort((a, b) => (a < b ? -1 : 1));
}
