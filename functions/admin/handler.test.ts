import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Handler } from '../middleware.ts';
import { lambdaContext, recordConsole } from '../test-support/invocation.ts';
import { environmentOf, Tables } from '../test-support/tables.ts';
import { ENV_POLICY_TABLE, SERVER_ROUTE } from './env.ts';

let tables: Tables;
let handler: Handler<unknown>;

beforeAll(async () => {
  tables = await Tables.start();
  await tables.create('policy', ['server', 'item']);
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

describe('handler of admin', () => {
  it('answers from the table, by the event of an HTTP API', async () => {
    await tables.put('policy', { server: 'mx1', item: 'settings', hostname: 'mx1.example.com', maxErrors: 7 });
    const event = {
      version: '2.0',
      routeKey: SERVER_ROUTE,
      rawPath: '/servers/mx1',
      pathParameters: { server: 'mx1' },
    };

    expect(await handler(event, lambdaContext())).toMatchObject({
      statusCode: 200,
      body: '{"server":"mx1","item":"settings","hostname":"mx1.example.com","maxErrors":7}\n',
    });
    expect(await handler({ routeKey: 'GET /' }, lambdaContext())).toMatchObject({ statusCode: 404 });
  });

  it('throws for an event that is no request', async () => {
    await expect(handler({}, lambdaContext())).rejects.toThrow('Event is not a request: routeKey');
  });
});
