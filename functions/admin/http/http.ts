/**
 * The HTTP API's event and answer, payload format 2.0, and the request that is read from it.
 *
 * Who may call was decided in front of the function, by IAM; who it was is in the event.
 */
import * as z from 'zod';
import { invalidField, Problem } from './problem.ts';

export const httpEventSchema = z.object({
  /** `GET /servers/{server}`; the pattern, not the path. */
  routeKey: z.string(),
  rawPath: z.string().default(''),
  /** Decoded by the API. */
  pathParameters: z.record(z.string(), z.string()).default({}),
  /** Decoded too; of a parameter given twice the values stand after each other, with a comma. */
  queryStringParameters: z.record(z.string(), z.string()).default({}),
  /** Names in lower case. */
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().default(false),
  requestContext: z.object({
    authorizer: z.object({ iam: z.object({ userArn: z.string().min(1) }) }).optional(),
    http: z.object({ method: z.string() }),
  }),
});
export type HttpEvent = z.output<typeof httpEventSchema>;

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** What the JSON says; `undefined` where there is no body. */
  readonly body: unknown;
  /** The caller's ARN. */
  readonly who: string;
}

/** What a route answers. */
export interface RouteAnswer {
  readonly status: number;
  /** Becomes the JSON body; absent, there is none. */
  readonly value?: unknown;
  /** A body that is no JSON: octets as they are, `content-type` among the headers. */
  readonly octets?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the body is the base64 of the octets that go out. */
  readonly isBase64Encoded?: true;
}

/**
 * Octets of a request's body. Lambda takes 6,291,556 of a call's JSON, in which the body is text once more: what has very
 * many quotation marks never arrives, though it is smaller.
 */
export const MAX_BODY_OCTETS = 5_000_000;
/** Octets of an answer's body as text in JSON; the rest of what Lambda takes is for headers. */
const MAX_ANSWER_OCTETS = 6_200_000;
const JSON_TYPE = /^application\/(?:[a-z0-9.-]+\+)?json\s*(?:;|$)/i;

/**
 * Reads a request.
 *
 * @throws Problem of what is wrong with it
 */
export function readRequest(event: HttpEvent): HttpRequest {
  const who = event.requestContext.authorizer?.iam.userArn;
  // No route is without IAM; were one, nothing that it does would be done.
  if (who === undefined) throw new Problem('not-allowed', 'The request does not say by whom it was signed');
  const request = {
    method: event.requestContext.http.method,
    path: event.rawPath,
    parameters: event.pathParameters,
    query: event.queryStringParameters,
    headers: event.headers,
    who,
  };
  const text = bodyText(event);
  if (text === '') return { ...request, body: undefined };
  if (!JSON_TYPE.test(event.headers['content-type'] ?? '')) {
    throw new Problem('not-json', 'Send the body with content-type: application/json');
  }
  if (Buffer.byteLength(text) > MAX_BODY_OCTETS) {
    throw new Problem('too-large', `The body is larger than ${MAX_BODY_OCTETS} octets`);
  }
  return { ...request, body: parsedBody(text) };
}

function parsedBody(text: string): unknown {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // The parser's own message quotes the body, which may hold a password.
    throw new Problem('malformed', 'The body is not JSON');
  }
  const path = pathOfPrototype(body);
  if (path !== undefined) throw invalidField(path, undefined, '"__proto__" is not an attribute here');
  return body;
}

/**
 * Where a body has a member `__proto__`, which objects take for something else than a member: a schema may leave it out
 * without a word. `undefined` where there is none.
 */
function pathOfPrototype(body: unknown): string | undefined {
  // A stack of our own: JSON may be nested deeper than calls can be.
  const left: { readonly value: object; readonly path: string }[] = [];
  const push = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null) left.push({ value, path });
  };
  push(body, '');
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value, path } = next;
    if (Object.hasOwn(value, '__proto__')) return `${path}__proto__`;
    for (const [name, inner] of Object.entries(value)) push(inner, `${path}${name}.`);
  }
  return undefined;
}

function bodyText({ body = '', isBase64Encoded }: HttpEvent): string {
  return isBase64Encoded ? Buffer.from(body, 'base64').toString() : body;
}

/** What is read here changes under the reader's hands; no one may keep it. */
const COMMON = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** The answer as the HTTP API wants it; one that Lambda could not carry becomes a problem. */
export function httpAnswer({ status, value, octets, headers }: RouteAnswer): HttpAnswer {
  if (octets !== undefined) {
    return {
      statusCode: status,
      headers: { ...COMMON, ...headers },
      body: octets.toString('base64'),
      isBase64Encoded: true,
    };
  }
  const body = value === undefined ? '' : `${JSON.stringify(value)}\n`;
  if (Buffer.byteLength(JSON.stringify(body)) > MAX_ANSWER_OCTETS) {
    return httpAnswer(new Problem('too-large', 'The answer is larger than Lambda carries: read it in pages'));
  }
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  return {
    statusCode: status,
    headers: { ...COMMON, ...(body === '' ? {} : { 'content-type': type }), ...headers },
    body,
  };
}
