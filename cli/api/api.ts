/** The admin API as the command line calls it. */
import * as z from 'zod';
import { CliError, Interrupted } from '../cli-error.ts';
import { ApiError } from './api-error.ts';
import { withQuery } from './path.ts';
import type { Sign } from './signer.ts';

/** Milliseconds; API Gateway gives up after 30 s. */
const ANSWER_MS = 40_000;
/** Entries of a page; the most that the API gives. */
const PAGE = 1000;

export interface ApiOptions {
  readonly url: URL;
  /** Absent: requests go unsigned. */
  readonly sign?: Sign;
  readonly signal: AbortSignal;
}

export interface Answer<Value> {
  readonly status: number;
  readonly etag: string | undefined;
  /** As the schema has read it. */
  readonly value: Value;
  /** As the API gave it. */
  readonly raw: unknown;
}

export interface Call<Value> {
  readonly method?: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  readonly path: string;
  /** What is being done, for the sentence "cannot …". */
  readonly doing: string;
  readonly answer: z.ZodType<Value>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer of which nothing is read, or that has no body. */
export const ANY_ANSWER: z.ZodType<unknown> = z.unknown();

interface Page {
  readonly next?: string | undefined;
}

export interface PagedCall<P extends Page, Entry> {
  readonly path: string;
  readonly doing: string;
  readonly answer: z.ZodType<P>;
  /** Takes the entries out of a page. */
  readonly entries: (page: P) => readonly Entry[];
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Entries of the first page; the most that the API gives where nothing is said, as of the others. */
  readonly limit?: number;
}

export interface PassedCall {
  readonly method: string;
  /** With its query, encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export class Api {
  readonly url: URL;
  readonly #sign: Sign | undefined;
  readonly #signal: AbortSignal;

  constructor({ url, sign, signal }: ApiOptions) {
    this.url = url;
    this.#sign = sign;
    this.#signal = signal;
  }

  /** Whether requests go to this machine, unsigned. */
  get isLocal(): boolean {
    return this.#sign === undefined;
  }

  /** @throws ApiError when the API does not do it, CliError when it does not answer as an admin API does */
  async call<Value>({ method = 'GET', path, doing, answer, body, headers = {} }: Call<Value>): Promise<Answer<Value>> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const type = text === undefined ? {} : { 'content-type': 'application/json' };
    const response = await this.#fetch(method, path, { ...headers, ...type }, text);
    const raw = await this.#read(response);
    if (!response.ok) throw new ApiError(doing, response.status, raw);
    const result = answer.safeParse(raw);
    if (!result.success) {
      const where = result.error.issues[0]?.path.join('.') ?? '';
      throw new CliError(
        `cannot ${doing}: ${this.url.href} does not answer as the admin API of this version (${where})`,
      );
    }
    return { status: response.status, etag: response.headers.get('etag') ?? undefined, value: result.data, raw };
  }

  /** A body that is no JSON, or a part of it. @throws ApiError when the API does not give it */
  async octets(path: string, doing: string, range: string): Promise<Buffer> {
    const response = await this.#fetch('GET', path, { range }, undefined);
    if (!response.ok) throw new ApiError(doing, response.status, await this.#read(response));
    try {
      return Buffer.from(await response.arrayBuffer());
    } catch (error) {
      throw this.#unanswered(error);
    }
  }

  /**
   * A call of somebody else's, signed and made as it is, whatever it is answered.
   *
   * @throws CliError for a path that leaves the API, or when no one answers
   */
  async pass({ method, path, headers, body }: PassedCall): Promise<Response> {
    const prefix = this.url.pathname.replace(/\/$/, '');
    const { origin, pathname } = new URL(`${prefix}${path}`, this.url);
    // A path of two slashes names another host, to which the signature would go.
    const isOurs =
      /^\/(?!\/)/.test(path) && origin === this.url.origin && pathname === `${prefix}${path.split('?', 1)[0]}`;
    if (!isOurs) throw new CliError(`"${path}" is no path of the admin API`);
    return this.#fetch(method, path, headers, body === '' ? undefined : body);
  }

  /** The entries of all pages, in their order. */
  async *pages<P extends Page, Entry>(call: PagedCall<P, Entry>): AsyncGenerator<Entry> {
    const { path, doing, answer, entries, query = {}, limit = PAGE } = call;
    let next: string | undefined;
    let length = limit;
    do {
      const { value } = await this.call({ path: withQuery(path, { ...query, limit: length, next }), doing, answer });
      yield* entries(value);
      next = value.next;
      length = PAGE;
    } while (next !== undefined);
  }

  async #fetch(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | undefined,
  ): Promise<Response> {
    const url = new URL(`${this.url.pathname.replace(/\/$/, '')}${path}`, this.url);
    const signed = this.#sign === undefined ? headers : await this.#sign({ method, url, headers, body });
    try {
      return await fetch(url, {
        method,
        headers: signed,
        redirect: 'error',
        signal: AbortSignal.any([this.#signal, AbortSignal.timeout(ANSWER_MS)]),
        ...(body === undefined ? {} : { body }),
      });
    } catch (error) {
      throw this.#unanswered(error);
    }
  }

  #unanswered(error: unknown): Error {
    if (this.#signal.aborted) return new Interrupted('interrupted');
    const { cause, message } = error as Error;
    const why = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : message;
    const advice = this.isLocal ? ': start it with npm start, or name another with --api URL' : '';
    return new Unanswered(`No admin API answers at ${this.url.origin} (${why})${advice}`, { cause: error });
  }

  /** `undefined` where there is no body, or one that is no JSON: a problem says so by its status. */
  async #read(response: Response): Promise<unknown> {
    try {
      const text = await response.text();
      if (text === '') return undefined;
      const value: unknown = JSON.parse(text);
      return value;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw this.#unanswered(error);
    }
  }
}

/** No one answered: what was asked may have been done. */
export class Unanswered extends CliError {
  override readonly name = 'Unanswered';
}
