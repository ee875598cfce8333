/**
 * Amazon SES on one machine, as far as sending goes, for the real SDK clients: SendRawEmail of API v1 and SendEmail of
 * API v2, and GetSendQuota. What it takes it keeps, and sends nowhere. Signatures are not looked at.
 *
 * `PUT /-/fault` with the JSON of a fault (`fault-plan.ts`) makes the sends that follow go wrong, `DELETE /-/fault` ends
 * that. It is for tests alone, on the same port, and listens to this machine only.
 *
 * `PUT /-/event-destination` names a function that is told what became of each message (`deliveries.ts`).
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type LoopbackEndpoint, listenOnLoopback } from '../../web/serve/loopback.ts';
import { type Fault, FaultPlan, isError, statusOf } from '../fault-plan.ts';
import { type Envelope, MailStore } from '../mta/mail-store.ts';
import { readBody } from '../read-body.ts';
import { destinationSchema, type EventDestination, sesEventsOf, tellFunction } from './deliveries.ts';
import { QUERY_PROTOCOL, sendQuota } from './query-protocol.ts';
import { REST_PROTOCOL, SEND_EMAIL_PATH } from './rest-protocol.ts';
import { type Answer, type SendProtocol, type SendRequest, SesError } from './send-request.ts';
import { sendProblem } from './send-rule.ts';

/** Octets of a request: 40 MiB in base64, each `+`, `/` and `=` of which a form writes as three. */
const MAX_BODY_OCTETS = 67_108_864;

export interface SesOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Where mail is kept. */
  readonly directory: string;
}

/** The envelope beside a message that came by the API; `mailFrom` is empty when the call named no sender. */
interface SesEnvelope extends Envelope {
  readonly operation: string;
}

export async function startSes({ port, directory }: SesOptions): Promise<LoopbackEndpoint> {
  const endpoint = new Endpoint(new MailStore(directory));
  const server = createServer((request, response) => {
    void endpoint.respond(request, response).catch((error: unknown) => {
      // A client that broke off is its own affair.
      if (!request.destroyed || request.complete) console.error(error);
      response.destroy();
    });
  });
  // The body of API v1 is a form.
  const listening = await listenOnLoopback(server, { port, takes: ['application/x-www-form-urlencoded'] });
  const close = (): Promise<void> => {
    endpoint.close();
    return listening.close();
  };
  return { port: listening.port, close };
}

class Endpoint {
  readonly #store: MailStore;
  readonly #faults = new FaultPlan();
  readonly #closing = new AbortController();
  #destination: EventDestination | undefined;

  constructor(store: MailStore) {
    this.#store = store;
  }

  /** Those who are being kept waiting get no answer any more. */
  close(): void {
    this.#closing.abort();
  }

  async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(/\?.*$/, '');
    const body = await readBody(request, MAX_BODY_OCTETS);
    if (path === '/-/fault') {
      send(response, this.#faults.control(request.method, body));
      return;
    }
    if (path === '/-/event-destination') return send(response, this.#tellTo(request.method, body));
    const requestId = randomUUID();
    const quota = body === undefined ? undefined : sendQuota(body, requestId);
    // No send, so no fault is its.
    if (quota !== undefined) return send(response, quota);
    const protocol = path === SEND_EMAIL_PATH ? REST_PROTOCOL : QUERY_PROTOCOL;
    const fault = this.#faults.next();
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'slow' && !(await this.#waited(fault.delayMs))) return;

    const answer = await this.#answer(protocol, {
      body,
      fault,
      requestId,
      address: request.socket.remoteAddress ?? '',
    });
    response.setHeader('x-amzn-requestid', requestId);
    if (fault?.kind === 'drop') breakOff(response, answer);
    else send(response, answer);
  }

  #tellTo(method: string | undefined, body: Buffer | undefined): Answer {
    const headers = { 'content-type': 'text/plain' };
    if (method !== 'PUT' || body === undefined) return { status: 405, headers, body: 'PUT a destination' };
    try {
      this.#destination = destinationSchema.parse(JSON.parse(body.toString()));
      return { status: 200, headers, body: '' };
    } catch (error) {
      return { status: 400, headers, body: String(error) };
    }
  }

  /** In the order of the events, after the caller has heard that the message was taken. */
  async #tellOf(id: string, request: SendRequest): Promise<void> {
    const destination = this.#destination;
    if (destination === undefined) return;
    const now = Date.now();
    const mail = { ...request, id, takenAt: new Date(now).toISOString() };
    for (const event of sesEventsOf(mail, now)) await tellFunction(destination, event);
  }

  /** False when the endpoint was closed meanwhile. A caller who left is no reason: SES would take the message too. */
  async #waited(delayMs: number): Promise<boolean> {
    try {
      await delay(delayMs, undefined, { signal: this.#closing.signal });
      return true;
    } catch {
      return false;
    }
  }

  async #answer(protocol: SendProtocol, call: Call): Promise<Answer> {
    const { body, fault, requestId } = call;
    try {
      if (body === undefined) throw new SesError(413, 'RequestEntityTooLarge', 'Request is too large');
      if (fault?.kind === 'nonsense') return { status: 200, headers: {}, body: '<{"nonsense' };
      if (isError(fault)) throw new SesError(statusOf(fault), fault.kind, fault.message);
      const request = protocol.parse(body);
      const problem = sendProblem(request, protocol.maxMessageOctets);
      if (problem !== undefined) throw new SesError(400, protocol.invalidCode, problem);
      const envelope = envelopeOf(request, protocol.operation, call.address);
      const id = await this.#store.keep(Readable.from([request.message]), envelope);
      void this.#tellOf(id, request).catch((error: unknown) => console.error(error));
      return protocol.success(id, requestId);
    } catch (error) {
      if (error instanceof SesError) return protocol.failure(error, requestId);
      throw error;
    }
  }
}

interface Call {
  /** Absent when it was over the limit. */
  readonly body: Buffer | undefined;
  readonly fault: Fault | undefined;
  readonly requestId: string;
  /** The caller's. */
  readonly address: string;
}

function envelopeOf({ sender, recipients }: SendRequest, operation: string, address: string): SesEnvelope {
  return {
    mailFrom: sender,
    rcptTo: recipients,
    parameters: {},
    client: { address, helo: '', tls: false },
    operation,
  };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, headers).end(body);
}

/** Half of the answer, and then nothing more. */
function breakOff(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.write(body.slice(0, body.length / 2), () => response.destroy());
}
