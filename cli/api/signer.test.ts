import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { recomputeAuthorization } from '../test-support/recompute-signature.ts';
import { MOMENT, REGION, REQUESTS, type RefereeRequest } from '../test-support/referee-requests.ts';
import { ANY_ANSWER, Api } from './api.ts';
import { path, withQuery } from './path.ts';
import { makeSigner, regionOf } from './signer.ts';

const REFEREE = join(import.meta.dirname, '..', 'test-support', 'botocore-referee.py');
const hasReferee = spawnSync('python3', ['-c', 'import botocore.auth']).status === 0;

type Headers = Readonly<Record<string, string>>;

function signed(request: RefereeRequest): Promise<Headers> {
  const { method, url, headers, body } = request;
  const sign = makeSigner(
    REGION,
    async () => request,
    () => new Date(MOMENT),
  );
  return sign({ method, url: new URL(url), headers, body });
}

function signedByBotocore(requests: readonly object[]): readonly Headers[] {
  const { stdout, stderr, status } = spawnSync('python3', [REFEREE, REGION, MOMENT], {
    input: JSON.stringify(requests),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as readonly Headers[];
}

describe('a signature', () => {
  it.each(REQUESTS)('is the one that botocore gave: $method $url', async (request) => {
    const { authorization } = await signed(request);

    expect(authorization).toContain(`/20261124/${REGION}/execute-api/aws4_request`);
    expect(authorization).toMatch(new RegExp(`Signature=${request.signature}$`));
  });

  it.skipIf(!hasReferee)('is the one that the botocore of this machine gives', async () => {
    const ours = await Promise.all(REQUESTS.map(signed));

    // What it is not told, it does not sign: the digest of the content is a header of ours.
    const theirs = signedByBotocore(
      REQUESTS.map((request, at) => {
        const digest = ours[at]?.['x-amz-content-sha256'] ?? '';
        return { ...request, headers: { ...request.headers, 'x-amz-content-sha256': digest } };
      }),
    );

    const authorizations = (all: readonly Headers[]) => all.map(({ authorization }) => authorization);
    expect(authorizations(ours)).toEqual(authorizations(theirs));
  });

  it('tells a session token, and no host of its own', async () => {
    const request = REQUESTS.find(({ sessionToken }) => sessionToken !== undefined);
    if (request === undefined) throw new TypeError('No request has a session token');

    const headers = await signed(request);

    expect(headers['x-amz-security-token']).toBe(request.sessionToken);
    expect(headers.host).toBeUndefined();
  });

  it.each([
    { method: 'GET', at: '/servers' },
    {
      method: 'GET',
      at: withQuery(path`/servers/${'in (bound)'}/x`, { server: '*', until: '2026-11-24T09:30:00+01:00' }),
    },
    { method: 'PUT', at: path`/users/${'team/élise~@example.com'}`, body: { note: 'ünïcode', servers: [] } },
    { method: 'DELETE', at: path`/servers/${'mx'}/clients/${'2001:db8::/32'}`, headers: { 'if-match': '"a  b"' } },
  ] as const)('of $method $at is what a server computes from what arrives', async ({ method, at, ...more }) => {
    const { api, arrived } = await verifyingServer();

    await api.call({ method, path: at, doing: 'ask', answer: ANY_ANSWER, ...more });

    expect(arrived).toHaveLength(1);
    expect(arrived[0]?.given).toBe(arrived[0]?.expected);
    expect(arrived[0]?.given).toContain(`/${REGION}/execute-api/aws4_request`);
  });

  it('that cannot be made says why', async () => {
    const sign = makeSigner(REGION, async () => {
      throw new Error('Could not load credentials from any providers');
    });

    const attempt = sign({
      method: 'GET',
      url: new URL('https://api.example.com/servers'),
      headers: {},
      body: undefined,
    });

    await expect(attempt).rejects.toThrow('Cannot sign the request: Could not load credentials from any providers');
  });
});

interface Arrived {
  readonly given: string | undefined;
  readonly expected: string;
}

/** A server that recomputes the signature of each request. */
async function verifyingServer(): Promise<{ readonly api: Api; readonly arrived: Arrived[] }> {
  const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
  const arrived: Arrived[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const expected = recomputeAuthorization(request, Buffer.concat(chunks), secretAccessKey);
    arrived.push({ given: request.headers.authorization, expected });
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/prod`);
  const sign = makeSigner(REGION, async () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey, sessionToken: 'token' }));
  return { api: new Api({ url, sign, signal: new AbortController().signal }), arrived };
}

describe('the region', () => {
  it.each([
    ['https://x.execute-api.eu-central-1.amazonaws.com', {}, 'eu-central-1'],
    ['https://x.execute-api.cn-north-1.amazonaws.com.cn/prod', { AWS_REGION: 'eu-west-1' }, 'cn-north-1'],
    ['https://admin.example.com', { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'us-east-1' }, 'eu-west-1'],
    ['https://admin.example.com', { AWS_DEFAULT_REGION: 'us-east-1' }, 'us-east-1'],
  ])('of %s with %j is %s', (url, environment, region) => {
    expect(regionOf(new URL(url), environment)).toBe(region);
  });

  it('that nothing tells is asked for', () => {
    expect(() => regionOf(new URL('https://admin.example.com'), {})).toThrow(
      'admin.example.com does not say which region it is in: set AWS_REGION',
    );
  });
});
