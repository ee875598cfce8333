/**
 * The HTTP API on one machine: matches a request to a route, makes the event of payload format 2.0, invokes the function
 * `admin` by the Lambda endpoint, and gives its answer back. What the function does it does not know.
 *
 * It has no IAM: the door of `loopback.ts` lets only programs of this machine call. What a browser asks must carry the
 * token of the page, whose files are served here too.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ROUTES } from '../../functions/admin/env.ts';
import { type MatchedRoute, matchRoute } from '../../functions/admin/http/match-route.ts';
import { type LoopbackEndpoint, listenOnLoopback, MAX_BODY_OCTETS, readBody } from '../../web/serve/loopback.ts';
import { ABOUT_PATH, isToken, pageFile, TOKEN_HEADER } from '../../web/serve/page.ts';
import { FUNCTIONS } from '../names.ts';

/** Milliseconds; the HTTP API gives a function no longer. */
const INTEGRATION_TIMEOUT_MS = 30_000;
/** Who calls: on this machine there is no one to tell callers apart. */
const CALLER = 'arn:aws:iam::000000000000:user/local';
const JSON_TYPE = /^application\/(?:[a-z0-9.-]+\+)?json\s*(?:;|$)/i;

export interface GatewayOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** URL of the Lambda endpoint. */
  readonly lambda: string;
  /** Token of the page. */
  readonly token: string;
  /** File that names where the servers listen, for the page. */
  readonly doors?: string;
}

/** What goes to the client. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export async function startGateway(options: GatewayOptions): Promise<LoopbackEndpoint> {
  const { port } = options;
  const server = createServer((request, response) => {
    void answer(request, options)
      .catch((error: unknown) => {
        console.error(error);
        return problemAnswer(500, 'The request failed', 'Lambda endpoint: no answer');
      })
      .then((answered) => send(response, answered));
  });
  return listenOnLoopback(server, { port });
}

async function answer(request: IncomingMessage, options: GatewayOptions): Promise<Answer> {
  const { lambda } = options;
  // Read to the end in any case, so that the client hears why.
  const body = await readBody(request);
  const page = request.method === 'GET' ? await answerOfPage(request, options) : undefined;
  if (page !== undefined) return page;
  if (isForeign(request, options))
    return problemAnswer(401, 'The key is missing', 'Open the address that npm start printed');
  if (body === undefined) return problemAnswer(413, 'Too large', `The body is larger than ${MAX_BODY_OCTETS} octets`);
  if (body !== '' && !JSON_TYPE.test(request.headers['content-type'] ?? '')) {
    return problemAnswer(415, 'The body must be JSON', 'Send the body with content-type: application/json');
  }
  const [, path = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(request.url ?? '') ?? [];
  const method = request.method ?? '';
  try {
    const route = matchRoute(ROUTES, method, path);
    if (route === undefined) return problemAnswer(404, 'There is no such thing', `There is no ${method} ${path}`);
    return await invoke(lambda, eventOf(request, { route, path, query, body }));
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return problemAnswer(400, 'The request is malformed', 'A percent sign in the path stands for nothing');
  }
}

async function answerOfPage(request: IncomingMessage, options: GatewayOptions): Promise<Answer | undefined> {
  const path = request.url?.split('?', 1)[0] ?? '';
  if (path === ABOUT_PATH && isToken(request.headers[TOKEN_HEADER], options.token)) return about(options);
  const file = await pageFile(path);
  return file === undefined ? undefined : { status: 200, ...file };
}

async function about({ doors }: GatewayOptions): Promise<Answer> {
  // Not there while the servers start.
  const known = doors === undefined ? '[]' : await readFile(doors, 'utf8').catch(() => '[]');
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return { status: 200, headers, body: JSON.stringify({ api: 'embedded run', doors: JSON.parse(known) }) };
}

/** Every browser says from which site a request comes; programs do not. */
function isForeign({ headers }: IncomingMessage, { token }: GatewayOptions): boolean {
  return headers['sec-fetch-site'] !== undefined && !isToken(headers[TOKEN_HEADER], token);
}

interface EventParts {
  readonly route: MatchedRoute;
  readonly path: string;
  readonly query: string;
  readonly body: string;
}

function eventOf(request: IncomingMessage, { route, path, query, body }: EventParts): object {
  const parameters = new Map<string, string>();
  // The HTTP API joins the values of a parameter that is given twice.
  for (const [name, value] of new URLSearchParams(query)) {
    const before = parameters.get(name);
    parameters.set(name, before === undefined ? value : `${before},${value}`);
  }
  const headers = Object.entries(request.headers).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath: path,
    rawQueryString: query,
    headers: Object.fromEntries(headers),
    ...(parameters.size === 0 ? {} : { queryStringParameters: Object.fromEntries(parameters) }),
    pathParameters: route.pathParameters,
    requestContext: {
      authorizer: { iam: { userArn: CALLER } },
      http: { method: request.method, path, sourceIp: request.socket.remoteAddress },
    },
    ...(body.length === 0 ? {} : { body }),
    isBase64Encoded: false,
  };
}

async function invoke(lambda: string, event: object): Promise<Answer> {
  const response = await fetch(`${lambda}/2015-03-31/functions/${FUNCTIONS.admin}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
    signal: AbortSignal.timeout(INTEGRATION_TIMEOUT_MS),
  });
  if (response.status === 413) return problemAnswer(413, 'Too large', 'The request is larger than Lambda takes');
  const isFailed = !response.ok || response.headers.has('x-amz-function-error');
  if (isFailed) return problemAnswer(500, 'The request failed', 'What went wrong is in the log of the function');
  // Ours alone: the function's own answer.
  const { statusCode, headers, body, isBase64Encoded } = (await response.json()) as {
    readonly statusCode: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly isBase64Encoded?: boolean;
  };
  return { status: statusCode, headers, body: isBase64Encoded === true ? Buffer.from(body, 'base64') : body };
}

function problemAnswer(status: number, title: string, detail: string): Answer {
  const headers = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' };
  return { status, headers, body: `${JSON.stringify({ type: 'about:blank', title, status, detail })}\n` };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, ...(body === '' ? {} : { 'content-length': Buffer.byteLength(body) }) });
  response.end(body);
}
