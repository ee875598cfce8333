import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../test-support/temporary-directory.ts';
import { ensureCertificate } from './certificate.ts';

const DAY_MS = 86_400_000;

describe('the certificate of the embedded run', () => {
  it('is one private file with the key and the certificate for every name of the run', async () => {
    const path = join(temporaryDirectory(), 'certificate.pem');

    await ensureCertificate(path);

    const pem = readFileSync(path);
    const certificate = new X509Certificate(pem);
    for (const name of ['localhost', 'submission.postern.test', 'inbound.postern.test']) {
      expect(certificate.checkHost(name)).toBe(name);
    }
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkPrivateKey(createPrivateKey(pem))).toBe(true);
    expect(() => createSecureContext({ key: pem, cert: pem })).not.toThrow();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is kept while it is good, and renewed before it expires', async () => {
    const path = join(temporaryDirectory(), 'certificate.pem');
    await ensureCertificate(path);
    const first = readFileSync(path, 'utf8');

    await ensureCertificate(path, Date.now() + 300 * DAY_MS);
    const later = readFileSync(path, 'utf8');
    await ensureCertificate(path, Date.now() + 340 * DAY_MS);

    expect(later).toBe(first);
    expect(readFileSync(path, 'utf8')).not.toBe(first);
  });

  it('is made anew when it cannot be read', async () => {
    const path = join(temporaryDirectory(), 'certificate.pem');
    writeFileSync(path, 'garbage');

    await ensureCertificate(path);

    expect(readFileSync(path, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  });
});
