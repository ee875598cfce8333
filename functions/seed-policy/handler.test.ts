import { GetItemCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Handler } from '../middleware.ts';
import { lambdaContext, recordConsole } from '../test-support/invocation.ts';
import { environmentOf, Tables } from '../test-support/tables.ts';
import { ENV_POLICY_TABLE } from './env.ts';

const SETTINGS = { item: 'settings', hostname: 'mx1.example.com', defaultNextHop: 'ses', maxErrors: 7, enabled: false };
const DOMAIN = { item: 'domain#example.com' };

let tables: Tables;
let handler: Handler<unknown>;

beforeAll(async () => {
  tables = await Tables.start();
  await tables.create('policy');
  const environment = { ...environmentOf(tables.endpoint), [ENV_POLICY_TABLE]: 'policy' };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  ({ handler } = await import('./handler.ts'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await tables.stop();
});
beforeEach(() => {
  recordConsole();
});
afterEach(() => {
  vi.restoreAllMocks();
});

function request(server: string, items: readonly object[]) {
  return { RequestType: 'Create', ResourceProperties: { Server: server, Items: JSON.stringify(items) } };
}

describe('handler of seed-policy', () => {
  it('writes first items once, with their types, and never over what people made of them', async () => {
    const client = tables.newClient();
    await handler(request('mx1', [SETTINGS, DOMAIN]), lambdaContext());
    const key = { server: { S: 'mx1' }, item: { S: 'settings' } };
    const { Item } = await client.send(new GetItemCommand({ TableName: 'policy', Key: key }));
    expect(Item).toMatchObject({ ...key, maxErrors: { N: '7' }, enabled: { BOOL: false } });
    await client.send(
      new UpdateItemCommand({
        TableName: 'policy',
        Key: key,
        UpdateExpression: 'SET maxErrors = :nine',
        ExpressionAttributeValues: { ':nine': { N: '9' } },
      }),
    );
    const edited = await client.send(new ScanCommand({ TableName: 'policy' }));

    const again = request('mx1', [{ ...SETTINGS, hostname: 'mx2.example.com' }, { item: 'domain#example.net' }]);
    expect(await handler(again, lambdaContext())).toEqual({ PhysicalResourceId: 'first-items-mx1' });

    expect((await client.send(new ScanCommand({ TableName: 'policy' }))).Items).toEqual(edited.Items);
    client.destroy();
  });

  it('fails for items that no server could read, so that the deployment does', async () => {
    const bad = request('mx9', [{ item: 'settings' }]);

    await expect(handler(bad, lambdaContext())).rejects.toThrow('Event is not a request: ResourceProperties.Items');
  });
});
