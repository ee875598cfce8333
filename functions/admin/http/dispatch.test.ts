import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { changedEvent } from '../../tables/changed-event.ts';
import { adminEvent } from '../../test-support/admin-bed.ts';
import { type Console, recordConsole } from '../../test-support/invocation.ts';
import { type EventWriter, TableChangeLog } from '../change-log.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import { makeDispatch } from './dispatch.ts';
import { MAX_BODY_OCTETS } from './http.ts';
import { defineRoute, NO_CONTENT, ok, type RouteAnswer } from './route.ts';

// No route of these tests asks a store.
const STORES = {} as AdminStores;
let logged: Console;
beforeEach(() => {
  logged = recordConsole();
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** What a route that does `handle` answers; its key is one of the API's, so that the event finds it. */
async function answerOf(handle: () => Promise<RouteAnswer>) {
  const route = defineRoute({
    method: 'GET',
    path: '/servers',
    summary: 'One of a test',
    answers: { 200: z.unknown(), 204: null },
    problems: [],
    handle,
  });
  const { statusCode, headers, body } = await makeDispatch([route], STORES)(adminEvent('GET', '/servers'));
  return { status: statusCode, headers, body };
}

function errorNamed(name: string): Error {
  return Object.assign(new Error('the secret'), { name });
}

describe('dispatch', () => {
  it('gives what a route answers, and lets nobody keep it', async () => {
    expect(await answerOf(async () => ok({ a: 1 }, { etag: '"x"' }))).toEqual({
      status: 200,
      headers: {
        'cache-control': 'no-store',
        'content-type': 'application/json',
        'x-content-type-options': 'nosniff',
        etag: '"x"',
      },
      body: '{"a":1}\n',
    });
    expect(await answerOf(async () => NO_CONTENT)).toMatchObject({ status: 204, body: '' });
  });

  it.each([
    ['Error', 500, 'failed'],
    ['TypeError', 500, 'failed'],
    ['TimeoutError', 503, 'unavailable'],
    ['ThrottlingException', 503, 'unavailable'],
    ['ProvisionedThroughputExceededException', 503, 'unavailable'],
  ])('makes a problem of a %s, and keeps to itself what it says', async (name, status, kind) => {
    const answer = await answerOf(() => Promise.reject(errorNamed(name)));

    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(answer.body)).toMatchObject({ type: `urn:postern:problem:${kind}`, status });
    expect(answer.body).not.toContain('secret');
    expect(logged.lines()).toMatchObject([{ level: 'error', route: 'GET /servers', problem: `${name}: the secret` }]);
  });

  it('says so when an answer is larger than Lambda carries', async () => {
    const answer = await answerOf(async () => ok('x'.repeat(MAX_BODY_OCTETS)));

    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([413, { type: 'urn:postern:problem:too-large' }]);
  });
});

describe('what is wrong with a secret', () => {
  const login = z.strictObject({ password: z.string().min(20), nested: z.strictObject({ token: z.int() }) });
  const route = defineRoute({
    method: 'PUT',
    path: '/servers/{server}',
    summary: 'One of a test',
    parameters: z.strictObject({ server: z.string() }),
    body: login,
    answers: { 204: null },
    problems: [],
    handle: async () => NO_CONTENT,
  });

  it.each([
    ['{"password":"hunter2","nested":{"token":"hunter2"}}'],
    ['{"password":"hunter2","nested":{"token":1},"verifier":"hunter2"}'],
    ['{"password":"hunter2"'],
  ])('is said without it: %s', async (body) => {
    const answer = await makeDispatch([route], STORES)(adminEvent('PUT', '/servers/x', {}, body));

    expect(answer.statusCode).toBe(400);
    expect(answer.body).not.toContain('hunter2');
    expect(logged.text()).not.toContain('hunter2');
  });
});

describe('the record of a change', () => {
  const facts = { id: 'e1', who: 'me', at: '2026-03-01T12:00:00.000Z', keepDays: 30 };
  const event = changedEvent(
    { server: 'mx1', item: 'settings', before: { set: new Set(['b', 'a']) }, after: {} },
    facts,
  );

  it('is an item of the table of events, sets as lists', async () => {
    const written: unknown[] = [];
    const writer: EventWriter = { write: async (items) => void written.push(...items) };

    await new TableChangeLog(writer).record([event]);

    expect(written).toEqual([
      {
        ...event,
        before: { set: ['a', 'b'] },
        stream: 'mx1#2026-03-01',
        at: '2026-03-01T12:00:00.000Z#e1',
        expiresAt: Date.UTC(2026, 2, 31, 12) / 1000,
      },
    ]);
  });

  it('that cannot be kept is logged, and undoes nothing', async () => {
    const writer: EventWriter = { write: () => Promise.reject(errorNamed('TimeoutError')) };

    await new TableChangeLog(writer).record([event]);

    expect(logged.lines()).toMatchObject([{ level: 'error', server: 'mx1', item: 'settings' }]);
  });

  it('leaves out a side that is too large for an item', () => {
    const { after } = changedEvent(
      { server: 'mx1', item: 'x', before: undefined, after: { note: 'x'.repeat(200_000) } },
      facts,
    );

    expect(after).toEqual({ omitted: '200011 octets, too many for an event' });
  });
});
