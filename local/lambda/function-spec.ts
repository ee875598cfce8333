/** One function as the embedded Lambda knows it. */
export interface FunctionSpec {
  readonly name: string;
  /** Path of the bundle, an ES module that exports `handler`. */
  readonly bundle: string;
  /** The whole environment of the function. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** It loads at its first call, as Lambda's functions do; others are warm from the start, as those in use are. */
  readonly isCold?: boolean;
}

/** What an invocation came to: the payload is JSON, the function's own answer or its error. */
export interface Outcome {
  readonly isError: boolean;
  readonly payload: string;
}

/** Run in the worker; `id` matches answers to calls. */
export interface Call {
  readonly id: number;
  readonly payload: string;
  readonly requestId: string;
  readonly deadlineMs: number;
}

export interface Answer extends Outcome {
  readonly id: number;
}

export interface WorkerSetup {
  readonly functionName: string;
  readonly bundle: string;
  readonly compileCache?: string;
}

/** The payload of a failed invocation, as Lambda's Node runtime writes it. */
export function errorPayload(errorType: string, errorMessage: string, trace: readonly string[] = []): string {
  return JSON.stringify({ errorType, errorMessage, trace });
}
