import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withDefaults } from './middleware.ts';
import { type Console, lambdaContext, recordConsole } from './test-support/invocation.ts';

let logged: Console;
beforeEach(() => {
  logged = recordConsole();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const EVENT = { server: 'mx1', session: 's1', username: 'alice', password: 'secret', recipient: 'bob@example.com' };

describe('withDefaults', () => {
  it('gives the answer and logs chosen fields of event and answer', async () => {
    const answer = { kind: 'permit', rule: 'domain#example.com', identity: 'alice', senders: ['alice@example.com'] };
    const handler = withDefaults('check-relay', async () => answer);

    expect(await handler(EVENT, lambdaContext())).toBe(answer);
    expect(logged.lines()).toEqual([
      {
        level: 'info',
        function: 'check-relay',
        server: 'mx1',
        session: 's1',
        kind: 'permit',
        rule: 'domain#example.com',
        durationMs: expect.any(Number),
      },
    ]);
  });

  it('gives no answer where there is none', async () => {
    expect(await withDefaults('record-events', async () => undefined)(EVENT, lambdaContext())).toBeUndefined();
    expect(logged.lines()).toHaveLength(1);
  });

  it('throws on what the function throws, logged without cause and stack', async () => {
    const error = new TypeError('no table', { cause: 'secret' });
    const handler = withDefaults('check-relay', () => Promise.reject(error));

    await expect(handler(EVENT, lambdaContext())).rejects.toBe(error);
    expect(logged.lines()).toEqual([
      { level: 'error', function: 'check-relay', server: 'mx1', session: 's1', problem: 'TypeError: no table' },
    ]);
  });

  it('logs nothing of a thrown value that is no error', async () => {
    const handler = withDefaults('check-relay', () => Promise.reject('secret'));

    await expect(handler(EVENT, lambdaContext())).rejects.toBe('secret');
    expect(logged.lines()).toMatchObject([{ problem: 'not an Error' }]);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'secret'],
    ['a list', ['secret']],
    ['fields of other types', { server: { password: 'secret' }, session: 7, events: 'secret' }],
  ])('takes no field of an event that is %s', async (_what, event) => {
    await withDefaults('check-relay', async () => null)(event, lambdaContext());

    expect(logged.lines()).toEqual([{ level: 'info', function: 'check-relay', durationMs: expect.any(Number) }]);
  });
});
