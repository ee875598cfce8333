/** The HTTP API's event and answer, payload format 2.0; who may call was decided in front of it, by IAM. */
import * as z from 'zod';

export const httpRequestSchema = z.object({
  /** `GET /servers/{server}`; the pattern, not the path. */
  routeKey: z.string(),
  /** Decoded by the API. */
  pathParameters: z.record(z.string(), z.string()).default({}),
});

export type HttpRequest = z.output<typeof httpRequestSchema>;

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function jsonAnswer(statusCode: number, value: unknown): HttpAnswer {
  // What is read here changes under the reader's hands; no one may keep it.
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return { statusCode, headers, body: `${JSON.stringify(value)}\n` };
}
