/**
 * The one door of HTTP servers on this machine, the page's and those of the embedded run: each listens to this machine
 * only, and refuses what a web page could make a browser on this machine send.
 *
 * A page can reach a port of this machine by a name of its own that points here (a foreign `Host`), by a request to
 * another origin (a foreign `Origin`), and by a POST whose media type needs no preflight. No endpoint answers a
 * preflight, since none is for pages of other origins.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** No other machine reaches it. */
const HOST = '127.0.0.1';

/** Octets of a body that goes to the admin API; the API itself refuses a little less. */
export const MAX_BODY_OCTETS = 6_000_000;

export interface LoopbackEndpoint {
  readonly port: number;
  /** Ends all connections, and waits until the server is closed. */
  readonly close: () => Promise<void>;
}

export interface LoopbackOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Media types that a page may post to any origin, and that this endpoint takes all the same. */
  readonly takes?: readonly string[];
}

/** Media types that a page may post to any origin without asking first (Fetch, "CORS-safelisted request-header"). */
const UNASKED_TYPES: readonly string[] = ['text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded'];

/**
 * Puts the door before a server's own listeners, and listens on the loopback address.
 *
 * Rejects when the port cannot be had.
 */
export async function listenOnLoopback(server: Server, options: LoopbackOptions): Promise<LoopbackEndpoint> {
  guard(server, options.takes ?? []);
  // Clients of the SDK keep their connections; one that we close while it sends would be a failed call.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, HOST, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return closed;
}

function guard(server: Server, takes: readonly string[]): void {
  const listeners = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const refusal = refusalOf(request, takes);
    if (refusal !== undefined) return refuse(request, response, refusal);
    // What stands there now is our own; without it no endpoint offers to answer other origins (CORS).
    delete request.headers.origin;
    for (const listener of listeners) listener.call(server, request, response);
  });
}

interface Refusal {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

function refusalOf(request: IncomingMessage, takes: readonly string[]): Refusal | undefined {
  const { headers, method, rawHeaders, socket } = request;
  // RFC 9112 section 3.2. Node gives the first of several.
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts > 1) return { status: 400, title: 'The request is malformed', detail: `There are ${hosts} Host fields` };
  const own = [HOST, 'localhost', '[::1]'].map((name) => `${name}:${socket.localPort}`);
  const host = headers.host ?? '';
  if (!own.includes(host)) {
    return { status: 421, title: 'Misdirected request', detail: `This is ${own.join(', ')}, not "${host}"` };
  }
  const { origin } = headers;
  if (origin !== undefined && !own.some((name) => origin === `http://${name}`)) {
    return { status: 403, title: 'Forbidden', detail: 'Pages of other origins may not call this' };
  }
  if (method === 'OPTIONS') return { status: 405, title: 'Not allowed', detail: 'Nothing here is for other origins' };
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (method !== 'POST' || !UNASKED_TYPES.includes(type) || takes.includes(type)) return undefined;
  return { status: 415, title: 'The media type is not taken', detail: `Any page could post a body of ${type} here` };
}

/** Reads the request to its end first, so that the client hears why. */
function refuse(request: IncomingMessage, response: ServerResponse, { status, title, detail }: Refusal): void {
  const body = `${JSON.stringify({ type: 'about:blank', title, status, detail })}\n`;
  const headers = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' };
  request.once('error', () => response.destroy());
  request.once('end', () => response.writeHead(status, headers).end(body));
  request.resume();
}

/** The body of a request, read to its end in any case; `undefined` when it is larger than `MAX_BODY_OCTETS`. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let octets = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    octets += chunk.length;
    if (octets <= MAX_BODY_OCTETS) chunks.push(chunk);
  }
  return octets > MAX_BODY_OCTETS ? undefined : Buffer.concat(chunks).toString();
}
