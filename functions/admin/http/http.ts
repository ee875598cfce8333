/**
 * The HTTP API's event and answer, payload format 2.0, and the request that is read from it.
 *
 * Who may call was decided in front of the function, by IAM; who it was is in the event.
 */
import * as z from 'zod';
import { problem } from './problem.ts';
import type { RouteAnswer } from './route.ts';

export const httpEventSchema = z.object({
  /** `GET /servers/{server}`; the pattern, not the path. */
  routeKey: z.string(),
  rawPath: z.string().default(''),
  /** Decoded by the API. */
  pathParameters: z.record(z.string(), z.string()).default({}),
  /** Decoded too; of a parameter given twice the values stand behind each other, with a comma. */
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

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Octets; the HTTP API and Lambda take no more than 6 MB of a call, base64 and the event's own fields included. */
export const MAX_BODY_OCTETS = 6_000_000;
const JSON_TYPE = /^application\/(?:[a-z0-9.-]+\+)?json\s*(?:;|$)/i;

/** Reads a request, or says what is wrong with it. */
export function readRequest(event: HttpEvent): HttpRequest | RouteAnswer {
  const who = event.requestContext.authorizer?.iam.userArn;
  // No route is without IAM; were one, nothing behind it would be done.
  if (who === undefined) return problem('not-allowed', 'The request does not say by whom it was signed');
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
    return problem('not-json', 'Send the body with content-type: application/json');
  }
  if (Buffer.byteLength(text) > MAX_BODY_OCTETS) {
    return problem('too-large', `The body is larger than ${MAX_BODY_OCTETS} octets`);
  }
  try {
    const body: unknown = JSON.parse(text);
    return { ...request, body };
  } catch {
    // The parser's own message quotes the body, which may hold a password.
    return problem('malformed', 'The body is not JSON');
  }
}

function bodyText({ body = '', isBase64Encoded }: HttpEvent): string {
  return isBase64Encoded ? Buffer.from(body, 'base64').toString() : body;
}

/** The answer as the HTTP API wants it; one that Lambda could not carry becomes a problem. */
export function httpAnswer({ status, value, headers }: RouteAnswer): HttpAnswer {
  const body = value === undefined ? '' : `${JSON.stringify(value)}\n`;
  if (Buffer.byteLength(body) > MAX_BODY_OCTETS) {
    return httpAnswer(problem('too-large', `The answer is larger than ${MAX_BODY_OCTETS} octets: read it in pages`));
  }
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  // What is read here changes under the reader's hands; no one may keep it.
  const common = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
  return {
    statusCode: status,
    headers: { ...common, ...(body === '' ? {} : { 'content-type': type }), ...headers },
    body,
  };
}
