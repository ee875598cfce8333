/** What certificate a deployment wants, and whether the one that is there will do. */
import { createPrivateKey as keyOf, X509Certificate } from 'node:crypto';
import * as z from 'zod';

/** Directories that have a name (RFC 8555 section 7.1.1). */
const DIRECTORIES: Readonly<Record<string, string>> = {
  letsencrypt: 'https://acme-v02.api.letsencrypt.org/directory',
  'letsencrypt-staging': 'https://acme-staging-v02.api.letsencrypt.org/directory',
};

export const certificateOrderSchema = z.strictObject({
  /** The secret that tasks watch. */
  secret: z.string().min(1),
  /** DNS names, the first of them the certificate's own. */
  names: z.array(z.string().min(1)).min(1),
  /** `letsencrypt`, `letsencrypt-staging`, or the URL of a directory. */
  issuer: z
    .string()
    .transform((name) => DIRECTORIES[name] ?? name)
    .pipe(z.url()),
  /** Hosted zone of Route 53 in which all names are. */
  hostedZoneId: z.string().min(1),
  /** The secret of the account's key; made at the first run. */
  accountSecret: z.string().min(1),
  /** The secret of an external account binding (RFC 8555 section 7.3.4): JSON of `keyId` and `hmacKey`. */
  bindingSecret: z.string().optional(),
  /** Where the issuer writes of trouble. */
  email: z.email().optional(),
});

export type CertificateOrder = z.output<typeof certificateOrderSchema>;

/** A key and its certificates, PEM. */
export interface IssuedCertificate {
  readonly privateKey: string;
  /** The server's own first. */
  readonly chain: string;
}

/** Part of the life after which it is renewed: 20 days are left of 60, 15 of 45. */
const RENEW_AFTER = 2 / 3;
const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Why a certificate is to be had now, in words; `undefined` while the one that is there will do. */
export function reasonToRenew(pem: string | undefined, names: readonly string[], nowMs: number): string | undefined {
  if (pem === undefined) return 'there is none yet';
  const own = certificatesOf(pem)[0];
  if (own === undefined) return 'what is there cannot be read';
  const missing = names.filter((name) => own.checkHost(name) === undefined);
  if (missing.length > 0) return `it is not for ${missing.join(', ')}`;
  const fromMs = own.validFromDate.getTime();
  const toMs = own.validToDate.getTime();
  if (nowMs >= toMs) return 'it has expired';
  return nowMs >= fromMs + (toMs - fromMs) * RENEW_AFTER ? 'two thirds of its life are over' : undefined;
}

/** What is wrong with a new certificate, which is then not used; `undefined` when key, names and time fit. */
export function problemOfIssued(
  { privateKey, chain }: IssuedCertificate,
  names: readonly string[],
  nowMs: number,
): string | undefined {
  const [own, ...issuers] = certificatesOf(chain);
  if (own === undefined) return 'the issuer sent no certificate';
  if (!own.checkPrivateKey(keyOf(privateKey))) return 'the certificate is not of the key that was made for it';
  const missing = names.filter((name) => own.checkHost(name) === undefined);
  if (missing.length > 0) return `the certificate is not for ${missing.join(', ')}`;
  const next = issuers[0];
  if (next !== undefined && !own.checkIssued(next)) return 'the chain does not follow from the certificate';
  if (own.validToDate.getTime() <= nowMs) return 'the certificate has expired already: is the clock right?';
  return undefined;
}

/** The end of the first certificate, milliseconds since 1970; `undefined` where none can be read. */
export function endOf(pem: string): number | undefined {
  return certificatesOf(pem)[0]?.validToDate.getTime();
}

function certificatesOf(pem: string): readonly X509Certificate[] {
  try {
    return [...pem.matchAll(BLOCK)].map(([block]) => new X509Certificate(block));
  } catch {
    return [];
  }
}
