/**
 * The Invoke operation of the Lambda API on one machine, for the real SDK client.
 *
 * That is all of the API: no qualifiers but `$LATEST`, no log tail, no retries of an `Event` invocation that failed
 * (Lambda makes two, a minute and more later).
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type LoopbackEndpoint, listenOnLoopback } from '../../web/serve/loopback.ts';
import { REGION } from '../names.ts';
import type { FunctionSpec, Outcome } from './function-spec.ts';
import { Sandbox, type SandboxOptions } from './sandbox.ts';

/** Octets; Lambda's quota for a payload of a synchronous call. */
const MAX_PAYLOAD_OCTETS = 6_291_456;
/** Octets; the same for an asynchronous one. */
const MAX_EVENT_OCTETS = 1_048_576;

const INVOCATION = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
const ARN = /^arn:aws:lambda:[^:]+:\d+:function:/;

/** An error answer of the API. */
class ApiError extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/** Keeps a usable sandbox for each function. */
class Functions {
  readonly #specs: ReadonlyMap<string, FunctionSpec>;
  readonly #options: SandboxOptions;
  readonly #sandboxes = new Map<string, Sandbox>();

  constructor(specs: readonly FunctionSpec[], options: SandboxOptions) {
    this.#specs = new Map(specs.map((spec) => [spec.name, spec]));
    this.#options = options;
    // Warm from the start, so that the first client is not the one to wait.
    for (const spec of specs) if (spec.isCold !== true) this.#sandboxFor(spec);
  }

  spec(name: string): FunctionSpec | undefined {
    return this.#specs.get(name);
  }

  invoke(spec: FunctionSpec, payload: string, requestId: string): Promise<Outcome> {
    return this.#sandboxFor(spec).invoke(payload, requestId);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sandboxes.values()].map((sandbox) => sandbox.terminate()));
  }

  #sandboxFor(spec: FunctionSpec): Sandbox {
    const kept = this.#sandboxes.get(spec.name);
    if (kept?.isUsable === true) return kept;
    const sandbox = new Sandbox(spec, this.#options);
    this.#sandboxes.set(spec.name, sandbox);
    return sandbox;
  }
}

/**
 * Listens and loads the functions.
 *
 * @param port 0 takes a free one
 */
export async function startLambda(
  port: number,
  specs: readonly FunctionSpec[],
  options: SandboxOptions,
): Promise<LoopbackEndpoint> {
  const functions = new Functions(specs, options);
  const server = createServer((request, response) => {
    void respond(functions, request, response).catch((error: unknown) => sendError(response, error));
  });
  const { port: own, close } = await listenOnLoopback(server, { port });
  const closeAll = async (): Promise<void> => {
    await Promise.all([close(), functions.close()]);
  };
  return { port: own, close: closeAll };
}

async function respond(functions: Functions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = randomUUID();
  response.setHeader('x-amzn-requestid', requestId);
  const spec = functionNamed(functions, request);
  const type = String(request.headers['x-amz-invocation-type'] ?? 'RequestResponse');
  const payload = await readPayload(request, type === 'Event' ? MAX_EVENT_OCTETS : MAX_PAYLOAD_OCTETS);
  response.setHeader('x-amz-executed-version', '$LATEST');
  switch (type) {
    case 'RequestResponse':
      return sendOutcome(response, await functions.invoke(spec, payload, requestId));
    case 'Event':
      // What it comes to is in the log alone, as in Lambda.
      void functions.invoke(spec, payload, requestId);
      response.writeHead(202).end();
      return;
    case 'DryRun':
      response.writeHead(204).end();
      return;
    default:
      throw new ApiError(400, 'InvalidParameterValueException', `Invocation type ${type} is not known`);
  }
}

function functionNamed(functions: Functions, request: IncomingMessage): FunctionSpec {
  const path = (request.url ?? '').replace(/\?.*$/, '');
  const encoded = INVOCATION.exec(path)?.[1];
  if (request.method !== 'POST' || encoded === undefined) {
    throw new ApiError(404, 'UnknownOperationException', 'Only Invoke is here');
  }
  const name = decodeURIComponent(encoded)
    .replace(ARN, '')
    .replace(/:\$LATEST$/, '');
  const spec = functions.spec(name);
  if (spec !== undefined) return spec;
  const arn = `arn:aws:lambda:${REGION}:000000000000:function:${name}`;
  throw new ApiError(404, 'ResourceNotFoundException', `Function not found: ${arn}`);
}

async function readPayload(request: IncomingMessage, maxOctets: number): Promise<string> {
  const chunks: Buffer[] = [];
  let octets = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    octets += chunk.length;
    // Read to the end all the same, so that the client hears why.
    if (octets <= maxOctets) chunks.push(chunk);
  }
  if (octets > maxOctets) {
    throw new ApiError(413, 'RequestTooLargeException', `${octets} octets where ${maxOctets} are allowed`);
  }
  const text = octets === 0 ? '{}' : Buffer.concat(chunks).toString();
  try {
    JSON.parse(text);
  } catch (error) {
    const { message } = error as SyntaxError;
    throw new ApiError(400, 'InvalidRequestContentException', `Could not parse request body into json: ${message}`);
  }
  return text;
}

function sendOutcome(response: ServerResponse, { isError, payload }: Outcome): void {
  if (isError) response.setHeader('x-amz-function-error', 'Unhandled');
  response.writeHead(200, { 'content-type': 'application/json' }).end(payload);
}

function sendError(response: ServerResponse, error: unknown): void {
  const { status, type, message } =
    error instanceof ApiError ? error : new ApiError(500, 'ServiceException', String(error));
  if (response.headersSent) return void response.destroy();
  response.setHeader('x-amzn-errortype', type);
  const fault = status < 500 ? 'User' : 'Service';
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ Type: fault, Message: message }));
}
