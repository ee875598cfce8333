/** Lambda's Invoke API as far as `LambdaClient` needs it, on a free port; each call is answered by the test. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LambdaClient } from '@aws-sdk/client-lambda';

export interface Invocation {
  readonly functionName: string;
  readonly payload: unknown;
}

export type LambdaAnswer = (invocation: Invocation, response: ServerResponse) => void;

const PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

export class TestLambda {
  readonly invocations: Invocation[] = [];
  answer: LambdaAnswer;
  readonly #server: Server;

  private constructor(answer: LambdaAnswer) {
    this.answer = answer;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(answer: LambdaAnswer): Promise<TestLambda> {
    const lambda = new TestLambda(answer);
    lambda.#server.listen(0, '127.0.0.1');
    await once(lambda.#server, 'listening');
    return lambda;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A client of it that tries once, as `main.ts` makes it but for that. */
  newClient(): LambdaClient {
    return new LambdaClient({
      endpoint: this.endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const functionName = PATH.exec(request.url ?? '')?.[1];
    if (functionName === undefined) {
      response.writeHead(404).end();
      return;
    }
    const invocation = { functionName, payload: JSON.parse(Buffer.concat(chunks).toString('utf8')) };
    this.invocations.push(invocation);
    this.answer(invocation, response);
  }
}

/** The function's own answer. */
export function returns(value: unknown): LambdaAnswer {
  return (_invocation, response) => void response.writeHead(200).end(JSON.stringify(value));
}
