import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../../test/support/free-port.ts';
import { recordConsole } from '../test-support/invocation.ts';
import { fetchJson, problemOfFetch } from './fetch-json.ts';

const LIMIT = 262_144;
let answer: (response: ServerResponse, path: string) => void;
let url: string;
const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(request.url ?? '');
  answer(response, request.url ?? '');
});

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/document`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const never = { signal: new AbortController().signal, reach: 'loopback' } as const;

function ofLength(octets: number): string {
  return `"${'x'.repeat(octets - 2)}"`;
}

describe('fetchJson', () => {
  it('gives a document, compressed or not', async () => {
    answer = (response) => response.end('{"a":[1]}');
    expect(await fetchJson(url, never)).toEqual({ a: [1] });

    answer = (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":[2]}'));
    expect(await fetchJson(url, never)).toEqual({ a: [2] });
  });

  it('gives a document of exactly as many octets as it may have, and none of one more', async () => {
    answer = (response) => response.end(ofLength(LIMIT));
    expect(await fetchJson(url, never)).toHaveLength(LIMIT - 2);

    answer = (response) => response.end(ofLength(LIMIT + 1));
    await expect(fetchJson(url, never)).rejects.toThrow(`${url} answered more than ${LIMIT} octets`);
  });

  it('reads no more of what has no end, or unfolds to what is too long', async () => {
    answer = (response) => {
      const more = (): void => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', more);
      };
      more();
    };
    await expect(fetchJson(url, never)).rejects.toThrow(`answered more than ${LIMIT} octets`);

    answer = (response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(' '.repeat(50_000_000)));
    await expect(fetchJson(url, never)).rejects.toThrow(`answered more than ${LIMIT} octets`);
  });

  it.each([301, 302, 307, 308])('follows no redirect of %i', async (status) => {
    asked.length = 0;
    answer = (response, path) =>
      path === '/elsewhere' ? response.end('{}') : response.writeHead(status, { location: '/elsewhere' }).end();

    await expect(fetchJson(url, never)).rejects.toThrow(`${url} answered ${status}`);
    expect(asked).toEqual(['/document']);
  });

  it.each([204, 404, 429, 500, 503])('takes no document from an answer of %i', async (status) => {
    answer = (response) => response.writeHead(status).end('{}');

    await expect(fetchJson(url, never)).rejects.toThrow(`${url} answered ${status}`);
  });

  it.each(['', '<html>secret</html>', '{"a":', '{}{}'])('quotes nothing of what is not JSON: %j', async (text) => {
    answer = (response) => response.end(text);

    const error: unknown = await fetchJson(url, never).catch((reason: unknown) => reason);

    expect(error).toMatchObject({ message: `${url} answered what is not JSON` });
  });

  it('ends with its signal, whether nothing is said or not all', async () => {
    for (const said of ['', '{"a":']) {
      const controller = new AbortController();
      answer = (response) => {
        response.writeHead(200);
        response.write(said === '' ? ' ' : said);
        controller.abort(new Error('too late'));
      };

      await expect(fetchJson(url, { ...never, signal: controller.signal })).rejects.toThrow('too late');
    }
  });
});

describe('problemOfFetch', () => {
  it('names what the system said', async () => {
    const error: unknown = await fetchJson(`http://127.0.0.1:${await freePort()}/`, never).catch(
      (reason: unknown) => reason,
    );

    expect(problemOfFetch(error)).toBe('fetch failed: ECONNREFUSED');
  });

  it.each([
    [new Error('late'), 'late'],
    [new TypeError('fetch failed', { cause: new Error('other side closed') }), 'fetch failed: other side closed'],
    [new TypeError('fetch failed', { cause: 'x' }), 'fetch failed'],
    ['x', 'not an Error'],
  ])('says in one line what happened', (error, problem) => {
    expect(problemOfFetch(error)).toBe(problem);
  });
});

describe('the certificate of a host', () => {
  it.each([
    [20, ['issuer-certificate-expiring']],
    [22, []],
  ])('that ends in %i days: the log says %j', async (days, events) => {
    const notAfterDate = new Date(Date.now() + days * 86_400_000);
    const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
      keyType: 'ec',
      notAfterDate,
    });
    const secure = createSecureServer({ key, cert }, (_request, response) => response.end('{}'));
    await once(secure.listen(0, '127.0.0.1'), 'listening');
    const logged = recordConsole();
    // Its end is what is looked at here, not who signed it.
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => {
      vi.unstubAllEnvs();
      vi.restoreAllMocks();
      secure.close();
    });

    await fetchJson(`https://127.0.0.1:${(secure.address() as AddressInfo).port}/`, never);

    expect(logged.lines().flatMap(({ event }) => event ?? [])).toEqual(events);
  });
});
