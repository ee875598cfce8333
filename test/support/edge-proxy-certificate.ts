/** PEM files of private key and certificate, as `POSTERN_CERTIFICATE` names them. */
import { generate } from 'selfsigned';

const DAY_MS = 86_400_000;

export interface TestCertificate {
  readonly key: string;
  readonly certificate: string;
  /** Both. */
  readonly pem: string;
}

export interface TestCertificateOptions {
  readonly name?: string;
  readonly notAfter?: Date;
}

export async function makeCertificate(options: TestCertificateOptions = {}): Promise<TestCertificate> {
  const { name = 'mx.example.com', notAfter = new Date(Date.now() + DAY_MS) } = options;
  const { private: key, cert: certificate } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(notAfter.getTime() - 30 * DAY_MS),
    notAfterDate: notAfter,
  });
  return { key, certificate, pem: `${key.trim()}\n${certificate.trim()}\n` };
}
