import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Handler } from '../middleware.ts';
import { type Console, lambdaContext, recordConsole } from '../test-support/invocation.ts';
import { environmentOf, Tables } from '../test-support/tables.ts';
import { ENV_COUNTERS_TABLE } from './env.ts';

const QUESTION = {
  server: 'submission',
  session: 's1',
  client: { address: '192.0.2.1', port: 4711, tls: true },
  identity: 'alice@example.com',
  recipients: 2,
  limits: { messagesPerDay: 1 },
};

let tables: Tables;
let handler: Handler<unknown>;
let logged: Console;

beforeAll(async () => {
  tables = await Tables.start();
  await tables.create('counters');
  const environment = { ...environmentOf(tables.endpoint), [ENV_COUNTERS_TABLE]: 'counters' };
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
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('handler of check-limits', () => {
  it('counts by the table and logs the rule, without the user', async () => {
    // Both calls on one day, whenever the test runs.
    vi.useFakeTimers({ toFake: ['Date'] });

    expect(await handler(QUESTION, lambdaContext())).toEqual({ kind: 'permit' });
    expect(await handler(QUESTION, lambdaContext())).toEqual({
      kind: 'reject',
      reply: {
        code: 450,
        enhanced: '4.7.1',
        text: 'Sending limit reached (messages per day: 1), try again after 00:00 UTC',
      },
      rule: 'user#limits.messagesPerDay',
      limit: 1,
    });
    expect(logged.lines()).toMatchObject([
      { function: 'check-limits', server: 'submission', session: 's1', kind: 'permit' },
      { function: 'check-limits', kind: 'reject', rule: 'user#limits.messagesPerDay' },
    ]);
    expect(logged.text()).not.toContain('alice');
  });

  it.each([
    ['a limit that it does not know', { limits: { messagesPerMinute: 1 } }, 'limits'],
    ['a limit that is no count', { limits: { messagesPerDay: 1.5 } }, 'limits.messagesPerDay'],
    ['no recipients', { recipients: 0 }, 'recipients'],
    ['nobody', { identity: '' }, 'identity'],
  ])('throws for a request with %s, naming the attribute', async (_what, change, attribute) => {
    await expect(handler({ ...QUESTION, ...change }, lambdaContext())).rejects.toThrow(
      `Event is not a request: ${attribute}`,
    );
  });
});

describe('env of check-limits', () => {
  it('fails by the name of the variable that is not set', async () => {
    vi.resetModules();
    vi.stubEnv(ENV_COUNTERS_TABLE, '');

    await expect(import('./handler.ts')).rejects.toThrow('Environment variable POSTERN_COUNTERS_TABLE must be set');
  });
});
