import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { LoopbackEndpoint } from '../../web/serve/loopback.ts';
import { startGateway } from './gateway.ts';

interface Lambda {
  readonly url: string;
  /** Events that it was invoked with. */
  readonly events: Record<string, unknown>[];
}

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A Lambda endpoint whose one function answers as it is told. */
async function lambdaThat(status: number, headers: Readonly<Record<string, string>>, payload: object): Promise<Lambda> {
  const events: Record<string, unknown>[] = [];
  const server = createServer(async (incoming, response) => {
    let text = '';
    for await (const chunk of incoming) text += String(chunk);
    events.push({ url: incoming.url, ...JSON.parse(text) });
    response.writeHead(status, headers).end(JSON.stringify(payload));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, events };
}

async function gatewayOf(lambda: string): Promise<LoopbackEndpoint> {
  const gateway = await startGateway({ port: 0, lambda, token: TOKEN });
  closing.push(() => gateway.close());
  return gateway;
}

const TOKEN = 'a token of the page, long enough';
const GOOD = { statusCode: 201, headers: { 'content-type': 'application/json', etag: '"x"' }, body: '{"a":1}\n' };

describe('the gateway', () => {
  it.each<[headers: Readonly<Record<string, string>>, status: number]>([
    // Programs say nothing of sites.
    [{}, 201],
    [{ 'sec-fetch-site': 'same-origin' }, 401],
    [{ 'sec-fetch-site': 'same-origin', 'x-postern-token': 'another token of the page' }, 401],
    [{ 'sec-fetch-site': 'same-origin', 'x-postern-token': TOKEN }, 201],
  ])('asks a browser for the token of the page: %j hears %d', async (headers, status) => {
    const lambda = await lambdaThat(200, {}, GOOD);
    const { port } = await gatewayOf(lambda.url);

    const response = await fetch(`http://127.0.0.1:${port}/servers`, { headers });

    expect(response.status).toBe(status);
    expect(lambda.events).toHaveLength(status === 201 ? 1 : 0);
  });

  it('serves the page to anyone here, and what it knows by its token alone', async () => {
    const { port } = await gatewayOf('http://127.0.0.1:1');
    const get = (path: string, headers = {}) => fetch(`http://127.0.0.1:${port}${path}`, { headers });

    expect((await get('/')).headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await get('/page/page.css')).headers.get('content-type')).toContain('text/css');
    expect((await get('/page/about.json')).status).toBe(404);
    expect(await (await get('/page/about.json', { 'x-postern-token': TOKEN })).json()).toEqual({
      api: 'embedded run',
      doors: [],
    });
  });

  it('makes the event of payload format 2.0, and answers what the function says', async () => {
    const lambda = await lambdaThat(200, {}, GOOD);
    const { port } = await gatewayOf(lambda.url);

    const response = await fetch(`http://127.0.0.1:${port}/servers/mx1/clients/192.0.2.0%2F24?a=1&a=2&b=%C3%BC`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json', 'If-Match': '"tag"' },
      body: '{"access":"deny"}',
    });

    expect([response.status, response.headers.get('etag'), await response.text()]).toEqual([201, '"x"', '{"a":1}\n']);
    expect(lambda.events).toMatchObject([
      {
        url: '/2015-03-31/functions/postern-admin/invocations',
        version: '2.0',
        routeKey: 'PUT /servers/{server}/clients/{cidr+}',
        pathParameters: { server: 'mx1', cidr: '192.0.2.0/24' },
        queryStringParameters: { a: '1,2', b: 'ü' },
        headers: { 'content-type': 'application/json', 'if-match': '"tag"' },
        body: '{"access":"deny"}',
        isBase64Encoded: false,
        requestContext: {
          authorizer: { iam: { userArn: 'arn:aws:iam::000000000000:user/local' } },
          http: { method: 'PUT' },
        },
      },
    ]);
  });

  it('keeps what follows a second question mark', async () => {
    const lambda = await lambdaThat(200, {}, GOOD);
    const { port } = await gatewayOf(lambda.url);

    await fetch(`http://127.0.0.1:${port}/servers?next=a?b&limit=1`);

    expect(lambda.events).toMatchObject([
      { rawPath: '/servers', rawQueryString: 'next=a?b&limit=1', queryStringParameters: { next: 'a?b', limit: '1' } },
    ]);
  });

  it.each([
    ['a body that is not said to be JSON', '/servers/x', { method: 'PUT', body: 'a=b' }, 415],
    ['a path that is no route', '/nothing', {}, 404],
    ['a method that the path has not', '/servers', { method: 'DELETE' }, 404],
    ['a percent sign that stands for nothing', '/servers/%zz', {}, 400],
    [
      'a body that is too large',
      '/servers/x',
      { method: 'PUT', body: `"${'x'.repeat(6_000_000)}"`, headers: { 'content-type': 'application/json' } },
      413,
    ],
  ])('refuses %s, in JSON', async (_what, path, options, status) => {
    const lambda = await lambdaThat(200, {}, GOOD);
    const { port } = await gatewayOf(lambda.url);

    const response = await fetch(`http://127.0.0.1:${port}${path}`, options);

    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status, title: expect.any(String) });
    expect(lambda.events).toEqual([]);
  });

  it.each([
    ['throws', 200, { 'x-amz-function-error': 'Unhandled' }, 500],
    ['is not there', 404, {}, 500],
    ['is given too much', 413, {}, 413],
  ])('answers when the function %s', async (_what, lambdaStatus, headers, status) => {
    const lambda = await lambdaThat(lambdaStatus, headers, {});
    const { port } = await gatewayOf(lambda.url);

    const response = await fetch(`http://127.0.0.1:${port}/servers`);

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status });
  });
});
