/** What an endpoint was told to do wrong, by `PUT /-/fault`: for tests alone. */
import * as z from 'zod';

/** Milliseconds that `slow` waits when it was told none. */
const SLOW_MS = 1000;

const faultSchema = z.strictObject({
  /**
   * `hang`: nothing is kept and no answer comes. `slow`: all goes well, after `delayMs`. `drop`: the message is kept and
   * the connection breaks in the middle of the answer. `nonsense`: nothing is kept, and 200 with what no SES says.
   * Any other is the code of an error as it stands on the wire.
   */
  kind: z.string().regex(/^[A-Za-z]+$/),
  /** The error's words. */
  message: z.string().default('Told to fail'),
  /** HTTP status of the error; when absent that which SES has for it. */
  status: z.int().min(400).max(599).optional(),
  delayMs: z.int().min(0).default(SLOW_MS),
  /** The operation that it is about, where an endpoint has several: `PutItem`. All where it is absent. */
  operation: z.string().optional(),
  /** Sends that go well before it. */
  after: z.int().min(0).default(0),
  /** Sends that fail so; when absent all until told otherwise. */
  times: z.int().min(1).optional(),
});

export type Fault = z.output<typeof faultSchema>;

export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function plain(status: number, body: string): PlainAnswer {
  return { status, headers: { 'content-type': 'text/plain' }, body };
}

export class FaultPlan {
  #fault: Fault | undefined;
  #left = 0;
  #before = 0;

  /** Takes the JSON of a fault; returns what is wrong with it. */
  set(json: string): string | undefined {
    try {
      this.#fault = faultSchema.parse(JSON.parse(json));
      this.#before = this.#fault.after;
      this.#left = this.#fault.times ?? Number.POSITIVE_INFINITY;
      return undefined;
    } catch (error) {
      return String(error);
    }
  }

  /** Answers a request for `/-/fault`: PUT sets one, DELETE ends it. */
  control(method: string | undefined, body: Buffer | undefined): PlainAnswer {
    if (method === 'DELETE') {
      this.#fault = undefined;
      return plain(200, '');
    }
    if (method !== 'PUT' || body === undefined) return plain(405, 'PUT or DELETE a fault');
    const problem = this.set(body.toString());
    return problem === undefined ? plain(200, '') : plain(400, problem);
  }

  /** The fault of the send, or of the operation, that is now to be answered. */
  next(operation?: string): Fault | undefined {
    if (this.#left === 0 || this.#fault === undefined) return undefined;
    if (this.#fault.operation !== undefined && this.#fault.operation !== operation) return undefined;
    this.#before -= 1;
    if (this.#before >= 0) return undefined;
    this.#left -= 1;
    return this.#fault;
  }
}

const STATUSES: Readonly<Record<string, number>> = {
  AccessDeniedException: 403,
  ExpiredToken: 403,
  ExpiredTokenException: 403,
  InternalFailure: 500,
  InternalServiceErrorException: 500,
  InvalidClientTokenId: 403,
  InvalidSignatureException: 403,
  NotFoundException: 404,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  TooManyRequestsException: 429,
  UnrecognizedClientException: 403,
};

export function statusOf({ kind, status }: Fault): number {
  return status ?? STATUSES[kind] ?? 400;
}

/** Whether the fault is an error of the service, and no matter of time or of the connection. */
export function isError(fault: Fault | undefined): fault is Fault {
  return fault !== undefined && fault.kind !== 'slow' && fault.kind !== 'drop';
}
