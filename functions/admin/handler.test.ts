import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Handler } from '../middleware.ts';
import { AdminBed, adminEvent, HELD_BUCKET, TABLE_NAMES } from '../test-support/admin-bed.ts';
import { lambdaContext, recordConsole } from '../test-support/invocation.ts';
import { environmentOf } from '../test-support/tables.ts';
import {
  ENV_COUNTERS_TABLE,
  ENV_EVENTS_TABLE,
  ENV_HELD_BUCKET,
  ENV_HELD_TABLE,
  ENV_POLICY_TABLE,
  ENV_USERS_TABLE,
  ROUTES,
} from './env.ts';
import type { HttpAnswer } from './http/http.ts';
import { routeKey } from './http/route.ts';
import { ROUTE_TABLE } from './routes.ts';

let bed: AdminBed;
let handler: Handler<HttpAnswer>;

beforeAll(async () => {
  bed = await AdminBed.start();
  const environment = {
    ...environmentOf(bed.tables.endpoint),
    [ENV_POLICY_TABLE]: TABLE_NAMES.policy,
    [ENV_USERS_TABLE]: TABLE_NAMES.users,
    [ENV_EVENTS_TABLE]: TABLE_NAMES.events,
    [ENV_COUNTERS_TABLE]: TABLE_NAMES.counters,
    [ENV_HELD_TABLE]: TABLE_NAMES.held,
    [ENV_HELD_BUCKET]: HELD_BUCKET,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  ({ handler } = await import('./handler.ts'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await bed.stop();
});
beforeEach(() => {
  recordConsole();
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('handler of admin', () => {
  it('answers from the tables, by the event of an HTTP API', async () => {
    const settings = { hostname: 'mx1.example.com', defaultNextHop: 'ses', maxErrors: 7 };
    await bed.put('policy', { server: 'mx1', item: 'settings', ...settings });

    const { statusCode, headers, body } = await handler(adminEvent('GET', '/servers/mx1'), lambdaContext());

    expect(statusCode).toBe(200);
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(body)).toMatchObject({ server: 'mx1', given: settings });
  });

  it('reads a body that the HTTP API wrote in base64', async () => {
    const body = Buffer.from('{"hostname":"mx2.example.com","defaultNextHop":"ses"}').toString('base64');
    const event = { ...adminEvent('PUT', '/servers/mx2', {}, body), isBase64Encoded: true };

    expect(await handler(event, lambdaContext())).toMatchObject({ statusCode: 201 });
  });

  it('does nothing for a caller who is not named', async () => {
    const event = { ...adminEvent('GET', '/servers'), requestContext: { http: { method: 'GET' } } };

    const { statusCode, body } = await handler(event, lambdaContext());

    expect([statusCode, JSON.parse(body)]).toMatchObject([403, { type: 'urn:postern:problem:not-allowed' }]);
  });

  it('throws for an event that is no request', async () => {
    await expect(handler({}, lambdaContext())).rejects.toThrow('Event is not a request: routeKey');
  });
});

describe('the routes', () => {
  it('are those that the HTTP API is given', () => {
    const keys = ROUTE_TABLE.map(routeKey);

    expect(new Set(keys)).toEqual(new Set(ROUTES));
    expect(keys).toHaveLength(ROUTES.length);
  });

  it('name their path’s parameters as their schemas do', () => {
    for (const route of ROUTE_TABLE) {
      const inPath = [...route.path.matchAll(/\{(\w+)\+?\}/g)].map(([, name]) => name);
      expect(new Set(Object.keys(route.parameters.shape)), routeKey(route)).toEqual(new Set(inPath));
    }
  });
});
