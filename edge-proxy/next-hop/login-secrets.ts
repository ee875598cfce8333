/** The users and passwords of next hops that ask for a login: JSON in a secret of AWS Secrets Manager, or in a file. */
import { readFile } from 'node:fs/promises';
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import type { HopLogin } from '../../policy/next-hop.ts';

export interface HopCredentials {
  readonly username: string;
  readonly password: string;
}

/** Throws when they cannot be had; the error quotes nothing of them. */
export type ReadCredentials = (login: HopLogin) => Promise<HopCredentials>;

/** Milliseconds for a look with all its attempts. */
const READ_TIMEOUT_MS = 10_000;
/** Octets; with both in base64 a line of AUTH stays far below the 12288 that it may have (RFC 4954 section 4). */
const MAX_OCTETS = 1024;

/** NUL would end a part of PLAIN (RFC 4616). */
const part = z
  .string()
  .min(1)
  .refine((text) => !text.includes('\0') && Buffer.byteLength(text) <= MAX_OCTETS);

/** Further fields are let be: Secrets Manager's own forms have an engine and a host. */
const credentialsSchema = z.object({ username: part, password: part });

/** @param secretsManager made when the first secret is read */
export function credentialsReader(secretsManager: () => SecretsManagerClient): ReadCredentials {
  let client: SecretsManagerClient | undefined;
  return async ({ kind, name }) => {
    if (kind === 'file') return credentialsIn(await readFile(name, 'utf8'));
    client ??= secretsManager();
    const command = new GetSecretValueCommand({ SecretId: name });
    const { SecretString } = await client.send(command, { abortSignal: AbortSignal.timeout(READ_TIMEOUT_MS) });
    if (SecretString === undefined) throw new Error('It is binary where JSON is allowed');
    return credentialsIn(SecretString);
  };
}

/** No error of the JSON or schema parser goes on: both may quote what they could not read. */
export function credentialsIn(text: string): HopCredentials {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('It is no JSON');
  }
  const { data } = credentialsSchema.safeParse(value);
  if (data === undefined) {
    throw new Error(`It is not JSON with the strings username and password, each of 1 to ${MAX_OCTETS} octets`);
  }
  return data;
}
