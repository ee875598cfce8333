/** Gets a certificate from an ACME server (RFC 8555) by DNS records, with the account that a secret keeps. */
import { generateKeyPairSync } from 'node:crypto';
import { Agent } from 'node:https';
import acme from 'acme-client';
import * as z from 'zod';
import type { CertificateOrder, IssuedCertificate } from './certificate-order.ts';
import { type ChallengeRecords, challengeName } from './challenge-records.ts';
import type { Secrets } from './secrets.ts';

export interface Issuer {
  /** Rejects with the issuer's own words when it refuses. */
  issue(order: CertificateOrder): Promise<IssuedCertificate>;
}

const accountSchema = z.object({ directory: z.string(), accountKey: z.string(), accountUrl: z.string().optional() });
const bindingSchema = z.object({ keyId: z.string(), hmacKey: z.string() });
type Account = z.output<typeof accountSchema>;

export interface AcmeIssuerOptions {
  readonly secrets: Secrets;
  readonly records: ChallengeRecords;
  /** PEM of authorities of the ACME server's own certificate. */
  readonly authorities?: string | undefined;
}

export class AcmeIssuer implements Issuer {
  readonly #options: AcmeIssuerOptions;

  constructor(options: AcmeIssuerOptions) {
    this.#options = options;
    if (options.authorities !== undefined) {
      acme.axios.defaults.httpsAgent = new Agent({ ca: options.authorities });
    }
  }

  async issue(order: CertificateOrder): Promise<IssuedCertificate> {
    const client = await this.#client(order);
    const privateKey = newKey();
    const [commonName = '', ...others] = order.names;
    const [, csr] = await acme.crypto.createCsr({ commonName, altNames: [commonName, ...others] }, privateKey);
    const { records } = this.#options;
    const ask = async (): Promise<string> =>
      client.auto({
        csr,
        termsOfServiceAgreed: true,
        challengePriority: ['dns-01'],
        // The record is known to be there: Route 53 says when its servers have it.
        skipChallengeVerification: true,
        challengeCreateFn: async ({ identifier }, _challenge, value) =>
          records.add(order.hostedZoneId, challengeName(identifier.value), value),
        challengeRemoveFn: async ({ identifier }, _challenge, value) =>
          records.remove(order.hostedZoneId, challengeName(identifier.value), value),
      });
    try {
      return { privateKey, chain: await ask() };
    } catch (error) {
      if (!isTermsChanged(error)) throw error;
      // The issuer has new terms (RFC 8555 section 7.3.3); who configured it has agreed to them as to the first.
      await client.updateAccount({ termsOfServiceAgreed: true });
      return { privateKey, chain: await ask() };
    }
  }

  /** With the account of the secret; a new one where there is none, or it is of another issuer. */
  async #client(order: CertificateOrder): Promise<acme.Client> {
    const { secrets } = this.#options;
    const known = accountOf(await secrets.read(order.accountSecret));
    const account = known?.directory === order.issuer ? known : { directory: order.issuer, accountKey: newKey() };
    const binding = order.bindingSecret === undefined ? undefined : await this.#binding(order.bindingSecret);
    const client = new acme.Client({
      directoryUrl: order.issuer,
      accountKey: account.accountKey,
      ...('accountUrl' in account && account.accountUrl !== undefined ? { accountUrl: account.accountUrl } : {}),
      ...(binding === undefined ? {} : { externalAccountBinding: binding }),
    });
    if (account === known) return client;
    await client.createAccount({
      termsOfServiceAgreed: true,
      ...(order.email === undefined ? {} : { contact: [`mailto:${order.email}`] }),
    });
    const kept: Account = { ...account, accountUrl: client.getAccountUrl() };
    await secrets.write(order.accountSecret, JSON.stringify(kept));
    return client;
  }

  async #binding(secret: string): Promise<{ kid: string; hmacKey: string }> {
    const text = await this.#options.secrets.read(secret);
    const { data } = bindingSchema.safeParse(jsonOf(text));
    // Not the parser's words, which may quote the key.
    if (data === undefined) throw new Error(`The secret ${secret} is not JSON of keyId and hmacKey`);
    return { kid: data.keyId, hmacKey: data.hmacKey };
  }
}

/** acme-client has the type of the problem in no field, and its words in the message. */
function isTermsChanged(error: unknown): boolean {
  return error instanceof Error && /userActionRequired|terms of service/i.test(error.message);
}

function accountOf(text: string | undefined): Account | undefined {
  return accountSchema.safeParse(jsonOf(text)).data;
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

/** ECDSA on P-256: small, quick, and taken by every mail server of today. */
function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
