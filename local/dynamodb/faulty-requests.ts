/** Requests to the store that go wrong, as tests want it: `PUT /-/fault` with what `local/fault-plan.ts` takes. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { FaultPlan, isError, statusOf } from '../fault-plan.ts';
import { readBody } from '../read-body.ts';

const FAULT_PATH = '/-/fault';
/** Octets of a fault. */
const MAX_FAULT_OCTETS = 10_000;
/** In front of an operation's name in `X-Amz-Target`, and of an error's in an answer. */
const VERSION = 'DynamoDB_20120810.';
const ERROR = 'com.amazonaws.dynamodb.v20120810#';

export class FaultyRequests {
  readonly #plan = new FaultPlan();

  /** Answers a request that is to go wrong, or sees to it that its answer does; false where the store has to answer. */
  async take(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (request.url === FAULT_PATH) {
      const { status, headers, body } = this.#plan.control(request.method, await readBody(request, MAX_FAULT_OCTETS));
      response.writeHead(status, headers).end(body);
      return true;
    }
    const fault = this.#plan.next(String(request.headers['x-amz-target']).replace(VERSION, ''));
    if (fault?.kind === 'slow') await delay(fault.delayMs);
    if (fault?.kind === 'drop') response.end = () => response.destroy();
    if (!isError(fault)) return false;
    request.resume();
    if (fault.kind === 'hang') return true;
    response.writeHead(statusOf(fault), { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: `${ERROR}${fault.kind}`, message: fault.message }));
    return true;
  }
}
