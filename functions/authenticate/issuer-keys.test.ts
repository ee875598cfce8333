import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { issuerSchema, type TokenIssuer } from '../../policy/issuer.ts';
import { type Answer, AUDIENCE, json, TestIssuer } from '../test-support/token-issuer.ts';
import { type FoundKeys, IssuerKeys, metadataUri } from './issuer-keys.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

let issuer: TestIssuer;
let nowMs: number;
let keys: IssuerKeys;

beforeEach(async () => {
  issuer = await TestIssuer.start();
  nowMs = 1_000_000_000_000;
  keys = new IssuerKeys({ nowMs: () => nowMs, mayUseLoopback: true });
});
afterEach(() => issuer.close());

function described(change: object = {}): TokenIssuer {
  return issuerSchema.parse({ issuer: issuer.url, audience: AUDIENCE, ...change });
}

function find(kid: string | undefined = 'k1', change: object = {}): Promise<FoundKeys> {
  return keys.find(described(change), { alg: 'ES256', ...(kid === undefined ? {} : { kid }) });
}

async function found(kid?: string, change?: object): Promise<{ keys: number; problem: string | undefined }> {
  const { keys: all, problem } = await find(kid, change);
  return { keys: all.length, problem };
}

const ONE = { keys: 1, problem: undefined };
const NONE = { keys: 0, problem: undefined };

describe('keys of an issuer', () => {
  it('are found by its metadata, and kept', async () => {
    expect(await found()).toEqual(ONE);
    expect(await found()).toEqual(ONE);
    expect(issuer.asked).toEqual([issuer.metadataPath, issuer.keysPath]);
  });

  it('are found where its item says, without metadata', async () => {
    expect(await found('k1', { jwksUri: `${issuer.url}${issuer.keysPath}` })).toEqual(ONE);
    expect(issuer.asked).toEqual([issuer.keysPath]);
  });

  it('are those of the algorithm and the name that the token has', async () => {
    await issuer.addKey('k2', 'RS256');

    expect(await found('k1')).toEqual(ONE);
    expect(await found('k2')).toEqual(NONE);
    expect((await keys.find(described(), { alg: 'RS256', kid: 'k2' })).keys).toHaveLength(1);
  });

  it('are all of the algorithm when the token names none', async () => {
    await issuer.addKey('k2', 'ES256');
    await issuer.addKey('k3', 'RS256');

    expect((await keys.find(described(), { alg: 'ES256' })).keys).toHaveLength(2);
  });

  it('are asked for once by logins side by side', async () => {
    const all = await Promise.all([found(), found(), found()]);

    expect(all).toEqual([ONE, ONE, ONE]);
    expect(issuer.asked).toHaveLength(2);
  });

  it('are fetched anew after ten minutes', async () => {
    await find();
    nowMs += 10 * MINUTE_MS - 1;
    await find();
    expect(issuer.asked).toHaveLength(2);

    nowMs += 1;
    issuer.publish([]);

    expect(await found()).toEqual(NONE);
    expect(issuer.asked).toHaveLength(4);
  });

  it('are kept for each issuer by itself', async () => {
    const other = await TestIssuer.start();
    try {
      await other.addKey('k2', 'ES256');

      expect(await found('k2')).toEqual(NONE);
      expect((await keys.find(described({ issuer: other.url }), { alg: 'ES256', kid: 'k2' })).keys).toHaveLength(1);
      expect((await keys.find(described(), { alg: 'ES256', kid: 'k2' })).keys).toHaveLength(0);
    } finally {
      await other.close();
    }
  });

  it('are forgotten where more than a hundred issuers were asked for since', async () => {
    await find();
    for (let count = 0; count < 100; count += 1) {
      const jwksUri = `${issuer.url}${issuer.keysPath}?${count}`;
      issuer.answers.set(`${issuer.keysPath}?${count}`, json({ keys: [] }));
      await find('k1', { jwksUri });
    }
    issuer.asked.length = 0;

    expect(await found()).toEqual(ONE);
    expect(issuer.asked).toHaveLength(2);
  });
});

describe('a key that is not there', () => {
  it('is asked for once more, which finds one that came into use since', async () => {
    await find();
    await issuer.addKey('k2', 'ES256');
    nowMs += 30_000;

    expect(await found('k2')).toEqual(ONE);
    expect(issuer.asked).toHaveLength(4);
  });

  it('is asked for no more than once in 30 seconds, whatever it is called', async () => {
    await find();
    nowMs += 30_000;
    for (let count = 0; count < 20; count += 1) {
      expect(await found(`nonsense-${count}`)).toEqual(NONE);
      nowMs += 1499;
    }
    expect(issuer.asked).toHaveLength(4);

    nowMs += 20;

    expect(await found('nonsense')).toEqual(NONE);
    expect(issuer.asked).toHaveLength(6);
  });

  it('cannot be told from one that came into use while the issuer is down', async () => {
    await find();
    issuer.isDown = true;
    nowMs += 30_000;

    expect(await found('k2')).toEqual({ keys: 0, problem: expect.stringMatching(/^fetch failed/) });
    // Those that are known and young serve on, and nothing is wrong with them.
    expect(await found('k1')).toEqual(ONE);
  });
});

