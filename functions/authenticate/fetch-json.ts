/**
 * Reads a small JSON document of another host, which is not trusted to be sane: no redirect, no end without a bound, no
 * address that is not public.
 */
import type { lookup as systemLookup } from 'node:dns';
import { type IncomingMessage, type RequestOptions, request as requestInTheClear } from 'node:http';
import { request as requestOverTls } from 'node:https';
import { isIP } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { createGunzip } from 'node:zlib';
import { isReachable, type Reach } from '../../policy/reachable-address.ts';
import { logLine } from '../log.ts';
import { lookupWithin } from './lookup-within.ts';

/** Octets, decompressed. Sets of keys have two to twenty thousand. */
const MAX_OCTETS = 262_144;
/** Milliseconds before its end in which a certificate is told of: 21 days, as with those of servers. */
const SOON_MS = 21 * 86_400_000;

export interface FetchOptions {
  readonly signal: AbortSignal;
  /** @default 'public' */
  readonly reach?: Reach;
  /** @default the system's */
  readonly resolve?: typeof systemLookup;
}

/**
 * Gives the document at `url`.
 *
 * Rejects when it is not answered by 200 with JSON of at most `MAX_OCTETS`, when its host has an address out of reach,
 * and when `signal` aborts. A redirect is not followed: whoever can put one there would name another's keys.
 */
export async function fetchJson(url: string, options: FetchOptions): Promise<unknown> {
  const response = await respond(url, options);
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Error(`${url} answered ${response.statusCode}`);
  }
  const text = await readText(decoded(response, url), url, options.signal);
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes what it read.
    throw new Error(`${url} answered what is not JSON`);
  }
}

function respond(url: string, { signal, reach = 'public', resolve }: FetchOptions): Promise<IncomingMessage> {
  const { protocol, hostname } = new URL(url);
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  // An address is not looked up.
  if (isIP(address) !== 0 && !isReachable(address, reach)) {
    throw new Error(`${address} is an address that is not ${reach}`);
  }
  const options: RequestOptions = {
    signal,
    // A connection kept over the pause between two calls of a function is dead more often than not.
    agent: false,
    lookup: lookupWithin(reach, resolve),
    headers: { accept: 'application/json', 'accept-encoding': 'gzip', connection: 'close' },
  };
  return new Promise((fulfil, reject) => {
    const request = protocol === 'https:' ? requestOverTls(url, options) : requestInTheClear(url, options);
    request.once('response', (response) => {
      if (response.socket instanceof TLSSocket) tellExpiry(hostname, response.socket);
      fulfil(response);
    });
    request.on('error', (error) => reject(failureOf(error, signal)));
    request.end();
  });
}

/** Says in the log that the host's certificate ends soon: an alarm is made of it, while logins still go on. */
function tellExpiry(host: string, socket: TLSSocket): void {
  const end = socket.getPeerX509Certificate()?.validToDate;
  if (end === undefined || end.getTime() - Date.now() > SOON_MS) return;
  logLine({ function: 'authenticate', event: 'issuer-certificate-expiring', host, validTo: end.toISOString() });
}

function failureOf(error: unknown, signal: AbortSignal): unknown {
  return signal.aborted ? signal.reason : new Error('fetch failed', { cause: error });
}

function decoded(response: IncomingMessage, url: string): Readable {
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return response;
  // What goes wrong is told by the stream itself.
  if (encoding === 'gzip') return pipeline(response, createGunzip(), () => undefined);
  response.destroy();
  throw new Error(`${url} answered in an encoding that was not asked for`);
}

async function readText(body: Readable, url: string, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let octets = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      octets += chunk.length;
      chunks.push(chunk);
      if (octets > MAX_OCTETS) break;
    }
  } catch (error) {
    throw failureOf(error, signal);
  }
  if (octets > MAX_OCTETS) throw new Error(`${url} answered more than ${MAX_OCTETS} octets`);
  return Buffer.concat(chunks).toString('utf8');
}

/** What went wrong, with the system's word for it where there is one: `fetchJson` itself says no more than that it failed. */
export function problemOfFetch(error: unknown): string {
  if (!(error instanceof Error)) return 'not an Error';
  const { cause } = error;
  const detail = cause instanceof Error ? `: ${'code' in cause ? String(cause.code) : cause.message}` : '';
  return `${error.message}${detail}`;
}
