import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { adminEvent } from '../../test-support/admin-bed.ts';
import { type Console, recordConsole } from '../../test-support/invocation.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import { makeDispatch } from './dispatch.ts';
import type { RouteAnswer } from './http.ts';
import { defineRoute, NO_CONTENT, ok } from './route.ts';

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
  it('gives what a route answers, and lets no one keep it', async () => {
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
    // Lambda takes 6,291,556 octets of JSON, in which the body is text: its quotation marks take two octets there.
    const answer = await answerOf(async () => ok(['"'.repeat(1_600_000)]));
    const carried = await answerOf(async () => ok('x'.repeat(6_000_000)));

    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([413, { type: 'urn:postern:problem:too-large' }]);
    expect(carried.status).toBe(200);
    expect(Buffer.byteLength(JSON.stringify(carried))).toBeLessThan(6_291_556);
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

describe('a member named __proto__', () => {
  const route = defineRoute({
    method: 'PUT',
    path: '/servers/{server}',
    summary: 'One of a test',
    parameters: z.strictObject({ server: z.string() }),
    body: z.record(z.string(), z.unknown()),
    answers: { 204: null },
    problems: [],
    handle: async () => NO_CONTENT,
  });

  it.each([
    ['{"__proto__":1}', '__proto__'],
    ['{"a":{"b":[0,{"__proto__":{}}]}}', 'a.b.1.__proto__'],
    ['{"a":{"\\u005f_proto__":null}}', 'a.__proto__'],
    [`${'['.repeat(100_000)}{"__proto__":1}${']'.repeat(100_000)}`, expect.stringMatching(/__proto__$/)],
  ])('is refused by name: %.40s', async (body, field) => {
    const answer = await makeDispatch([route], STORES)(adminEvent('PUT', '/servers/x', {}, body));

    expect(answer.statusCode).toBe(400);
    expect(JSON.parse(answer.body).errors).toMatchObject([{ field, problem: '"__proto__" is not an attribute here' }]);
  });

  it('is not seen in a value', async () => {
    const body = '{"a":"__proto__","constructor":1}';

    expect((await makeDispatch([route], STORES)(adminEvent('PUT', '/servers/x', {}, body))).statusCode).toBe(204);
  });
});
