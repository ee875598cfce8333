/** Counts as they are written and read: none lost however many write, and none twice. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { refusal } from '../test-support/events.ts';
import { loseFirstAnswers } from '../test-support/lost-answers.ts';
import { REFEREES } from '../test-support/referees.ts';
import type { Tables } from '../test-support/tables.ts';
import { countEvents, type HourCounts, type Tally } from './count-events.ts';
import { DynamoCountReader } from './dynamo-count-reader.ts';
import { DynamoCountStore } from './dynamo-count-store.ts';

const AT = '2026-03-01T10:30:00Z';
const HOUR = '2026-03-01T10';

/** Counts of refusals, one of each recipient. */
function countsOf(server: string, recipients: readonly string[]): HourCounts {
  const events = recipients.map((recipient, index) => refusal({ id: `e${index}`, at: AT, server, recipient }));
  const [counts] = countEvents(events);
  if (counts === undefined) throw new Error('Nothing is counted');
  return counts;
}

describe.each(REFEREES)('counts in $name', ({ name, start }) => {
  let tables: Tables;
  let client: DynamoDBClient;
  let store: DynamoCountStore;
  let reader: DynamoCountReader;
  beforeAll(async () => {
    tables = await start();
    client = tables.newClient();
    await tables.create('events');
    store = new DynamoCountStore(client, 'events', 60_000);
    reader = new DynamoCountReader(client, 'events');
  });
  afterAll(async () => {
    client.destroy();
    await tables.stop();
  });

  async function refusalsOf(server: string): Promise<number | undefined> {
    const [hour] = await reader.sums({ server, from: HOUR, to: HOUR });
    return hour?.sums.get('refusals');
  }

  async function recipientsOf(server: string): Promise<{ values: Map<string, Tally>; others: number }> {
    const parts = await reader.values({ server, from: HOUR, to: HOUR }, 'recipient');
    return {
      values: new Map(parts.flatMap(({ values }) => [...values])),
      others: parts.reduce((sum, { others }) => sum + others.refusals, 0),
    };
  }

  // Moto answers one request at a time, and slowly.
  const writers = name === 'moto' ? 20 : 200;
  it(`are exact when ${writers} write at a time`, { timeout: 60_000 }, async () => {
    const people = Array.from({ length: 40 }, (_, index) => `user${index}@example.com`);
    const counts = countsOf('busy', [...people, ...people.slice(0, 10)]);

    await Promise.all(Array.from({ length: writers }, (_, batch) => store.add(counts, `batch${batch}`)));

    const { values, others } = await recipientsOf('busy');
    expect(await refusalsOf('busy')).toBe(writers * 50);
    expect(values.get('user0@example.com')).toMatchObject({ messages: 0, refusals: 2 * writers });
    expect(values.get('user39@example.com')).toMatchObject({ messages: 0, refusals: writers });
    expect(values.size).toBe(40);
    expect(others).toBe(0);
  });

  it('count a batch whose mark was made, and its answer lost', async () => {
    const end = loseFirstAnswers(client);
    onTestFinished(end);

    expect(await store.add(countsOf('lost', ['bob@example.com']), 'batch')).toBe(true);
    expect(await store.add(countsOf('lost', ['bob@example.com']), 'batch')).toBe(false);
  });

  it('count a batch once, however often it comes', async () => {
    const counts = countsOf('twice', ['bob@example.com']);

    await Promise.all(Array.from({ length: 5 }, () => store.add(counts, 'same')));
    await store.add(counts, 'same');
    await store.add(counts, 'other');

    expect(await refusalsOf('twice')).toBe(2);
  });

  it('keep the most of many values, and the sum of the others', { timeout: 60_000 }, async () => {
    const often = Array.from({ length: 20 }, () => 'often@example.com');
    for (let batch = 0; batch < 30; batch += 1) {
      const strangers = Array.from({ length: 60 }, (_, index) => `stranger${batch}.${index}@example.com`);
      await store.add(countsOf('flood', [...often, ...strangers]), `batch${batch}`);
    }

    const { values, others } = await recipientsOf('flood');
    const named = [...values.values()].reduce((sum, { refusals }) => sum + refusals, 0);
    expect(values.get('often@example.com')?.refusals).toBe(600);
    expect(values.size).toBeLessThanOrEqual(8 * 100);
    expect(named + others).toBe(30 * 80);
    expect(others).toBeGreaterThan(0);
  });

  it('are those of the hours that were asked for', async () => {
    await store.add(countsOf('hours', ['a@example.com']), 'x');

    const span = (from: string, to: string) => reader.sums({ server: 'hours', from, to });
    expect(await span('2026-03-01T11', '2026-03-01T12')).toEqual([]);
    expect(await span('2026-03-01T08', '2026-03-01T10')).toHaveLength(1);
    expect(await span('2026-03-01T10', '2026-03-01T11')).toHaveLength(1);
  });
});
