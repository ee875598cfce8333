/**
 * The page for people on this machine: its files, and its calls of the admin API passed on, each signed as the command
 * line signs its own. Whoever could call here could do what the operator may, so each call must carry the token of the
 * address that was printed; the door of `loopback.ts` refuses foreign names and pages before that.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type LoopbackEndpoint, listenOnLoopback, MAX_BODY_OCTETS, readBody } from '../../web/serve/loopback.ts';
import { ABOUT_PATH, isToken, pageFile, TOKEN_HEADER } from '../../web/serve/page.ts';
import type { Api } from '../api/api.ts';
import { CliError } from '../cli-error.ts';

export interface PageServerOptions {
  readonly api: Api;
  /** 0 takes a free one. */
  readonly port: number;
  readonly token: string;
}

/** What the API reads of a request beside its body, and the page of an answer. */
const REQUEST_HEADERS = ['content-type', 'if-match', 'if-none-match', 'range'];
const ANSWER_HEADERS = ['content-type', 'content-range', 'etag'];

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export async function startPageServer(options: PageServerOptions): Promise<LoopbackEndpoint> {
  const server = createServer((request, response) => {
    void answer(request, options)
      .catch((error: unknown) => problem(502, error instanceof CliError ? error.message : 'The request failed'))
      .then((answered) => send(response, answered));
  });
  return listenOnLoopback(server, { port: options.port });
}

async function answer(request: IncomingMessage, { api, token }: PageServerOptions): Promise<Answer> {
  const { method = 'GET', url: path = '/', headers } = request;
  // Read to the end in any case, so that the page hears why.
  const body = await readBody(request);
  const file = method === 'GET' ? await pageFile(path) : undefined;
  if (file !== undefined) return { status: 200, ...file };
  if (!isToken(headers[TOKEN_HEADER], token)) return problem(401, 'Open the address that postern page printed');
  if (body === undefined) return problem(413, `The body is larger than ${MAX_BODY_OCTETS} octets`);
  if (path === ABOUT_PATH) return json(200, { api: api.url.href, doors: [] });
  const passed = await api.pass({ method, path, headers: chosen(REQUEST_HEADERS, (name) => headers[name]), body });
  return {
    status: passed.status,
    headers: { ...chosen(ANSWER_HEADERS, (name) => passed.headers.get(name)), ...COMMON },
    body: new Uint8Array(await passed.arrayBuffer()),
  };
}

const COMMON = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

function json(status: number, value: object, type = 'application/json'): Answer {
  return { status, headers: { ...COMMON, 'content-type': type }, body: `${JSON.stringify(value)}\n` };
}

function problem(status: number, detail: string): Answer {
  return json(status, { type: 'about:blank', status, title: detail, detail }, 'application/problem+json');
}

function chosen(names: readonly string[], read: (name: string) => unknown): Readonly<Record<string, string>> {
  const found = names.map((name) => [name, read(name)] as const);
  return Object.fromEntries(found.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, headers).end(body);
}
