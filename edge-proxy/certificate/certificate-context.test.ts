import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:net';
import { type DetailedPeerCertificate, type SecureContext, TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { beforeAll, describe, expect, it } from 'vitest';
import { secureClientOf } from '../../test/support/secure-client.ts';
import { errorText } from '../log.ts';
import { certificateContext } from './certificate-context.ts';

interface Issued {
  readonly key: string;
  readonly certificate: string;
}

let root: Issued;
let middle: Issued;
let own: Issued;

beforeAll(async () => {
  root = await issue('root.example');
  middle = await issue('middle.example', root);
  own = await issue('own.example', middle);
});

/** A certificate that may issue others, of itself or of `issuer`. */
async function issue(name: string, issuer?: Issued): Promise<Issued> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
    ...(issuer === undefined ? {} : { ca: { key: issuer.key, cert: issuer.certificate } }),
  });
  return { key, certificate: cert };
}

/** The names in the chain that a client is sent, the server's first. */
async function namesSent(secureContext: SecureContext): Promise<string[]> {
  const server = createServer((socket) => new TLSSocket(socket, { isServer: true, secureContext }));
  const client = await secureClientOf(server);
  const names: string[] = [];
  let last: DetailedPeerCertificate | undefined = client.getPeerCertificate(true);
  while (last !== undefined && !names.includes(String(last.subject.CN))) {
    names.push(String(last.subject.CN));
    last = last.issuerCertificate;
  }
  client.destroy();
  server.close();
  return names;
}

function problemOf(pem: string): string {
  try {
    certificateContext(pem);
  } catch (error) {
    return errorText(error);
  }
  return 'none';
}

function tlsServer(): ReturnType<typeof createServer> {
  const { context: secureContext } = certificateContext(`${own.key}${own.certificate}`);
  return createServer((socket) => {
    const secured = new TLSSocket(socket, { isServer: true, secureContext });
    secured.on('error', () => undefined);
    secured.on('_tlsError', () => secured.destroy());
    secured.resume();
  });
}

describe('TLS 1.2', () => {
  it('is not negotiated anew on a connection', async () => {
    const server = tlsServer();
    const client = await secureClientOf(server, { maxVersion: 'TLSv1.2' });
    client.resume();

    const outcome = await new Promise<string>((resolve) => {
      client.once('error', ({ message }) => resolve(message));
      client.renegotiate({}, (problem) => resolve(problem?.message ?? 'negotiated anew'));
    });

    expect(outcome).toContain('no renegotiation');
    client.destroy();
    server.close();
  });

  it.each([
    ['ECDHE-ECDSA-AES128-GCM-SHA256', true],
    ['ECDHE-ECDSA-CHACHA20-POLY1305', true],
    ['ECDHE-ECDSA-AES128-SHA256', true],
    ['ECDHE-ECDSA-AES128-SHA', false],
    ['ECDHE-ECDSA-AES256-SHA', false],
  ])('with %s alone: %s', async (ciphers, isServed) => {
    const server = tlsServer();

    const served = await secureClientOf(server, { maxVersion: 'TLSv1.2', ciphers }).then(
      (client) => {
        client.destroy();
        return true;
      },
      () => false,
    );

    expect(served).toBe(isServed);
    server.close();
  });
});

describe('certificateContext', () => {
  it.each([
    ['in order', () => [own.key, own.certificate, middle.certificate, root.certificate]],
    ['backwards', () => [root.certificate, middle.certificate, own.certificate, own.key]],
    ['mixed', () => [middle.certificate, own.certificate, own.key, root.certificate]],
    [
      'with words between them',
      () => ['subject=own', own.certificate, 'issuer', middle.certificate, root.certificate, own.key],
    ],
  ])('sends the chain of blocks that stand %s', async (_order, blocks) => {
    const { context } = certificateContext(blocks().join('\n'));

    expect(await namesSent(context)).toEqual(['own.example', 'middle.example', 'root.example']);
  });

  it.each([
    [
      'RSA, PKCS #1',
      () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }),
    ],
    [
      'EC, SEC 1',
      () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'sec1', format: 'pem' }),
    ],
  ])('reads a key that is %s', (_form, key) => {
    expect(problemOf(`${own.certificate}\n${key()}`)).toBe('Its private key fits none of its certificates');
  });

  it('tells when the server must have a new one', () => {
    const { validTo } = certificateContext(`${own.key}\n${own.certificate}`);

    expect(validTo.getTime()).toBeGreaterThan(Date.now());
  });

  it.each([
    ['no key', () => own.certificate, 'It holds no private key in PEM'],
    ['no certificate', () => own.key, 'It holds no certificate in PEM'],
    [
      'the key of an issuer alone',
      () => `${root.key}\n${own.certificate}`,
      'Its private key fits none of its certificates',
    ],
    ['a block cut short', () => `${own.key}\n${own.certificate.slice(0, -20)}`, 'It holds no certificate in PEM'],
    [
      'an encrypted key',
      () => {
        const cipher = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
        return `${generateKeyPairSync('ed25519').privateKey.export(cipher)}\n${own.certificate}`;
      },
      'Its private key is encrypted: store it decrypted',
    ],
    ['a key of nonsense', () => `${own.certificate}\n${nonsense('PRIVATE KEY')}`, /^Its private key cannot be read: ./],
    [
      'an issuer of nonsense',
      () => `${own.key}\n${own.certificate}\n${nonsense('CERTIFICATE')}`,
      /^Its certificate 2 cannot be read: ./,
    ],
  ])('refuses %s', (_claim, pem, problem) => {
    const said = problemOf(pem());

    expect(said).toMatch(problem);
    expect(said).not.toContain('c2VjcmV0');
  });
});

function nonsense(label: string): string {
  return `-----BEGIN ${label}-----\nc2VjcmV0\n-----END ${label}-----\n`;
}
