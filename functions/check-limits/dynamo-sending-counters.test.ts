import { DeleteItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SENDING_LIMITS, type SendingLimits } from '../../policy/user.ts';
import { REFEREES, startSilent } from '../test-support/referees.ts';
import { Tables } from '../test-support/tables.ts';
import { DynamoSendingCounters } from './dynamo-sending-counters.ts';
import type { SentCounts } from './sending-counters.ts';

/** Milliseconds; on a machine that is busy with other tests. */
const PARALLEL_MS = 120_000;
const NOW_MS = Date.UTC(2026, 10, 24, 9, 30);
const HOUR_MS = 3_600_000;
/** Far from what a busy machine needs: what is tested here is the count. */
const BOUND_MS = 60_000;

async function itemOf(tables: Tables, user: string, day = '2026-11-24'): Promise<Record<string, unknown> | undefined> {
  const client = tables.newClient();
  const command = new GetItemCommand({
    TableName: 'counters',
    Key: { counter: { S: `sent#${user}` }, scope: { S: day } },
  });
  const { Item } = await client.send(command);
  client.destroy();
  return Item === undefined ? undefined : unmarshall(Item);
}

async function start(startTables: () => Promise<Tables>): Promise<Tables> {
  const tables = await startTables();
  await tables.create('counters');
  return tables;
}

describe.each(REFEREES)('DynamoSendingCounters on $name', (referee) => {
  let tables: Tables;
  let counters: DynamoSendingCounters;
  let user: string;
  let users = 0;
  beforeAll(async () => {
    tables = await start(referee.start);
    counters = new DynamoSendingCounters(tables.newClient(), 'counters', BOUND_MS);
  });
  afterAll(() => tables.stop());
  beforeEach(() => {
    users += 1;
    user = `user${users}`;
  });

  it('counts a message in its hour and its day, in one item that goes two days later', async () => {
    const limits = { messagesPerHour: 2 };

    expect(await counters.count({ user, recipients: 3, nowMs: NOW_MS }, limits)).toBeUndefined();
    expect(await counters.count({ user, recipients: 1, nowMs: NOW_MS + HOUR_MS }, limits)).toBeUndefined();

    expect(await itemOf(tables, user)).toEqual({
      counter: `sent#${user}`,
      scope: '2026-11-24',
      messages: 2,
      recipients: 4,
      messagesH09: 1,
      recipientsH09: 3,
      messagesH10: 1,
      recipientsH10: 1,
      expiresAt: Date.UTC(2026, 10, 27) / 1000,
    });
  });

  it('counts a message over a limit nowhere, and says what was sent', async () => {
    const limits = { recipientsPerHour: 4 };
    await counters.count({ user, recipients: 3, nowMs: NOW_MS - HOUR_MS }, limits);
    await counters.count({ user, recipients: 3, nowMs: NOW_MS }, limits);
    const before = await itemOf(tables, user);

    const sent = await counters.count({ user, recipients: 2, nowMs: NOW_MS }, limits);

    expect(sent).toEqual({ messagesPerHour: 1, messagesPerDay: 2, recipientsPerHour: 3, recipientsPerDay: 6 });
    expect(await itemOf(tables, user)).toEqual(before);
    expect(await counters.count({ user, recipients: 1, nowMs: NOW_MS }, limits)).toBeUndefined();
  });

  it('counts without limits too', async () => {
    expect(await counters.count({ user, recipients: 1, nowMs: NOW_MS }, {})).toBeUndefined();
    expect(await itemOf(tables, user)).toMatchObject({ messages: 1, recipients: 1 });
  });

  it(
    'lets exactly as many of 200 messages in parallel pass as a limit has room for',
    async () => {
      // Two copies of the function.
      const copies = [counters, new DynamoSendingCounters(tables.newClient(), 'counters', BOUND_MS)];
      const limits = { messagesPerHour: 70, messagesPerDay: 1000, recipientsPerDay: 101 };

      const answers = await Promise.all(
        Array.from({ length: 200 }, async (_, index) => {
          const answer = await copies[index % 2]?.count({ user, recipients: 2, nowMs: NOW_MS }, limits);
          return answer === undefined;
        }),
      );

      expect(answers.filter((isCounted) => isCounted)).toHaveLength(50);
      expect(await itemOf(tables, user)).toMatchObject({
        messages: 50,
        recipients: 100,
        messagesH09: 50,
        recipientsH09: 100,
      });
    },
    PARALLEL_MS,
  );

  it('rejects when the table does not exist', async () => {
    const lost = new DynamoSendingCounters(tables.newClient(), 'lost', BOUND_MS);

    await expect(lost.count({ user, recipients: 1, nowMs: NOW_MS }, {})).rejects.toThrow('resource not found');
  });
});

