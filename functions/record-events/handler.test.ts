import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Handler } from '../middleware.ts';
import { dayEvents } from '../test-support/day-events.ts';
import { refusal, transaction } from '../test-support/events.ts';
import { type Console, lambdaContext, recordConsole } from '../test-support/invocation.ts';
import { environmentOf, Tables } from '../test-support/tables.ts';
import { ENV_EVENTS_TABLE } from './env.ts';

let tables: Tables;
let handler: Handler<unknown>;
let logged: Console;

beforeAll(async () => {
  tables = await Tables.start();
  await tables.create('events');
  const environment = { ...environmentOf(tables.endpoint), [ENV_EVENTS_TABLE]: 'events' };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  ({ handler } = await import('./handler.ts'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await tables.stop();
});
let written: string[];
beforeEach(() => {
  logged = recordConsole();
  written = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function idsOf(server: string, day: string): Promise<readonly unknown[]> {
  return (await dayEvents(tables.newClient(), { server, day })).map(({ id }) => id);
}

describe('handler of record-events', () => {
  it('writes events in the order of their time, however often they come', async () => {
    const events = [
      refusal({ id: 'later', at: '2026-03-01T10:00:00.001Z' }),
      transaction({ id: 'sooner', at: '2026-03-01T10:00:00Z' }),
      refusal({ id: 'later', at: '2026-03-01T10:00:00.001Z' }),
    ];

    expect(await handler({ events }, lambdaContext())).toBeUndefined();
    await handler({ events }, lambdaContext());

    expect(await idsOf('mx1', '2026-03-01')).toEqual(['sooner', 'later']);
    expect(written).toHaveLength(2);
    expect(written[0]).toMatch(/^\{[^\n]*\}\n$/);
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ Server: 'mx1', Refusals: 1, MessagesAccepted: 1 });
    expect(logged.lines()).toHaveLength(2);
    expect(logged.lines()[0]).toEqual({
      level: 'info',
      function: 'record-events',
      events: 3,
      durationMs: expect.any(Number),
    });
  });

  it('takes no event at all', async () => {
    expect(await handler({ events: [] }, lambdaContext())).toBeUndefined();
  });

  it('throws for an event that is no request, naming the attributes at fault and not their values', async () => {
    const events = [refusal(), { ...refusal(), octets: 'bob@example.com', at: 'bob@example.com' }];

    await expect(handler({ events }, lambdaContext())).rejects.toThrow(
      'Event is not a request: events.1.at, events.1.octets',
    );
    expect(logged.text()).not.toContain('bob@');
  });
});

describe('env of record-events', () => {
  it('fails by the name of the variable that is not set', async () => {
    vi.resetModules();
    vi.stubEnv(ENV_EVENTS_TABLE, undefined);

    await expect(import('./handler.ts')).rejects.toThrow('Environment variable POSTERN_EVENTS_TABLE must be set');
  });
});
