import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LoopbackEndpoint } from '../../web/serve/loopback.ts';
import { newToken, TOKEN_HEADER } from '../../web/serve/page.ts';
import { Api } from '../api/api.ts';
import { startPageServer } from './page-server.ts';

const TOKEN = newToken();

interface Heard {
  readonly what: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

let upstream: Server;
let page: LoopbackEndpoint;
let heard: Heard[];

beforeEach(async () => {
  heard = [];
  upstream = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    heard.push({ what: `${request.method} ${request.url}`, headers: request.headers, body });
    response.writeHead(201, { 'content-type': 'application/json', etag: '"1"', 'set-cookie': 'a=b' }).end('{"a":1}');
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const url = new URL(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}/prod`);
  const sign = async ({ headers }: { readonly headers: Readonly<Record<string, string>> }) => ({
    ...headers,
    authorization: 'signed',
  });
  page = await startPageServer({
    api: new Api({ url, sign, signal: AbortSignal.timeout(60_000) }),
    port: 0,
    token: TOKEN,
  });
});

afterEach(async () => {
  await page.close();
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});

interface Said {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** A request with headers that `fetch` does not let one say. */
async function ask(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
  body = '',
): Promise<Said> {
  const request = httpRequest({ host: '127.0.0.1', port: page.port, path, method, headers });
  request.end(body);
  const [response] = await once(request, 'response');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, headers: response.headers, body: text };
}

const KEY = { [TOKEN_HEADER]: TOKEN };

describe('the page on this machine', () => {
  it('gives its files to a browser that has no token yet, under a strict policy', async () => {
    for (const path of ['/', '/page/page.js', '/page/page.css', '/page/icon.svg']) {
      const { status, headers } = await ask(path);

      expect([path, status]).toEqual([path, 200]);
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/unsafe|data:|https?:/);
      expect(headers['set-cookie']).toBeUndefined();
      expect(headers['referrer-policy']).toBe('no-referrer');
    }
    expect((await ask('/')).body).not.toMatch(/<style|<script(?! type="module" src=)|style=|onload|onclick/);
  });

  it('passes a call on, signed, with what the API reads, and answers with what the page reads', async () => {
    const sent = {
      ...KEY,
      'content-type': 'application/json',
      'if-match': '"0"',
      cookie: 'c=d',
      'sec-fetch-site': 'same-origin',
    };

    const { status, headers, body } = await ask('/servers/in%2Fbound?limit=1', sent, 'PATCH', '{"b":2}');

    expect([status, body, headers.etag, headers['set-cookie']]).toEqual([201, '{"a":1}', '"1"', undefined]);
    const [call] = heard;
    expect(call).toMatchObject({
      what: 'PATCH /prod/servers/in%2Fbound?limit=1',
      body: '{"b":2}',
      headers: { authorization: 'signed', 'if-match': '"0"', 'content-type': 'application/json' },
    });
    expect(call?.headers[TOKEN_HEADER]).toBeUndefined();
    expect(call?.headers.cookie).toBeUndefined();
  });

  it.each<[name: string, path: string, headers: Readonly<Record<string, string>>, status: number]>([
    ['no token', '/servers', {}, 401],
    ['another token', '/servers', { [TOKEN_HEADER]: newToken() }, 401],
    ['no token, asking what the page knows', '/page/about.json', {}, 401],
    ['a foreign name', '/servers', { ...KEY, host: 'evil.example' }, 421],
    ['a foreign page', '/servers', { ...KEY, origin: 'https://evil.example' }, 403],
    ['a foreign page, asking for the page', '/', { origin: 'null' }, 403],
    // Such a path would be another host's, and the signature with it.
    ['a path that names a host', '//evil.example/servers', KEY, 502],
    ['a path that leaves the API', '/../servers', KEY, 502],
    ['a path that leaves the API, encoded', '/%2e%2e/servers', KEY, 502],
  ])('refuses who comes with %s', async (_name, path, headers, status) => {
    const said = await ask(path, headers);

    expect(said.status).toBe(status);
    expect(heard).toEqual([]);
  });

  it('says that no one answers', async () => {
    upstream.closeAllConnections();
    await new Promise((resolve) => upstream.close(resolve));

    const { status, body } = await ask('/servers', KEY);

    expect(status).toBe(502);
    expect(JSON.parse(body).detail).toMatch(/^No admin API answers at http:/);
  });
});
