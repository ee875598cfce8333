/**
 * The certificate of the embedded run: one PEM file with private key and certificate, as `POSTERN_CERTIFICATE` wants
 * it. Kept between runs, so that a client that was told to trust it goes on doing so.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { HOSTNAMES } from '../names.ts';

const DAY_MS = 86_400_000;
const VALID_DAYS = 365;
const RENEW_DAYS = 30;

/** Makes the file at `path` where there is none, or where it is about to expire or unreadable. */
export async function ensureCertificate(path: string, nowMs: number = Date.now()): Promise<void> {
  if (isFresh(path, nowMs)) return;
  const draft = `${path}.tmp`;
  writeFileSync(draft, await makeCertificate(nowMs), { mode: 0o600 });
  renameSync(draft, path);
}

function isFresh(path: string, nowMs: number): boolean {
  try {
    const { validToDate, validFromDate } = new X509Certificate(readFileSync(path));
    return validFromDate.getTime() <= nowMs && validToDate.getTime() - nowMs > RENEW_DAYS * DAY_MS;
  } catch {
    return false;
  }
}

async function makeCertificate(nowMs: number): Promise<string> {
  // Loaded only when needed: it takes longer than the rest of a start.
  const { generate } = await import('selfsigned');
  const dnsNames = ['localhost', ...Object.values(HOSTNAMES)];
  const { private: key, cert } = await generate([{ name: 'commonName', value: HOSTNAMES.submission }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(nowMs - DAY_MS),
    notAfterDate: new Date(nowMs + VALID_DAYS * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [...dnsNames.map((value) => ({ type: 2, value }) as const), { type: 7, ip: '127.0.0.1' }],
      },
    ],
  });
  return `${key.trim()}\n${cert.trim()}\n`;
}
