/** The certificate in a PEM file. */
import { readFile, stat } from 'node:fs/promises';
import type { CertificateSource, CertificateText } from './certificate-source.ts';

/** Milliseconds; a look at the file's times costs nothing, and works on every file system. */
const POLL_MS = 2000;

export class FileCertificateSource implements CertificateSource {
  readonly name: string;
  readonly pollMs: number;
  readonly #path: string;

  constructor(path: string, pollMs = POLL_MS) {
    this.name = `file:${path}`;
    this.pollMs = pollMs;
    this.#path = path;
  }

  async read(knownVersion?: string): Promise<CertificateText | undefined> {
    // Taken first: a change during the read is seen at the next look.
    const { mtimeMs, size, ino } = await stat(this.#path);
    const version = `${mtimeMs} ${size} ${ino}`;
    return version === knownVersion ? undefined : { version, pem: await readFile(this.#path, 'utf8') };
  }
}
