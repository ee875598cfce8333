import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Handler } from '../middleware.ts';
import { lambdaContext, recordConsole } from '../test-support/invocation.ts';
import { environmentOf, Tables } from '../test-support/tables.ts';
import { ENV_EVENTS_TABLE, ENV_POLICY_TABLE } from './env.ts';

const BROKEN = { server: { S: 'mx1' }, item: { S: 'command#AUTH' }, maxOctets: { S: '5OO' } };
const RECORD = {
  eventID: 'e1',
  eventName: 'INSERT',
  eventSource: 'aws:dynamodb',
  awsRegion: 'eu-west-1',
  dynamodb: {
    ApproximateCreationDateTime: 1_772_359_200,
    Keys: { server: BROKEN.server, item: BROKEN.item },
    NewImage: BROKEN,
    SequenceNumber: '111',
    SizeBytes: 26,
    StreamViewType: 'NEW_AND_OLD_IMAGES',
  },
};

let tables: Tables;
let handler: Handler<unknown>;
let written: string[];

beforeAll(async () => {
  tables = await Tables.start();
  await tables.create('policy');
  await tables.create('events');
  await tables.put('policy', { server: 'mx1', item: 'command#AUTH', maxOctets: '5OO' });
  const names = { [ENV_POLICY_TABLE]: 'policy', [ENV_EVENTS_TABLE]: 'events' };
  for (const [name, value] of Object.entries({ ...environmentOf(tables.endpoint), ...names })) vi.stubEnv(name, value);
  ({ handler } = await import('./handler.ts'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await tables.stop();
});
beforeEach(() => {
  recordConsole();
  written = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('handler of check-policy', () => {
  it('marks the item, keeps events and counts the problem', async () => {
    expect(await handler({ Records: [RECORD] }, lambdaContext())).toEqual({ batchItemFailures: [] });

    const Key = { server: BROKEN.server, item: BROKEN.item };
    const { Item } = await tables.newClient().send(new GetItemCommand({ TableName: 'policy', Key }));
    expect(Item && unmarshall(Item)).toMatchObject({ problem: expect.stringMatching(/^maxOctets: "5OO" is not/) });
    expect(written.map((line) => JSON.parse(line))).toMatchObject([{ Server: 'mx1', PolicyInvalid: 1 }]);
  });

  it('counts nothing when there is nothing new', async () => {
    const marked = { ...BROKEN, problem: { S: 'maxOctets: "5OO" is not a number; 6 to 65536 are allowed' } };
    const again = { ...RECORD, dynamodb: { ...RECORD.dynamodb, OldImage: BROKEN, NewImage: marked } };

    expect(await handler({ Records: [again] }, lambdaContext())).toEqual({ batchItemFailures: [] });
    expect(written).toEqual([]);
  });

  it('asks for records again by their sequence numbers', async () => {
    vi.resetModules();
    vi.stubEnv(ENV_EVENTS_TABLE, 'lost');
    const { handler: failing } = await import('./handler.ts');

    expect(await failing({ Records: [RECORD] }, lambdaContext())).toEqual({
      batchItemFailures: [{ itemIdentifier: '111' }],
    });
  });

  it('throws for an event that is no batch', async () => {
    await expect(handler({ records: [] }, lambdaContext())).rejects.toThrow('Event is not a request: Records');
  });
});

describe('env of check-policy', () => {
  it.each([ENV_POLICY_TABLE, ENV_EVENTS_TABLE])('fails by the name of %s when it is not set', async (name) => {
    vi.resetModules();
    for (const each of [ENV_POLICY_TABLE, ENV_EVENTS_TABLE]) vi.stubEnv(each, each === name ? undefined : 'table');

    await expect(import('./handler.ts')).rejects.toThrow(`Environment variable ${name} must be set`);
  });
});
