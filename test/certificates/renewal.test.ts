/** Certificates from a real ACME server, by DNS records that it looks up. */
import { X509Certificate } from 'node:crypto';
import { Route53Client } from '@aws-sdk/client-route-53';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import acme from 'acme-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { certificateContext } from '../../edge-proxy/certificate/certificate-context.ts';
import { AcmeIssuer, type Issuer } from '../../functions/renew-certificate/acme-issuer.ts';
import type { CertificateOrder } from '../../functions/renew-certificate/certificate-order.ts';
import { Route53ChallengeRecords } from '../../functions/renew-certificate/challenge-records.ts';
import { renewCertificates } from '../../functions/renew-certificate/renew-certificate.ts';
import { AwsSecrets } from '../../functions/renew-certificate/secrets.ts';
import { makeCertificate } from '../support/edge-proxy-certificate.ts';
import { TestSecretsManager } from '../support/secrets-manager.ts';
import { Pebble, type PebbleOptions, pebbleMissing } from './pebble.ts';
import { type Route53Endpoint, startRoute53 } from './route53-endpoint.ts';

const NAMES = ['mx.example.com', 'mx1.example.com'];
const ENVIRONMENT = {
  region: 'eu-west-1',
  credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  maxAttempts: 1,
};

interface Bed {
  readonly manager: TestSecretsManager;
  readonly route53: Route53Endpoint;
  readonly pebble: Pebble;
  readonly order: CertificateOrder;
  readonly issuer: Issuer;
  renew(changes?: { nowMs?: () => number; isForced?: boolean; issuer?: Issuer }): ReturnType<typeof renewCertificates>;
}

async function bed(options: PebbleOptions & { bindingSecret?: string } = {}): Promise<Bed> {
  const pebble = await Pebble.start(options);
  const route53 = await startRoute53(pebble.dnsManagement);
  const manager = await TestSecretsManager.start();
  onTestFinished(async () => {
    await Promise.all([pebble.stop(), route53.stop(), manager.stop()]);
  });
  const secrets = new AwsSecrets(new SecretsManagerClient({ ...ENVIRONMENT, endpoint: manager.endpoint }));
  const records = new Route53ChallengeRecords(new Route53Client({ ...ENVIRONMENT, endpoint: route53.url }));
  const issuer = new AcmeIssuer({ secrets, records, authorities: pebble.authorities });
  const order: CertificateOrder = {
    secret: 'mx',
    names: NAMES,
    issuer: pebble.directory,
    hostedZoneId: 'Z1',
    accountSecret: 'account',
    ...(options.bindingSecret === undefined ? {} : { bindingSecret: options.bindingSecret }),
  };
  return {
    manager,
    route53,
    pebble,
    order,
    issuer,
    renew: (changes = {}) => renewCertificates({ orders: [order], secrets, issuer, nowMs: Date.now, ...changes }),
  };
}

