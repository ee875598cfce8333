import { describe, expect, it } from 'vitest';
import { admin } from './admin.ts';
import { SERVER_ROUTE } from './env.ts';
import type { HttpRequest } from './http.ts';

const SETTINGS = { server: 'mx1', item: 'settings', hostname: 'mx1.example.com' };
const store = { settings: async (server: string) => (server === 'mx1' ? SETTINGS : undefined) };

async function ask(request: HttpRequest) {
  const { statusCode, headers, body } = await admin(request, store);
  return { statusCode, type: headers['content-type'], value: JSON.parse(body) };
}

describe('admin', () => {
  it('gives the settings of a server as they stand', async () => {
    const answer = await ask({ routeKey: SERVER_ROUTE, pathParameters: { server: 'mx1' } });

    expect(answer).toEqual({ statusCode: 200, type: 'application/json', value: SETTINGS });
  });

  it.each([
    ['a server without settings', { routeKey: SERVER_ROUTE, pathParameters: { server: 'mx2' } }],
    ['no server', { routeKey: SERVER_ROUTE, pathParameters: {} }],
    ['an empty name', { routeKey: SERVER_ROUTE, pathParameters: { server: '' } }],
    ['a route of another time', { routeKey: 'GET /', pathParameters: { server: 'mx1' } }],
  ])('says 404 for %s', async (_what, request) => {
    expect(await ask(request)).toMatchObject({ statusCode: 404, value: { problem: expect.any(String) } });
  });
});
