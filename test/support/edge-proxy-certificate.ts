/** PEM files of private key and certificate, as `POSTERN_CERTIFICATE` names them. */
import { generate } from 'selfsigned';

const DAY_MS = 86_400_000;
/** More than the days in which the proxy warns of its end. */
const VALID_DAYS = 90;

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
  const { name = 'mx.example.com', notAfter = new Date(Date.now() + VALID_DAYS * DAY_MS) } = options;
  const { private: key, cert: certificate } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(notAfter.getTime() - VALID_DAYS * DAY_MS),
    notAfterDate: notAfter,
  });
  return { key, certificate, pem: `${key.trim()}\n${certificate.trim()}\n` };
}
