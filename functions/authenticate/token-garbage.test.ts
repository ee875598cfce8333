/** Whatever a token holds, its check says that it is bad, and throws nothing. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuerSchema } from '../../policy/issuer.ts';
import type { IssuerItem } from '../../policy/item.ts';
import { AUDIENCE, TestIssuer } from '../test-support/token-issuer.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { verifyToken } from './token.ts';

const NOW_MS = 1_900_000_000_000;

let issuer: TestIssuer;
let item: IssuerItem;
const keys = new IssuerKeys({ nowMs: () => NOW_MS, mayUseLoopback: true });

beforeAll(async () => {
  issuer = await TestIssuer.start();
  await issuer.addKey('rsa', 'RS256');
  item = { kind: 'issuer', name: 'test', ...issuerSchema.parse({ issuer: issuer.url, audience: AUDIENCE }) };
});
afterAll(() => issuer.close());

async function kindOf(token: string): Promise<string> {
  const onStale = (): void => undefined;
  const verdict = await verifyToken({ token, username: '', issuers: [item], keys, nowMs: NOW_MS, onStale });
  return verdict.kind;
}

function part(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function octetsOf(token: string): string[] {
  return token.split('.').map((text) => Buffer.from(text, 'base64url').toString('hex'));
}

describe('a token', () => {
  const octets = fc.string({ unit: 'binary', maxLength: 200 });
  const base64url = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('base64url'));
  const header = fc.record(
    {
      alg: fc.oneof(fc.constantFrom('ES256', 'RS256', 'PS256', 'EdDSA', 'none', 'HS256', 'RSA-OAEP'), fc.jsonValue()),
      kid: fc.oneof(fc.constantFrom('k1', 'rsa', 'x'), fc.jsonValue()),
      crit: fc.jsonValue(),
      b64: fc.jsonValue(),
      jwk: fc.jsonValue(),
      typ: fc.jsonValue(),
    },
    { requiredKeys: ['alg'] },
  );

  it('of garbage is bad', async () => {
    const token = fc.oneof(
      octets,
      fc.array(base64url, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('.')),
      fc
        .tuple(header, fc.oneof(fc.jsonValue(), fc.record({ exp: fc.jsonValue(), aud: fc.jsonValue() })), base64url)
        .map(([head, claims, signature]) => {
          const own = typeof claims === 'object' && claims !== null ? { ...claims, iss: issuer.url } : claims;
          return `${part(JSON.stringify(head))}.${part(JSON.stringify(own))}.${signature}`;
        }),
    );

    await fc.assert(
      fc.asyncProperty(token, async (text) => {
        expect(await kindOf(text)).toBe('bad');
      }),
      { numRuns: 500 },
    );
  });

  it('that was good is bad with a part of it changed', async () => {
    const good = await issuer.sign({ exp: NOW_MS / 1000 + 60 });
    expect(await kindOf(good)).toBe('good');

    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.string({ unit: 'binary', maxLength: 3 }), async (at, text) => {
        const changed = `${good.slice(0, at)}${text}${good.slice(at + 1)}`;
        // Base64 of another form may hold the same octets.
        fc.pre(JSON.stringify(octetsOf(changed)) !== JSON.stringify(octetsOf(good)));

        expect(await kindOf(changed)).toBe('bad');
      }),
      { numRuns: 500 },
    );
  });
});