describe('DynamoSendingCounters', () => {
  let tables: Tables;
  let counters: DynamoSendingCounters;
  let runs = 0;
  beforeAll(async () => {
    tables = await start(() => Tables.start());
    counters = new DynamoSendingCounters(tables.newClient(), 'counters', BOUND_MS);
  });
  afterAll(() => tables.stop());

  it('counts again when an item is deleted between update and read', async () => {
    const client = tables.newClient();
    let deletes = 0;
    client.middlewareStack.add(
      (next) => async (args) => {
        if ('ConsistentRead' in args.input && deletes === 0) {
          deletes += 1;
          const key = { counter: { S: 'sent#gone' }, scope: { S: '2026-11-24' } };
          await tables.newClient().send(new DeleteItemCommand({ TableName: 'counters', Key: key }));
        }
        return next(args);
      },
      { step: 'initialize' },
    );
    const racing = new DynamoSendingCounters(client, 'counters', BOUND_MS);
    const message = { user: 'gone', recipients: 1, nowMs: NOW_MS };
    await counters.count(message, {});

    expect(await racing.count(message, { messagesPerHour: 1 })).toBeUndefined();
    expect(deletes).toBe(1);
    expect(await itemOf(tables, 'gone')).toMatchObject({ messages: 1 });
  });

  it('rejects within its bound when the store is silent', async () => {
    const silent = await startSilent();
    const waiting = new DynamoSendingCounters(silent.newClient(), 'counters', 50);

    await expect(waiting.count({ user: 'x', recipients: 1, nowMs: NOW_MS }, {})).rejects.toThrow('aborted');
    await silent.stop();
  });

  const limit = fc.integer({ min: 4, max: 12 });
  const limitsArbitrary: fc.Arbitrary<SendingLimits> = fc.record(
    { messagesPerHour: limit, messagesPerDay: limit, recipientsPerHour: limit, recipientsPerDay: limit },
    { requiredKeys: [] },
  );
  const messages = fc.array(
    fc.record({
      recipients: fc.integer({ min: 1, max: 4 }),
      afterMs: fc.constantFrom(0, 1000, HOUR_MS / 2, HOUR_MS, 13 * HOUR_MS),
    }),
    { minLength: 1, maxLength: 25 },
  );

  it('lets whatever is sent whenever pass while each window has room for it', async () => {
    await fc.assert(
      fc.asyncProperty(limitsArbitrary, messages, async (limits, sending) => {
        runs += 1;
        const user = `run${runs}`;
        const passed: { readonly atMs: number; readonly recipients: number }[] = [];
        let nowMs = NOW_MS;
        for (const { recipients, afterMs } of sending) {
          nowMs += afterMs;
          const sent = sentAt(nowMs, passed);
          const use = { messages: 1, recipients };
          const hasRoom = SENDING_LIMITS.every((name) => {
            const amount = name.startsWith('messages') ? use.messages : use.recipients;
            return sent[name] + amount <= (limits[name] ?? Number.POSITIVE_INFINITY);
          });

          const answer = await counters.count({ user, recipients, nowMs }, limits);

          expect(answer).toEqual(hasRoom ? undefined : sent);
          if (hasRoom) passed.push({ atMs: nowMs, recipients });
        }
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});

/** What the windows of a moment hold, counted message by message. */
function sentAt(nowMs: number, passed: readonly { readonly atMs: number; readonly recipients: number }[]): SentCounts {
  const window = (ms: number) => passed.filter(({ atMs }) => Math.floor(atMs / ms) === Math.floor(nowMs / ms));
  const sum = (all: typeof passed) => all.reduce((total, { recipients }) => total + recipients, 0);
  const [hour, day] = [window(HOUR_MS), window(24 * HOUR_MS)];
  return {
    messagesPerHour: hour.length,
    messagesPerDay: day.length,
    recipientsPerHour: sum(hour),
    recipientsPerDay: sum(day),
  };
}
