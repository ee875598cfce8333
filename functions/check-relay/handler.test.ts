import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { REPLIES } from '../../policy/reply.ts';
import type { Handler } from '../middleware.ts';
import { type Console, lambdaContext, recordConsole } from '../test-support/invocation.ts';
import { environmentOf, Tables } from '../test-support/tables.ts';
import { ENV_POLICY_TABLE } from './env.ts';

const QUESTION = {
  server: 'mx1',
  session: 's1',
  client: { address: '192.0.2.1', port: 4711, tls: false },
  recipient: 'bob@example.com',
  trusted: false,
};
const SETTINGS = {
  server: 'mx1',
  item: 'settings',
  hostname: 'mx1.example.com',
  defaultNextHop: 'smtp://mail.example.com',
};

let tables: Tables;
let handler: Handler<unknown>;
let logged: Console;

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
  logged = recordConsole();
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('handler of check-relay', () => {
  it('decides by the table, defers before there are settings and remembers good ones', async () => {
    expect(await handler(QUESTION, lambdaContext())).toEqual({ kind: 'defer', reply: REPLIES.decisionDeferred });

    await tables.put('policy', SETTINGS);
    expect(await handler(QUESTION, lambdaContext())).toMatchObject({ kind: 'reject', reply: REPLIES.relayDenied });

    await tables.put('policy', { server: 'mx1', item: 'domain#example.com' });
    await tables.put('policy', { ...SETTINGS, hostname: 'not a name' });
    expect(await handler(QUESTION, lambdaContext())).toMatchObject({
      kind: 'permit',
      nextHop: 'smtp://mail.example.com:25?tls=offer',
    });

    const said = logged.lines().map(({ level, item, problem, kind, rule }) => ({ level, item, problem, kind, rule }));
    expect(said).toEqual([
      { level: 'error', item: 'settings', problem: 'is missing' },
      { level: 'info', kind: 'defer' },
      { level: 'info', kind: 'reject', rule: 'relay-domains' },
      { level: 'error', item: 'settings', problem: expect.stringContaining('hostname: ') },
      { level: 'info', kind: 'permit', rule: 'domain#example.com' },
    ]);
    expect(logged.text()).not.toContain('bob');
  });

  it('throws for an event that is no request, naming the attributes at fault and not their values', async () => {
    const event = { ...QUESTION, trusted: 'bob@example.com', recipient: undefined };

    await expect(handler(event, lambdaContext())).rejects.toThrow('Event is not a request: recipient, trusted');
    expect(logged.text()).not.toContain('bob');
  });
});

describe('env of check-relay', () => {
  it('fails by the name of the variable that is not set', async () => {
    vi.resetModules();
    vi.stubEnv(ENV_POLICY_TABLE, undefined);

    await expect(import('./handler.ts')).rejects.toThrow('Environment variable POSTERN_POLICY_TABLE must be set');
  });
});
