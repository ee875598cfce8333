/** Invokes Lambda functions and waits for their answer, no longer than a bound. */
import { InvokeCommand, type LambdaClient, TooManyRequestsException } from '@aws-sdk/client-lambda';

export interface FunctionClient {
  /**
   * The function's answer, not yet believed; rejects with the reason when there is none in `timeoutMs`.
   *
   * @param payload JSON; octets must not change before the call has ended
   */
  invoke(name: string, payload: string | Uint8Array, timeoutMs: number): Promise<unknown>;
}

export class LambdaFunctionClient implements FunctionClient {
  readonly #client: LambdaClient;

  constructor(client: LambdaClient) {
    this.#client = client;
  }

  async invoke(name: string, payload: string | Uint8Array, timeoutMs: number): Promise<unknown> {
    const command = new InvokeCommand({ FunctionName: name, Payload: payload });
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await this.#client.send(command, { abortSignal: signal }).catch((cause: unknown) => {
      const reason = signal.aborted ? `no answer in ${timeoutMs} ms` : whyRefused(cause);
      throw new Error(`Cannot invoke ${name}: ${reason}`, { cause });
    });
    // The SDK makes null of an empty body, against its own type.
    const text = Buffer.from(answer.Payload ?? []).toString('utf8');
    if (answer.FunctionError !== undefined) {
      throw new Error(`Function ${name} failed (${answer.FunctionError}): ${errorMessageIn(text)}`);
    }
    return parseJson(name, text);
  }
}

/**
 * A client for each function, so that each has connections of its own: a flood of logins, which cost their function the
 * most, waits for its own connections and never takes those by which relay decisions are asked and events are told.
 */
export class FunctionClients implements FunctionClient {
  readonly #newClient: () => FunctionClient;
  /** By name: as many as there are functions. */
  readonly #clients = new Map<string, FunctionClient>();

  constructor(newClient: () => FunctionClient) {
    this.#newClient = newClient;
  }

  async invoke(name: string, payload: string | Uint8Array, timeoutMs: number): Promise<unknown> {
    const client = this.#clients.get(name) ?? this.#newClient();
    this.#clients.set(name, client);
    return await client.invoke(name, payload, timeoutMs);
  }
}

/** Which of its limits Lambda throttled by stands beside its words, and tells the operator which one to raise. */
function whyRefused(cause: unknown): string {
  if (!(cause instanceof TooManyRequestsException)) return 'the call failed';
  return `throttled (${cause.Reason ?? 'without a reason'})`;
}

function parseJson(name: string, text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    // Without its cause, which quotes the answer.
    throw new Error(`Function ${name} did not answer with JSON`);
  }
}

/** `errorType: errorMessage` of a failed invocation; never its trace, which may quote the event. */
function errorMessageIn(text: string): string {
  try {
    const { errorType = 'Error', errorMessage = '' }: Record<string, unknown> = JSON.parse(text);
    return `${String(errorType)}: ${String(errorMessage).slice(0, 200)}`;
  } catch {
    return 'no error message';
  }
}