describe('an issuer that is down', () => {
  it('has its old keys serve for a day, and says so', async () => {
    await find();
    await issuer.close();
    nowMs += 10 * MINUTE_MS;
    expect(await found()).toEqual({ keys: 1, problem: 'fetch failed: ECONNREFUSED' });

    nowMs += DAY_MS - 10 * MINUTE_MS - 1;
    expect(await found()).toMatchObject({ keys: 1 });
    nowMs += 1;

    expect(await found()).toEqual({ keys: 0, problem: 'fetch failed: ECONNREFUSED' });
  });

  it('has none when none were ever fetched, and is asked again after five seconds', async () => {
    issuer.isDown = true;
    expect(await found()).toMatchObject({ keys: 0, problem: expect.any(String) });

    issuer.isDown = false;
    nowMs += 4999;
    expect(await found()).toMatchObject({ keys: 0, problem: expect.any(String) });
    expect(issuer.asked).toEqual([]);
    nowMs += 1;

    expect(await found()).toEqual(ONE);
  });

  it('is asked again before the next ten minutes are over, and then nothing is wrong', async () => {
    await find();
    issuer.isDown = true;
    nowMs += 10 * MINUTE_MS;
    expect(await found()).toMatchObject({ keys: 1, problem: expect.any(String) });

    issuer.isDown = false;
    nowMs += 5000;

    expect(await found()).toEqual(ONE);
  });
});

describe('an issuer that is late', () => {
  it.each([
    ['says nothing', () => undefined],
    [
      'does not end what it says',
      (_request: IncomingMessage, response: ServerResponse) => void response.write('{"keys":['),
    ],
  ] satisfies [string, Answer][])('and %s is given up after the bound', async (_what, answer) => {
    keys = new IssuerKeys({ nowMs: () => nowMs, fetchBoundMs: 50, mayUseLoopback: true });
    issuer.answers.set(issuer.keysPath, answer);

    const { problem, keys: none } = await find();

    expect(none).toEqual([]);
    expect(problem).toMatch(/aborted/);
  });
});

// Whatever an issuer says, it is a problem by name, and the keys that were there before serve on.
describe('an issuer that says nonsense', () => {
  const problems: [what: string, path: 'metadata' | 'keys', answer: Answer, problem: RegExp][] = [
    ['an error', 'keys', json({}, 500), /\/keys answered 500$/],
    ['what is not JSON', 'keys', (_, response) => response.end('<html>'), /\/keys answered what is not JSON$/],
    ['no set of keys', 'keys', json({ keys: 'none' }), /\/keys is not a JSON Web Key Set$/],
    ['a list', 'keys', json([]), /\/keys is not a JSON Web Key Set$/],
    ['null', 'keys', json(null), /\/keys is not a JSON Web Key Set$/],
    ['keys that are none', 'keys', json({ keys: [7] }), /\/keys is not a JSON Web Key Set$/],
    ['too much', 'keys', json({ keys: [], pad: 'x'.repeat(300_000) }), /\/keys answered more than 262144 octets$/],
    [
      'that it is elsewhere',
      'keys',
      (_, response) => response.writeHead(302, { location: '/more' }).end(),
      /\/keys answered 302$/,
    ],
    [
      'that its metadata is elsewhere',
      'metadata',
      (_, r) => r.writeHead(301, { location: '/x' }).end(),
      /answered 301$/,
    ],
    ['no metadata', 'metadata', json({}), /openid-configuration names no issuer and jwks_uri$/],
    [
      'another name',
      'metadata',
      json({ issuer: 'https://x.example', jwks_uri: 'https://x.example' }),
      /another issuer's$/,
    ],
  ];
  it.each(problems)('as is %s has a problem', async (_what, path, answer, problem) => {
    await find();
    const { metadataPath, keysPath } = issuer;
    issuer.answers.set(path === 'keys' ? keysPath : metadataPath, answer);

    nowMs += 10 * MINUTE_MS;
    expect(await found()).toEqual({ keys: 1, problem: expect.stringMatching(problem) });
    keys = new IssuerKeys({ nowMs: () => nowMs, mayUseLoopback: true });

    expect(await found()).toEqual({ keys: 0, problem: expect.stringMatching(problem) });
    expect(issuer.asked).not.toContain('/more');
  });

  it.each(['http://keys.example/', 'https://user:secret@keys.example/', 'file:///etc/passwd', '/keys'])(
    'about where its keys are is not followed to %s',
    async (jwksUri) => {
      issuer.answers.set(issuer.metadataPath, json({ issuer: issuer.url, jwks_uri: jwksUri }));

      expect(await found()).toEqual({
        keys: 0,
        problem: `${metadataUri(issuer.url)} names a jwks_uri that cannot be trusted`,
      });
    },
  );

  it('has the keys that can be used', async () => {
    const good = issuer.publicKey('k1');
    issuer.publish([{ ...good, kid: 'broken', x: 'AAAA' }, good, { kty: 'oct', k: 'c2VjcmV0', kid: 'shared' }]);

    expect(await found('k1')).toEqual(ONE);
    expect(await found('broken')).toEqual(NONE);
    expect((await keys.find(described(), { alg: 'HS256', kid: 'shared' })).keys).toEqual([]);
    expect((await keys.find(described(), { alg: 'none' })).keys).toEqual([]);
  });
});

it.each([
  ['https://login.example', 'https://login.example/.well-known/openid-configuration'],
  ['https://login.example/', 'https://login.example/.well-known/openid-configuration'],
  ['https://login.example/realm/v2.0', 'https://login.example/realm/v2.0/.well-known/openid-configuration'],
])('metadata of %s is at %s', (name, uri) => {
  expect(metadataUri(name)).toBe(uri);
});
