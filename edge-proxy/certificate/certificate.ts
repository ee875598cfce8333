/**
 * The server's certificate, read again when its source changes. What does not parse, or has a key that does not fit,
 * leaves the last good one in force; sessions under TLS never notice.
 */
import type { SecureContext } from 'node:tls';
import { Faults } from '../faults.ts';
import { errorText, type Log } from '../log.ts';
import { type CertificateContext, certificateContext } from './certificate-context.ts';
import type { CertificateSource } from './certificate-source.ts';

const DAY_MS = 86_400_000;
/** Three weeks: whoever renews at two thirds of 90 days has tried for nine days by then. */
const SOON_MS = 21 * DAY_MS;

export class Certificate {
  readonly #source: CertificateSource;
  readonly #log: Log;
  readonly #faults: Faults;
  #loaded: Loaded;
  #timer: NodeJS.Timeout | undefined;
  #lastProblem = '';
  /** What was told of its end, and when: each once a day. */
  #told: { readonly event: string; readonly atMs: number } | undefined;
  #isClosed = false;

  private constructor(source: CertificateSource, log: Log, faults: Faults, loaded: Loaded) {
    this.#source = source;
    this.#log = log;
    this.#faults = faults;
    this.#loaded = loaded;
  }

  /**
   * Loads what the source holds; throws when it cannot be used.
   *
   * @param faults where faults of ours are told. @default the log
   */
  static async load(source: CertificateSource, log: Log, faults = new Faults(log)): Promise<Certificate> {
    const loaded = await load(source).catch((cause: unknown) => {
      throw new Error(`Cannot use certificate ${source.name}`, { cause });
    });
    if (loaded === undefined) throw new TypeError(`${source.name} answers as if its version were known`);
    const certificate = new Certificate(source, log, faults, loaded);
    certificate.#tellExpiry();
    certificate.#schedule();
    return certificate;
  }

  /** For the next handshake. */
  get context(): SecureContext {
    return this.#loaded.context;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => this.#faults.watch('certificate', this.#refresh()), this.#source.pollMs);
    this.#timer.unref();
  }

  async #refresh(): Promise<void> {
    try {
      await this.#look();
      this.#tellExpiry();
    } finally {
      // Whatever went wrong, the next certificate is to be seen.
      this.#schedule();
    }
  }

  async #look(): Promise<void> {
    const certificate = this.#source.name;
    try {
      const loaded = await load(this.#source, this.#loaded.version);
      if (loaded !== undefined) {
        this.#loaded = loaded;
        this.#told = undefined;
        this.#log({ event: 'certificate-changed', certificate, validTo: loaded.validTo.toISOString() });
      }
      this.#lastProblem = '';
    } catch (error) {
      const problem = errorText(error);
      if (problem !== this.#lastProblem) this.#log({ event: 'certificate-invalid', certificate, problem });
      this.#lastProblem = problem;
    }
  }

  /**
   * Tells, once a day, of a certificate that ends soon or has ended. An expired one is served all the same: most mail
   * servers do not look, and no TLS at all is no better.
   */
  #tellExpiry(): void {
    const { validTo } = this.#loaded;
    const nowMs = Date.now();
    const leftMs = validTo.getTime() - nowMs;
    if (leftMs > SOON_MS) return;
    const event = leftMs > 0 ? 'certificate-expiring' : 'certificate-expired';
    if (this.#told?.event === event && nowMs - this.#told.atMs < DAY_MS) return;
    this.#told = { event, atMs: nowMs };
    this.#log({ event, certificate: this.#source.name, validTo: validTo.toISOString() });
  }
}

interface Loaded extends CertificateContext {
  readonly version: string;
}

async function load(source: CertificateSource, knownVersion?: string): Promise<Loaded | undefined> {
  const text = await source.read(knownVersion);
  return text === undefined ? undefined : { ...certificateContext(text.pem), version: text.version };
}
