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
    const privateKey = newKey();
    const [commonName = '', ...others] = order.names;
    const [, csr] = await acme.crypto.createCsr({ commonName, altNames: [commonName, ...others] }, privateKey);
    const { records } = this.#options;
    const ask = async (client: acme.Client): Promise<string> =>
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
      return { privateKey, chain: await ask(await this.#client(order)) };
    } catch (error) {
      if (!isTermsChanged(error)) throw error;
      // The issuer has new terms (RFC 8555 section 7.3.3); who configured it agrees to them as to the first. By a new
      // account: for an old one each issuer has a way of its own, and some take an update that says no more for empty.
      return { privateKey, chain: await ask(await this.#newClient(order)) };
    }
  }

  /** With the account of the secret; a new one where there is none, or it is of another issuer. */
  async #client(order: CertificateOrder): Promise<acme.Client> {
    const known = accountOf(await this.#options.secrets.read(order.accountSecret));
    return known?.directory === order.issuer ? this.#clientOf(order, known) : this.#newClient(order);
  }

  async #clientOf(order: CertificateOrder, { accountKey, accountUrl }: Account): Promise<acme.Client> {
    const binding = order.bindingSecret === undefined ? undefined : await this.#binding(order.bindingSecret);
    return new acme.Client({
      directoryUrl: order.issuer,
      accountKey,
      ...(accountUrl === undefined ? {} : { accountUrl }),
      ...(binding === undefined ? {} : { externalAccountBinding: binding }),
    });
  }

  /** With an account that is made, and kept in the secret. */
  async #newClient(order: CertificateOrder): Promise<acme.Client> {
    const account = { directory: order.issuer, accountKey: newKey() };
    const client = await this.#clientOf(order, account);
    await client.createAccount({
      termsOfServiceAgreed: true,
      ...(order.email === undefined ? {} : { contact: [`mailto:${order.email}`] }),
    });
    const kept: Account = { ...account, accountUrl: client.getAccountUrl() };
    await this.#options.secrets.write(order.accountSecret, JSON.stringify(kept));
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
