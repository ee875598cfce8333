import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoopbackEndpoint } from '../web/serve/loopback.ts';
import { startGateway } from './admin/gateway.ts';
import { startDynamoDb } from './dynamodb/server.ts';
import { startLambda } from './lambda/endpoint.ts';
import { startS3 } from './s3/server.ts';
import { startSes } from './ses/server.ts';

const NOWHERE = 'http://127.0.0.1:1';
const directory = mkdtempSync(join(tmpdir(), 'postern-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Every HTTP endpoint of the embedded run, as its part starts it. */
const ENDPOINTS: Readonly<Record<string, () => Promise<LoopbackEndpoint>>> = {
  DynamoDB: () => startDynamoDb({}),
  Lambda: () => startLambda(0, [], { log: () => undefined, logProblem: () => undefined }),
  SES: () => startSes({ port: 0, directory }),
  S3: () => startS3({ port: 0, directory }),
  admin: () => startGateway({ port: 0, lambda: NOWHERE, token: 'token' }),
};

/** Header lines by the port that is asked. */
type Lines = (port: number) => readonly string[];

/** Octet for octet what is said, since a library would set `Host` and refuse a second one. */
async function answerTo(port: number, method: string, lines: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const body = method === 'GET' ? '' : '{}';
  const head = [`${method} / HTTP/1.1`, ...lines, 'Connection: close', `Content-Length: ${body.length}`];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  let text = '';
  socket.setEncoding('utf8').on('data', (part) => (text += part));
  await once(socket, 'close');
  return text;
}

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
}

const OWN: Lines = (port) => [`Host: 127.0.0.1:${port}`];

/** What a page could make a browser on this machine send, and what no client sends. */
const REFUSED: readonly (readonly [what: string, method: string, lines: Lines, status: number])[] = [
  ['a name that points here', 'POST', (port) => [`Host: rebound.example:${port}`], 421],
  ['its address without the port', 'GET', () => ['Host: 127.0.0.1'], 421],
  ['another port of this machine', 'GET', (port) => [`Host: 127.0.0.1:${port - 1}`], 421],
  ['an empty Host', 'GET', () => ['Host:'], 421],
  ['two Host fields', 'GET', (port) => [...OWN(port), 'host: rebound.example'], 400],
  ['the same Host twice', 'GET', (port) => [...OWN(port), ...OWN(port)], 400],
  ['a page of another origin', 'POST', (port) => [...OWN(port), 'Origin: https://page.example'], 403],
  ['a page of no origin', 'POST', (port) => [...OWN(port), 'Origin: null'], 403],
  ['a page at another port', 'GET', (port) => [...OWN(port), `Origin: http://127.0.0.1:${port - 1}`], 403],
  ['two origins', 'GET', (port) => [...OWN(port), `Origin: http://127.0.0.1:${port}`, 'Origin: http://x'], 403],
  ['a preflight of another origin', 'OPTIONS', (port) => [...OWN(port), 'Origin: https://page.example'], 403],
  ['a preflight', 'OPTIONS', (port) => [...OWN(port), `Origin: http://127.0.0.1:${port}`], 405],
  ['text, which a page may post unasked', 'POST', (port) => [...OWN(port), 'Content-Type: text/plain'], 415],
  ['such text in capitals', 'POST', (port) => [...OWN(port), 'Content-Type: TEXT/PLAIN; charset=utf-8'], 415],
  ['parts of a form', 'POST', (port) => [...OWN(port), 'Content-Type: multipart/form-data; boundary=x'], 415],
];

const FORM: Lines = (port) => [...OWN(port), 'Content-Type: application/x-www-form-urlencoded'];

describe.each(Object.entries(ENDPOINTS))('the endpoint %s', (name, start) => {
  let endpoint: LoopbackEndpoint;
  beforeAll(async () => {
    endpoint = await start();
  });
  afterAll(() => endpoint.close());

  it.each(REFUSED)('refuses %s', async (_what, method, lines, status) => {
    const answer = await answerTo(endpoint.port, method, lines(endpoint.port));

    expect(statusOf(answer)).toBe(status);
    expect(answer).toContain('application/problem+json');
    expect(answer.toLowerCase()).not.toContain('access-control');
  });

  it('refuses a form, unless its protocol is made of them', async () => {
    const answer = await answerTo(endpoint.port, 'POST', FORM(endpoint.port));

    expect(statusOf(answer) === 415).toBe(name !== 'SES');
  });

  it.each(['127.0.0.1', 'localhost', '[::1]'])(
    'takes %s for its own name, and never opens itself to others',
    async (host) => {
      const own = `${host}:${endpoint.port}`;

      for (const origin of [[], [`Origin: http://${own}`]]) {
        const answer = await answerTo(endpoint.port, 'GET', [`Host: ${own}`, ...origin]);
        expect(statusOf(answer)).toBeGreaterThan(0);
        expect(answer).not.toMatch(/Misdirected request|Forbidden|Host fields/);
        expect(answer.toLowerCase()).not.toContain('access-control');
      }
    },
  );

  it('says of a large body too why it is refused', async () => {
    const socket = connect(endpoint.port, '127.0.0.1');
    const octets = 20_000_000;
    socket.write(`POST / HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\nContent-Length: ${octets}\r\n\r\n`);
    socket.write(Buffer.alloc(octets, 'x'));
    let text = '';
    socket.setEncoding('utf8').on('data', (part) => (text += part));
    await once(socket, 'close');

    expect(statusOf(text)).toBe(421);
  });
});
