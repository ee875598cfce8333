/**
 * Our own login at a next hop that asks for one: what it is made with, and whether it may be tried.
 *
 * A password that the hop refused is not tried again for a while, twice as long each time, unless it has changed: a
 * login in a loop locks the user out at most servers. Until a password has been taken once, one connection at a time
 * tries it.
 */
import type { HopLogin } from '../../../../policy/next-hop.ts';
import { REPLIES } from '../../../../policy/reply.ts';
import type { HopAnswer } from '../../../../protocol/hop/hop-answer.ts';
import { hopDown } from '../../../../protocol/hop/hop-reply.ts';
import { errorText, type Log } from '../../../log.ts';
import type { HopCredentials, ReadCredentials } from '../../login-secrets.ts';

export interface OwnLoginOptions {
  /** @default none can be read */
  readonly read?: ReadCredentials | undefined;
  readonly log: Log;
  /** Milliseconds of a clock that never jumps. @default performance.now */
  readonly now?: () => number;
}

/** Leave to log in, for one opening. */
export interface LoginTurn {
  readonly credentials: HopCredentials;
  taken(): void;
  /** `problem` names the hop's reply. */
  refused(problem: string): void;
  /** Once, however it came out. */
  end(): void;
}

/** Milliseconds after which a changed secret is seen. */
const KEPT_MS = 60_000;
/** Milliseconds in which what could not be read is not read again. */
const UNREADABLE_MS = 5000;
/** Milliseconds after a refusal, doubled with each further one. */
const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 900_000;

const READS_NONE: ReadCredentials = () => Promise.reject(new Error('No secret can be read here'));

/** The login at one hop. */
export class OwnLogin {
  readonly #login: HopLogin;
  readonly #nextHop: string;
  readonly #read: ReadCredentials;
  readonly #log: Log;
  readonly #now: () => number;
  #known: { readonly credentials: HopCredentials; readonly untilMs: number } | undefined;
  #reading: Promise<HopCredentials> | undefined;
  /** Those that the hop took last. */
  #proven: HopCredentials | undefined;
  #refused: { readonly credentials: HopCredentials; readonly untilMs: number; readonly waitMs: number } | undefined;
  #trial: Promise<void> | undefined;
  #unreadable: { readonly problem: string; readonly untilMs: number } | undefined;

  /** @param nextHop its name */
  constructor(login: HopLogin, nextHop: string, { read = READS_NONE, log, now }: OwnLoginOptions) {
    this.#login = login;
    this.#nextHop = nextHop;
    this.#read = read;
    this.#log = log;
    this.#now = now ?? (() => performance.now());
  }

  /** Waits while another opening tries the same; a text says why nothing is tried now. Never rejects. */
  async take(): Promise<LoginTurn | string> {
    for (;;) {
      const credentials = await this.#credentials();
      if (typeof credentials === 'string') return credentials;
      const refusal = this.#refusalOf(credentials);
      if (refusal !== undefined) return refusal;
      if (isSame(this.#proven, credentials)) return this.#turn(credentials, () => {});
      if (this.#trial === undefined) {
        const trial = Promise.withResolvers<void>();
        this.#trial = trial.promise;
        return this.#turn(credentials, () => {
          this.#trial = undefined;
          trial.resolve();
        });
      }
      await this.#trial;
    }
  }

  #turn(credentials: HopCredentials, end: () => void): LoginTurn {
    return {
      credentials,
      taken: () => this.#onTaken(credentials),
      refused: (problem) => this.#onRefused(credentials, problem),
      end,
    };
  }

  #refusalOf(credentials: HopCredentials): string | undefined {
    const refused = this.#refused;
    if (refused === undefined || !isSame(refused.credentials, credentials)) return undefined;
    const leftMs = refused.untilMs - this.#now();
    return leftMs > 0 ? `login refused before, not tried again for ${Math.ceil(leftMs / 1000)} s` : undefined;
  }

  #onTaken(credentials: HopCredentials): void {
    this.#proven = credentials;
    if (this.#refused === undefined) return;
    this.#refused = undefined;
    this.#log({ event: 'next-hop-recovered', nextHop: this.#nextHop, from: 'next-hop-login-failed' });
  }

  #onRefused(credentials: HopCredentials, problem: string): void {
    this.#proven = undefined;
    // Perhaps it has been changed at both ends, and only the hop's is known yet.
    this.#known = undefined;
    const last = this.#refused;
    if (last !== undefined && isSame(last.credentials, credentials) && last.untilMs > this.#now()) return;
    const waitMs = isSame(last?.credentials, credentials)
      ? Math.min(2 * (last?.waitMs ?? 0), LONGEST_WAIT_MS)
      : FIRST_WAIT_MS;
    this.#refused = { credentials, untilMs: this.#now() + waitMs, waitMs };
    const againInSeconds = waitMs / 1000;
    this.#log({ event: 'next-hop-login-failed', nextHop: this.#nextHop, problem, againInSeconds });
  }

  /** From memory for `KEPT_MS`; those of before where they cannot be read. */
  async #credentials(): Promise<HopCredentials | string> {
    if (this.#known !== undefined && this.#now() < this.#known.untilMs) return this.#known.credentials;
    const unreadable = this.#unreadable;
    if (unreadable !== undefined && this.#now() < unreadable.untilMs) return unreadable.problem;
    this.#reading ??= this.#read(this.#login).finally(() => {
      this.#reading = undefined;
    });
    try {
      const credentials = await this.#reading;
      this.#known = { credentials, untilMs: this.#now() + KEPT_MS };
      this.#unreadable = undefined;
      return credentials;
    } catch (error) {
      return this.#onUnreadable(errorText(error));
    }
  }

  #onUnreadable(problem: string): HopCredentials | string {
    const { kind, name } = this.#login;
    const detail = `Cannot read ${kind}:${name}: ${problem}`;
    if (this.#unreadable === undefined) {
      this.#log({ event: 'next-hop-login-failed', nextHop: this.#nextHop, problem: detail });
    }
    if (this.#proven !== undefined) {
      this.#known = { credentials: this.#proven, untilMs: this.#now() + KEPT_MS };
      this.#unreadable = { problem: detail, untilMs: this.#now() };
      return this.#proven;
    }
    this.#unreadable = { problem: detail, untilMs: this.#now() + UNREADABLE_MS };
    return detail;
  }
}

/** The client hears 451: it is our login that failed, and not the client's. */
export function loginFailed(detail: string): HopAnswer {
  return { ...hopDown(detail), reply: REPLIES.hopUnwilling };
}

function isSame(a: HopCredentials | undefined, b: HopCredentials): boolean {
  return a !== undefined && a.username === b.username && a.password === b.password;
}