describe.skipIf(pebbleMissing() !== undefined)('a certificate', () => {
  it('is had where there is none, for all names, and a proxy can use it; the records are gone', async () => {
    const { manager, route53, renew } = await bed();

    const [event] = await renew();

    expect(event, event?.detail).toMatchObject({ outcome: 'renewed', detail: 'there is none yet' });
    const pem = manager.value('mx') ?? '';
    expect(certificateContext(pem).validTo.getTime()).toBeGreaterThan(Date.now());
    const own = new X509Certificate(
      /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(pem)?.[0] ?? '',
    );
    expect(NAMES.map((name) => own.checkHost(name))).toEqual(NAMES);
    expect([...route53.records.values()].flat()).toEqual([]);
    expect(new Set(route53.changed)).toEqual(new Set(NAMES.map((name) => `_acme-challenge.${name}`)));
  });

  it('is left alone while it is not due, and renewed at two thirds of its life, by the same account', async () => {
    const { manager, renew } = await bed({ validitySeconds: 3_000_000 });
    await renew();
    const first = manager.value('mx');
    const account = manager.value('account');

    const [kept] = await renew();
    const [renewed] = await renew({ nowMs: () => Date.now() + 2_100_000 * 1000 });

    expect(kept?.outcome).toBe('kept');
    expect(renewed, renewed?.detail).toMatchObject({ outcome: 'renewed', detail: 'two thirds of its life are over' });
    expect(manager.value('mx')).not.toBe(first);
    expect(manager.value('account')).toBe(account);
  });

  it('is renewed when a name comes in addition, and when somebody asks', async () => {
    const { manager, order, renew } = await bed();
    const other = await makeCertificate({ name: 'mx.example.com' });
    manager.put('mx', other.pem);

    const [added] = await renew();
    const [asked] = await renew({ isForced: true });

    expect(added).toMatchObject({ outcome: 'renewed', detail: `it is not for ${order.names[1]}` });
    expect(asked).toMatchObject({ outcome: 'renewed', detail: 'it was asked for' });
  });

  it('stays as it is where the record cannot be seen; the event names the cause', async () => {
    const { manager, route53, renew } = await bed();
    const old = await makeCertificate({ name: 'mx.example.com' });
    manager.put('mx', old.pem);
    route53.reaches = false;

    const [event] = await renew();

    expect(event?.outcome).toBe('failed');
    expect(event?.detail).toMatch(/TXT|DNS|dns|unauthorized/i);
    expect(manager.value('mx')).toBe(old.pem);
    expect([...route53.records.values()].flat()).toEqual([]);
  });

  it('is had by an account that is bound to another', async () => {
    const binding = { keyId: 'kid-1', hmacKey: 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W' };
    const { manager, renew } = await bed({ binding, bindingSecret: 'binding' });

    const [without] = await renew();
    manager.put('binding', JSON.stringify(binding));
    const [event] = await renew();

    expect(without).toMatchObject({ outcome: 'failed', detail: 'The secret binding is not JSON of keyId and hmacKey' });
    expect(event, event?.detail).toMatchObject({ outcome: 'renewed' });
  });

  it('is had after its issuer has new terms, which are agreed to again', async () => {
    const { manager, order, renew } = await bed();
    await renew();
    const account = manager.value('account');
    let hasRefused = false;
    const id = acme.axios.interceptors.request.use((config) => {
      // RFC 8555 section 7.3.3: what Pebble, whose terms never change, would answer to an order.
      if (hasRefused || !new URL(config.url ?? order.issuer).pathname.includes('order')) return config;
      hasRefused = true;
      const type = 'urn:ietf:params:acme:error:userActionRequired';
      const data = { type, detail: 'Terms of service have changed', status: 403 };
      const adapter = async () => ({ data, status: 403, statusText: 'Forbidden', headers: {}, config });
      return { ...config, adapter };
    });
    onTestFinished(() => acme.axios.interceptors.request.eject(id));

    const [event] = await renew({ isForced: true });

    expect(event, event?.detail).toMatchObject({ outcome: 'renewed' });
    expect(hasRefused).toBe(true);
    expect(manager.value('account')).not.toBe(account);
  });

  it('is not used where the clock is so far ahead that it has expired already', async () => {
    const { manager, renew } = await bed({ validitySeconds: 3600 });

    const [event] = await renew({ nowMs: () => Date.now() + 10 * 86_400_000 });

    expect(event).toMatchObject({ outcome: 'failed', detail: expect.stringContaining('is the clock right?') });
    expect(manager.value('mx')).toBeUndefined();
  });

  it('is whole though two runs are at it at once', async () => {
    const { manager, renew } = await bed();

    const events = (await Promise.all([renew(), renew()])).flat();

    expect(events.map(({ outcome }) => outcome)).toContain('renewed');
    expect(() => certificateContext(manager.value('mx') ?? '')).not.toThrow();
  });

  it('stays as it is while Secrets Manager throttles', async () => {
    const { manager, renew } = await bed();
    manager.isThrottled = true;

    const [event] = await renew();

    expect(event).toMatchObject({ outcome: 'failed', detail: expect.stringContaining('Rate exceeded') });
  });
});

it('a certificate of another key is not used', async () => {
  const [own, other] = [await makeCertificate(), await makeCertificate()];
  const values = new Map<string, string>();
  const [event] = await renewCertificates({
    orders: [{ secret: 'mx', names: ['mx.example.com'], issuer: 'https://x', hostedZoneId: 'Z', accountSecret: 'a' }],
    secrets: { read: async (id) => values.get(id), write: async (id, value) => void values.set(id, value) },
    issuer: { issue: async () => ({ privateKey: own.key, chain: other.certificate }) },
    nowMs: Date.now,
  });

  expect(event).toMatchObject({ outcome: 'failed', detail: 'the certificate is not of the key that was made for it' });
  expect(values.size).toBe(0);
});

it('an issuer that refuses is quoted', async () => {
  const [event] = await renewCertificates({
    orders: [{ secret: 'mx', names: ['mx.example.com'], issuer: 'https://x', hostedZoneId: 'Z', accountSecret: 'a' }],
    secrets: { read: async () => undefined, write: async () => undefined },
    issuer: { issue: () => Promise.reject(new Error('urn:ietf:params:acme:error:rateLimited: too many certificates')) },
    nowMs: Date.now,
  });

  expect(event).toMatchObject({ outcome: 'failed', detail: expect.stringContaining('rateLimited') });
});
