import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SecureContext, TLSSocket } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeCertificate, type TestCertificate } from '../../test/support/edge-proxy-certificate.ts';
import { type TestLog, testLog } from '../../test/support/edge-proxy-log.ts';
import { secureClientOf } from '../../test/support/secure-client.ts';
import { Faults } from '../faults.ts';
import { errorText } from '../log.ts';
import { Certificate } from './certificate.ts';
import type { CertificateSource } from './certificate-source.ts';
import { FileCertificateSource } from './file-source.ts';

const POLL_MS = 5;

let first: TestCertificate;
let second: TestCertificate;
let expired: TestCertificate;
let directory: string;
let path: string;
let log: TestLog;
let certificate: Certificate | undefined;

beforeAll(async () => {
  first = await makeCertificate({ name: 'first.example' });
  second = await makeCertificate({ name: 'second.example' });
  expired = await makeCertificate({ name: 'expired.example', notAfter: new Date('2020-01-02T03:04:05Z') });
});

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'postern-certificate-'));
  path = join(directory, 'certificate.pem');
  log = testLog();
});

afterEach(async () => {
  certificate?.close();
  certificate = undefined;
  await rm(directory, { recursive: true });
});

/** In one step, so that no look at the file finds half of it. */
async function replaceFile(pem: string): Promise<void> {
  await writeFile(`${path}.new`, pem);
  await rename(`${path}.new`, path);
}

async function load(pem: string): Promise<Certificate> {
  await writeFile(path, pem);
  certificate = await Certificate.load(new FileCertificateSource(path, POLL_MS), log.log);
  return certificate;
}

/** The name that a client is shown. */
async function nameShown(secureContext: SecureContext): Promise<string> {
  const server = createServer((socket) => new TLSSocket(socket, { isServer: true, secureContext }));
  const client = await secureClientOf(server);
  const name = String(client.getPeerCertificate().subject.CN);
  client.destroy();
  server.close();
  return name;
}

async function logged(event: string, times = 1): Promise<void> {
  await vi.waitFor(() => expect(log.of(event)).toHaveLength(times), { timeout: 5000, interval: POLL_MS });
}

/** Long enough for the file to be looked at several times. */
async function severalLooks(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 10 * POLL_MS));
}

