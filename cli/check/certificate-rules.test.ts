import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext, createServer as createSecureServer, TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { describe, expect, it, onTestFinished } from 'vitest';
import { server, texts } from '../test-support/checked.ts';
import { certificateEnd, certificateFindings } from './certificate-rules.ts';

const NOW_MS = Date.parse('2026-12-01T12:00:00Z');
const DAY_MS = 86_400_000;
const ISSUER = { issuer: 'https://login.example/realm', audience: 'postern', jwksUri: 'https://login.example/keys' };
const HOP = 'smtp://a.example,b.example:2525?tls=require';

describe('certificateFindings', () => {
  const checked = server({ defaultNextHop: HOP }, { issuers: { login: ISSUER } });

  it.each([
    [21, []],
    [
      5,
      [
        'warning settings: the certificate of next hop a.example:2525 ends 2026-12-06T12:00:00.000Z: tell who runs it',
        'warning settings: the certificate of next hop b.example:2525 ends 2026-12-06T12:00:00.000Z: tell who runs it',
        'warning issuer#login: the certificate of issuer login.example:443 ends 2026-12-06T12:00:00.000Z: tell who runs it',
      ],
    ],
    [
      -1,
      expect.arrayContaining([
        'error issuer#login: the certificate of issuer login.example:443 ended 2026-11-30T12:00:00.000Z: tell who runs it',
      ]),
    ],
  ])('of what ends in %i days', async (days, expected) => {
    const findings = await certificateFindings(checked, async () => NOW_MS + days * DAY_MS, NOW_MS);

    expect(texts(findings)).toEqual(expected);
  });

  it('has nothing of what cannot be reached, and does not look at hops that are not verified', async () => {
    const asked: string[] = [];
    const endOf = async ({ host }: { readonly host: string }): Promise<number> => {
      asked.push(host);
      throw new Error('ECONNREFUSED');
    };

    expect(await certificateFindings(checked, endOf, NOW_MS)).toEqual([]);
    expect(await certificateFindings(server({ defaultNextHop: 'smtp://c.example' }), endOf, NOW_MS)).toEqual([]);
    expect(new Set(asked)).toEqual(new Set(['a.example', 'b.example', 'login.example']));
  });
});

describe('certificateEnd', () => {
  async function certificate() {
    const notAfterDate = new Date(Math.floor(Date.now() / 1000) * 1000 + 5 * DAY_MS);
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'mx' }], {
      keyType: 'ec',
      notAfterDate,
    });
    return { key, cert, endMs: notAfterDate.getTime() };
  }

  it('is that of a host under TLS', async () => {
    const { key, cert, endMs } = await certificate();
    const issuer = createSecureServer({ key, cert });
    await once(issuer.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void issuer.close());
    const { port } = issuer.address() as AddressInfo;

    expect(await certificateEnd({ host: '127.0.0.1', port, tls: 'implicit' })).toBe(endMs);
  });

  it('is that of a hop, behind STARTTLS', async () => {
    const { key, cert, endMs } = await certificate();
    const secureContext = createSecureContext({ key, cert });
    const hop = createServer((client) => {
      client.write('220 mx\r\n');
      client.on('data', (line) => answer(client, String(line)));
      client.on('error', () => undefined);
    });
    const answer = (client: Socket, line: string): void => {
      if (line.startsWith('EHLO')) client.write('250-mx\r\n250 STARTTLS\r\n');
      if (!line.startsWith('STARTTLS')) return;
      client.removeAllListeners('data');
      client.write('220 go\r\n');
      new TLSSocket(client, { isServer: true, secureContext }).on('error', () => undefined);
    };
    await once(hop.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void hop.close());
    const { port } = hop.address() as AddressInfo;

    expect(await certificateEnd({ host: '127.0.0.1', port, tls: 'starttls' })).toBe(endMs);
    await expect(certificateEnd({ host: '127.0.0.1', port: 1, tls: 'starttls' })).rejects.toThrow();
  });
});
