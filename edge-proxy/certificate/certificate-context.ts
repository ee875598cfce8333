/** What TLS needs of a certificate's PEM text. No error quotes the text: it holds the private key. */
import { constants, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext, DEFAULT_CIPHERS, type SecureContext } from 'node:tls';

export interface CertificateContext {
  readonly context: SecureContext;
  readonly validTo: Date;
}

/**
 * Node's, with AES of 128 bits first in TLS 1.3, as it stands first in 1.2 already: no weaker than the curves that the keys
 * come from, and its SHA-256, unlike SHA-384, is an instruction of processors. None with SHA-1, which in TLS 1.2 are those
 * of CBC with a MAC that leaks by its time (Lucky Thirteen); every client of TLS 1.2 has others.
 */
const AES_128 = 'TLS_AES_128_GCM_SHA256';
const CIPHERS = [AES_128, ...DEFAULT_CIPHERS.split(':').filter((name) => name !== AES_128), '!SHA1'].join(':');

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

/**
 * Makes the context of PEM blocks in any order: the certificate that fits the key is the server's, whichever place it
 * has, and its issuers follow it as RFC 8446 section 4.4.2 wants them.
 *
 * Throws when there is no key, no certificate, or none that fits the key.
 */
export function certificateContext(pem: string): CertificateContext {
  const blocks = [...pem.matchAll(BLOCK)].map(([text, label = '']) => ({ text, label }));
  const key = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'));
  const certificates = blocks.filter(({ label }) => label.endsWith('CERTIFICATE'));
  if (key === undefined) throw new Error('It holds no private key in PEM');
  if (certificates.length === 0) throw new Error('It holds no certificate in PEM');
  const privateKey = readKey(key.text);
  const parsed = certificates.map(({ text }, index) => readCertificate(text, index + 1));
  const own = parsed.find((certificate) => certificate.checkPrivateKey(privateKey));
  if (own === undefined) throw new Error('Its private key fits none of its certificates');
  const chain = chainOf(own, parsed);
  const context = createSecureContext({
    key: key.text,
    cert: chain.map((certificate) => certificate.toString()).join(''),
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    honorCipherOrder: true,
    // TLS 1.2 would let a client ask for handshake after handshake, each dearer to us than to it (CVE-2011-1473). None needs it.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  });
  return { context, validTo: own.validToDate };
}

function readKey(text: string): KeyObject {
  if (text.includes('ENCRYPTED')) throw new Error('Its private key is encrypted: store it decrypted');
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw new Error('Its private key cannot be read', { cause });
  }
}

function readCertificate(text: string, place: number): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (cause) {
    throw new Error(`Its certificate ${place} cannot be read`, { cause });
  }
}

/** `own`, its issuer, that one's issuer and so on; after them, as they came, certificates that issued none of these. */
function chainOf(own: X509Certificate, all: readonly X509Certificate[]): readonly X509Certificate[] {
  const chain = [own];
  const left = all.filter((certificate) => certificate !== own);
  for (;;) {
    const at = left.findIndex((candidate) => chain.at(-1)?.checkIssued(candidate));
    if (at === -1) return [...chain, ...left];
    chain.push(...left.splice(at, 1));
  }
}
