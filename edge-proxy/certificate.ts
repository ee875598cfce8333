/**
 * The server's certificate, read again when its file changes. A file that does not parse, or whose key does not fit,
 * leaves the last good one in force; sessions under TLS never notice.
 */
import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { errorText, type Log } from './log.ts';

/** Milliseconds; a look at the file's times costs nothing, and works on every file system. */
const POLL_MS = 2000;

export class Certificate {
  readonly #path: string;
  readonly #log: Log;
  readonly #pollMs: number;
  #context: SecureContext;
  #stamp: string;
  #timer: NodeJS.Timeout | undefined;
  #lastProblem = '';
  #isClosed = false;

  private constructor({ path, log, pollMs }: Source, loaded: Loaded) {
    this.#path = path;
    this.#log = log;
    this.#pollMs = pollMs;
    this.#context = loaded.context;
    this.#stamp = loaded.stamp;
  }

  /** Loads the PEM file (private key and chain, any order); throws when it cannot be used. */
  static async load(path: string, log: Log, pollMs = POLL_MS): Promise<Certificate> {
    const loaded = await load(path).catch((cause: unknown) => {
      throw new Error(`Cannot use certificate ${path}`, { cause });
    });
    const certificate = new Certificate({ path, log, pollMs }, loaded);
    certificate.#warnIfExpired(loaded);
    certificate.#schedule();
    return certificate;
  }

  /** For the next handshake. */
  get context(): SecureContext {
    return this.#context;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#refresh(), this.#pollMs);
    this.#timer.unref();
  }

  async #refresh(): Promise<void> {
    try {
      if ((await stampOf(this.#path)) !== this.#stamp) {
        const loaded = await load(this.#path);
        this.#context = loaded.context;
        this.#stamp = loaded.stamp;
        this.#log({ event: 'certificate-changed', path: this.#path, validTo: loaded.validTo.toISOString() });
        this.#warnIfExpired(loaded);
      }
      this.#lastProblem = '';
    } catch (error) {
      const problem = errorText(error);
      if (problem !== this.#lastProblem) this.#log({ event: 'certificate-invalid', path: this.#path, problem });
      this.#lastProblem = problem;
    }
    this.#schedule();
  }

  #warnIfExpired({ validTo }: Loaded): void {
    if (validTo.getTime() > Date.now()) return;
    this.#log({ event: 'certificate-expired', path: this.#path, validTo: validTo.toISOString() });
  }
}

interface Source {
  readonly path: string;
  readonly log: Log;
  readonly pollMs: number;
}

interface Loaded {
  readonly context: SecureContext;
  readonly stamp: string;
  readonly validTo: Date;
}

async function stampOf(path: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path);
  return `${mtimeMs} ${size} ${ino}`;
}

async function load(path: string): Promise<Loaded> {
  // The stamp is taken first: a change during the read is seen at the next look.
  const stamp = await stampOf(path);
  const pem = await readFile(path);
  const context = createSecureContext({ key: pem, cert: pem, minVersion: 'TLSv1.2' });
  return { context, stamp, validTo: new Date(new X509Certificate(pem).validTo) };
}
