import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeCertificate, type TestCertificate } from '../../test/support/edge-proxy-certificate.ts';
import { type TestLog, testLog } from '../../test/support/edge-proxy-log.ts';
import { HAS_MOTO, MotoServer } from '../../test/support/program.ts';
import { TestSecretsManager } from '../../test/support/secrets-manager.ts';
import { errorText } from '../log.ts';
import { Certificate } from './certificate.ts';
import { SecretCertificateSource } from './secret-source.ts';

const POLL_MS = 5;
const ID = 'postern/mx1';

let first: TestCertificate;
let second: TestCertificate;
let manager: TestSecretsManager;
let client: SecretsManagerClient;
let log: TestLog;
let certificate: Certificate | undefined;

beforeAll(async () => {
  first = await makeCertificate({ name: 'first.example' });
  second = await makeCertificate({ name: 'second.example' });
});

beforeEach(async () => {
  manager = await TestSecretsManager.start();
  client = clientOf(manager.endpoint);
  log = testLog();
});

afterEach(async () => {
  certificate?.close();
  certificate = undefined;
  client.destroy();
  await manager.stop();
});

function clientOf(endpoint: string): SecretsManagerClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new SecretsManagerClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
}

function source(): SecretCertificateSource {
  return new SecretCertificateSource(client, ID, POLL_MS);
}

async function load(): Promise<Certificate> {
  certificate = await Certificate.load(source(), log.log);
  return certificate;
}

async function problemAtStart(): Promise<string> {
  return await load().then(
    () => 'loaded',
    (error: unknown) => errorText(error),
  );
}

async function logged(event: string): Promise<void> {
  await vi.waitFor(() => expect(log.of(event)).toHaveLength(1), { timeout: 5000, interval: POLL_MS });
}

async function severalCalls(): Promise<void> {
  const { calls } = manager;
  await vi.waitFor(() => expect(manager.calls).toBeGreaterThan(calls + 5), { timeout: 5000, interval: POLL_MS });
}

function json({ certificate, key }: TestCertificate, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ certificate, privateKey: key, ...more }, null, 2);
}

describe('a secret', () => {
  it.each([
    ['PEM, key first', () => first.pem],
    ['PEM, certificate first', () => `\n${first.certificate}\n${first.key}\n`],
    ['JSON', () => json(first)],
    ['JSON with a chain', () => json(first, { chain: second.certificate })],
    ['JSON with an empty chain and fields of its owner', () => json(first, { chain: '', domain: 'mx1.example.com' })],
  ])('may be %s', async (_form, text) => {
    manager.put(ID, text());

    await load();

    expect(manager.calls).toBe(1);
    expect(log.lines).toEqual([]);
  });

  it.each([
    ['is not there', undefined, "can't find the specified secret"],
    ['is empty', () => '{}', 'certificate, privateKey and, if wanted, chain are allowed'],
    ['is half of JSON', () => `{"privateKey": ${JSON.stringify(first.key)}`, 'It begins as JSON and is none'],
    ['has a key that is no string', () => json(first, { privateKey: { pem: first.key } }), 'are allowed'],
    ['has no key', () => first.certificate, 'no private key'],
    ['has no certificate', () => first.key, 'no certificate'],
    ['has the key of another', () => json({ ...first, key: second.key }), 'fits none of its certificates'],
    ['has a broken key', () => json(first, { privateKey: first.key.replaceAll('M', '*') }), 'key cannot be read'],
  ])('that %s fails the start by its name, and is not quoted', async (_claim, text, reason) => {
    if (text !== undefined) manager.put(ID, text());

    const problem = await problemAtStart();

    expect(problem).toMatch(/^Cannot use certificate secret:postern\/mx1: ./);
    expect(problem).toContain(reason);
    expect(problem).not.toMatch(/BEGIN|MIG|MII/);
  });

  it('is looked at once a minute', () => {
    expect(new SecretCertificateSource(client, ID).pollMs).toBe(60_000);
  });

  it('is asked for once a look, and is not taken again while its version stands', async () => {
    manager.put(ID, first.pem);
    const { context } = await load();

    await severalCalls();

    expect(certificate?.context).toBe(context);
    expect(log.lines).toEqual([]);
  });

  it('that changes is taken for the next handshake', async () => {
    manager.put(ID, first.pem);
    const { context } = await load();

    manager.put(ID, json(second));
    await logged('certificate-changed');

    expect(certificate?.context).not.toBe(context);
    expect(log.lines).toMatchObject([{ certificate: 'secret:postern/mx1' }]);
  });

  it.each([
    ['becomes JSON that breaks off', () => json(second).slice(0, -40)],
    ['gets the key of another', () => json({ ...second, key: first.key })],
    ['goes away', undefined],
  ])('that %s leaves the last good one in force, and is told of once', async (_claim, text) => {
    manager.put(ID, first.pem);
    const { context } = await load();

    if (text === undefined) manager.delete(ID);
    else manager.put(ID, text());
    await logged('certificate-invalid');
    await severalCalls();

    expect(certificate?.context).toBe(context);
    expect(log.lines).toMatchObject([{ certificate: 'secret:postern/mx1', problem: expect.stringMatching(/./) }]);
    expect(JSON.stringify(log.lines)).not.toMatch(/BEGIN|MIG|MII/);
    manager.put(ID, json(second));
    await logged('certificate-changed');
  });
});

/** moto implements Secrets Manager in Python; where it is installed it is the referee. */
describe.runIf(HAS_MOTO)('against moto', () => {
  let moto: MotoServer;
  let owner: SecretsManagerClient;

  beforeAll(async () => {
    moto = await MotoServer.start();
    owner = clientOf(moto.said);
  });

  afterAll(async () => {
    owner.destroy();
    await moto.stop();
  });

  it('finds a secret by name and by ARN, and takes a new version', async () => {
    const created = await owner.send(new CreateSecretCommand({ Name: ID, SecretString: first.pem }));
    const byName = new SecretCertificateSource(owner, ID);
    const byArn = new SecretCertificateSource(owner, created.ARN ?? '');

    const before = await byName.read();
    expect(before).toEqual({ version: created.VersionId, pem: first.pem });
    expect(await byArn.read()).toEqual(before);
    expect(await byName.read(before?.version)).toBeUndefined();

    const { VersionId } = await owner.send(new PutSecretValueCommand({ SecretId: ID, SecretString: json(second) }));
    expect(await byName.read(before?.version)).toMatchObject({
      version: VersionId,
      pem: expect.stringContaining(second.certificate),
    });
  });

  it('says that a secret is not there', async () => {
    await expect(new SecretCertificateSource(owner, 'nowhere').read()).rejects.toThrow(/can't find/);
  });
});
