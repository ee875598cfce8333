/**
 * The admin API as the page calls it: same origin, with the token of the address that was printed. The token is kept here,
 * in memory, and nowhere else.
 */
import type { FieldError } from '../../functions/admin/contract/problem-body.ts';
import { createStore } from './store.ts';

export const TOKEN_HEADER = 'x-postern-token';

/** `away`: no one answers, and it is tried again. `locked`: the token is missing, or of an earlier start. */
export type Connection = 'there' | 'away' | 'locked';
export const connection = createStore<Connection>('there');
/** Counts up when what is shown is to be read again. */
export const revision = createStore(0);

let token = '';

/** Tokens that were tried and open nothing. */
export const refusedTokens = createStore(0);

export function holdToken(text: string): void {
  token = text;
  connection.set('there');
  reloadAll();
}

export function reloadAll(): void {
  revision.set(revision.get() + 1);
}

export interface Answer<Value> {
  readonly status: number;
  readonly etag: string | undefined;
  readonly value: Value;
}

export interface Request {
  readonly method?: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** What the API did not do, and why. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  /** 0 where no one answered. */
  readonly status: number;
  readonly fields: readonly FieldError[];
  readonly members: Readonly<Record<string, unknown>>;

  constructor(status: number, message: string, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.members = members;
    this.fields = Array.isArray(members.errors) ? members.errors : [];
  }
}

/** @throws ApiFailure */
export async function call<Value>(request: Request): Promise<Answer<Value>> {
  const response = await send(request);
  const text = await response.text();
  // The API's own answers, typed by its contract; the server that they come through is the one that gave us this code.
  const value = (text === '' ? undefined : JSON.parse(text)) as Value;
  return { status: response.status, etag: response.headers.get('etag') ?? undefined, value };
}

/** A body that is no JSON. @throws ApiFailure */
export async function octets(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  const response = await send(request);
  return new Uint8Array(await response.arrayBuffer());
}

async function send({ method = 'GET', path, body, headers = {}, signal }: Request): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        [TOKEN_HEADER]: token,
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
      credentials: 'omit',
      redirect: 'error',
      cache: 'no-store',
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    goAway();
    throw new ApiFailure(0, 'The admin API does not answer');
  }
  if (response.ok) return response;
  throw await failureOf(response);
}

const AWAY = [502, 504];

async function failureOf(response: Response): Promise<ApiFailure> {
  const members = await problemIn(response);
  if (response.status === 401) lock();
  if (AWAY.includes(response.status)) goAway();
  const said = members.detail ?? members.message ?? members.title ?? `The API answered ${response.status}`;
  const why =
    response.status === 403
      ? `You may not do this: ${said} (403: your IAM rights lack execute-api:Invoke for it)`
      : `${said}`;
  return new ApiFailure(response.status, why, members);
}

async function problemIn(response: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = await response.json();
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

function lock(): void {
  if (connection.get() === 'locked') return;
  if (token !== '') refusedTokens.set(refusedTokens.get() + 1);
  connection.set('locked');
}

/** Milliseconds between two looks whether it is back. */
const LOOK_MS = 2000;

function goAway(): void {
  if (connection.get() !== 'there') return;
  connection.set('away');
  const look = async (): Promise<void> => {
    if (connection.get() !== 'away') return;
    const status = await fetch('/servers?limit=1', { headers: { [TOKEN_HEADER]: token }, cache: 'no-store' }).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 401) return lock();
    if (status === 0 || AWAY.includes(status)) return void setTimeout(look, LOOK_MS);
    connection.set('there');
    reloadAll();
  };
  setTimeout(look, LOOK_MS);
}
