/** The certificate in a secret of AWS Secrets Manager, as PEM or as JSON. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import type { CertificateSource, CertificateText } from './certificate-source.ts';

/** Milliseconds; one call a minute and task costs cents a month, and a renewed certificate has weeks. */
const POLL_MS = 60_000;
/** Milliseconds for a look with all its attempts: one that never ended would be the last one. */
const READ_TIMEOUT_MS = 10_000;

const secretSchema = z.object({
  certificate: z.string(),
  privateKey: z.string(),
  chain: z.string().optional(),
});

export class SecretCertificateSource implements CertificateSource {
  readonly name: string;
  readonly pollMs: number;
  readonly #client: SecretsManagerClient;
  readonly #id: string;

  /** @param id the secret's name or ARN */
  constructor(client: SecretsManagerClient, id: string, pollMs = POLL_MS) {
    this.name = `secret:${id}`;
    this.pollMs = pollMs;
    this.#client = client;
    this.#id = id;
  }

  async read(knownVersion?: string): Promise<CertificateText | undefined> {
    const command = new GetSecretValueCommand({ SecretId: this.#id });
    const { SecretString, VersionId } = await this.#client.send(command, {
      abortSignal: AbortSignal.timeout(READ_TIMEOUT_MS),
    });
    if (VersionId === undefined) throw new Error('It came without its version');
    if (VersionId === knownVersion) return undefined;
    if (SecretString === undefined) throw new Error('It is binary where PEM or JSON is allowed');
    return { version: VersionId, pem: pemOf(SecretString) };
  }
}

function pemOf(text: string): string {
  return text.trimStart().startsWith('{') ? pemOfJson(text) : text;
}

/** No error of the JSON or schema parser goes on: both may quote what they could not read. */
function pemOfJson(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('It begins as JSON and is none');
  }
  const { data } = secretSchema.safeParse(value);
  if (data === undefined) {
    throw new Error('It is JSON where the strings certificate, privateKey and, if wanted, chain are allowed');
  }
  return [data.privateKey, data.certificate, data.chain ?? ''].join('\n');
}