describe('Certificate', () => {
  it.each([
    ['key first', () => first.pem],
    ['certificate first', () => `${first.certificate}\n${first.key}\n`],
    ['a chain behind it', () => `${first.certificate}\n${second.certificate}\n${first.key}\n`],
  ])('loads a file with %s', async (_claim, pem) => {
    const { context } = await load(pem());

    expect(await nameShown(context)).toBe('first.example');
    expect(log.lines).toEqual([]);
  });

  // At start there is no last good one: the process is not to listen.
  it.each([
    ['no file', undefined],
    ['an empty file', () => ''],
    ['a file that is no PEM', () => 'certificate'],
    ['no key', () => first.certificate],
    ['no certificate', () => first.key],
    ['the key of another', () => `${first.certificate}\n${second.key}`],
  ])('fails at start, naming the file, with %s', async (_claim, pem) => {
    if (pem !== undefined) await writeFile(path, pem());

    const problem = await Certificate.load(new FileCertificateSource(path, POLL_MS), log.log).then(
      () => 'loaded',
      (error: unknown) => errorText(error),
    );

    expect(problem).toMatch(new RegExp(`^Cannot use certificate file:${path}: .`));
  });

  it('takes a changed file for the next handshake, and says so', async () => {
    const loaded = await load(first.pem);
    const before = loaded.context;

    await replaceFile(second.pem);
    await logged('certificate-changed');

    expect(await nameShown(loaded.context)).toBe('second.example');
    expect(await nameShown(before)).toBe('first.example');
    expect(log.lines).toMatchObject([
      { certificate: `file:${path}`, validTo: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
    ]);
  });

  it('looks again after a fault of ours', async () => {
    let looks = 0;
    const source: CertificateSource = {
      name: 'test',
      pollMs: POLL_MS,
      read: async () => {
        looks += 1;
        return { pem: first.pem, version: String(looks) };
      },
    };
    const faults = new Faults();
    const faulty = (): never => {
      throw new TypeError('a fault of ours');
    };

    certificate = await Certificate.load(source, faulty, faults);

    await vi.waitFor(() => expect([looks > 3, faults.count > 2]).toEqual([true, true]));
  });

  // A bad change keeps the last good one in force, is told once, and can be corrected.
  it.each([
    ['a broken file', () => 'half a certifi'],
    ['an empty file', () => ''],
    ['the key of another', () => `${second.certificate}\n${first.key}`],
    ['no key', () => second.certificate],
  ])('keeps the last good one when the file becomes %s', async (_claim, pem) => {
    const loaded = await load(first.pem);

    await replaceFile(pem());
    await logged('certificate-invalid');
    await severalLooks();

    expect(await nameShown(loaded.context)).toBe('first.example');
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toMatchObject({ certificate: `file:${path}`, problem: expect.stringMatching(/./) });
    await replaceFile(second.pem);
    await logged('certificate-changed');
    expect(await nameShown(loaded.context)).toBe('second.example');
  });

  it('keeps the last good one while the file is gone', async () => {
    const loaded = await load(first.pem);

    await rm(path);
    await logged('certificate-invalid');
    await severalLooks();
    await replaceFile(second.pem);
    await logged('certificate-changed');

    expect(log.of('certificate-invalid')).toHaveLength(1);
    expect(await nameShown(loaded.context)).toBe('second.example');
  });

  it('tells of the same problem again when it comes back', async () => {
    await load(first.pem);
    await replaceFile('broken');
    await logged('certificate-invalid');
    await replaceFile(second.pem);
    await logged('certificate-changed');

    await replaceFile('broken again');

    await logged('certificate-invalid', 2);
  });

  it('serves an expired one, and warns', async () => {
    const { context } = await load(expired.pem);

    expect(log.lines).toEqual([
      { event: 'certificate-expired', certificate: `file:${path}`, validTo: '2020-01-02T03:04:05.000Z' },
    ]);
    expect(await nameShown(context)).toBe('expired.example');
  });

  it('warns when the file changes to an expired one', async () => {
    await load(first.pem);

    await replaceFile(expired.pem);

    await logged('certificate-expired');
  });

  it('warns once when it expires while it is served', async () => {
    // X.509 counts whole seconds.
    await load((await makeCertificate({ notAfter: new Date(Date.now() + 2000) })).pem);

    await logged('certificate-expired');
    await severalLooks();

    expect(log.lines.map(({ event }) => event)).toEqual(['certificate-expiring', 'certificate-expired']);
  });

  it.each([
    [20.9, ['certificate-expiring']],
    [21.1, []],
  ])('warns of one that ends in %d days as told here', async (days, expected) => {
    await load((await makeCertificate({ notAfter: new Date(Date.now() + days * 86_400_000) })).pem);
    await severalLooks();

    expect(log.lines.map(({ event }) => event)).toEqual(expected);
  });

  it('warns again each day, until a newer one is there', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await load((await makeCertificate({ notAfter: new Date(Date.now() + 10 * 86_400_000) })).pem);
    vi.setSystemTime(Date.now() + 86_400_000);
    await logged('certificate-expiring', 2);
    await replaceFile(first.pem);
    await logged('certificate-changed');
    vi.setSystemTime(Date.now() + 86_400_000);
    await severalLooks();
    vi.useRealTimers();

    expect(log.of('certificate-expiring')).toHaveLength(2);
  });

  it('does not look at the file any more once closed', async () => {
    const loaded = await load(first.pem);
    loaded.close();

    await replaceFile(second.pem);
    await severalLooks();

    expect(log.lines).toEqual([]);
  });
});
