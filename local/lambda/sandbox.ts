/**
 * A worker thread with one function in it, Lambda's execution environment.
 *
 * Unlike Lambda's it takes calls side by side, which saves a thread for each; so a call that runs out of time does not
 * end it at once, but takes it out of use (`isUsable`) and ends it when its other calls are done.
 */
import { Worker } from 'node:worker_threads';
import {
  type Answer,
  type Call,
  errorPayload,
  type FunctionSpec,
  type Outcome,
  type WorkerSetup,
} from './function-spec.ts';

const WORKER = new URL('./worker.ts', import.meta.url);
/**
 * Milliseconds to load a bundle, which do not count for the function's timeout. Lambda's init phase has 10,000, and is
 * begun again when they are over; here all functions load at once, on a machine that may be busy with other work.
 */
const LOAD_TIMEOUT_MS = 120_000;

export interface SandboxOptions {
  /** A line of a function's standard output. */
  readonly log: (line: string) => void;
  /** A line of a function's standard error, or what ended it. */
  readonly logProblem: (line: string) => void;
  readonly compileCache?: string;
  /** Milliseconds after which a bundle that has not loaded is taken for one that never will. */
  readonly loadTimeoutMs?: number;
}

interface Pending {
  readonly requestId: string;
  readonly settle: (outcome: Outcome) => void;
}

export class Sandbox {
  /** Whether it may be given further calls. */
  isUsable = true;
  readonly #spec: FunctionSpec;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #loaded = Promise.withResolvers<void>();
  readonly #loadTimer: NodeJS.Timeout;
  #lastId = 0;
  #hasLoaded = false;
  #lastError: Error | undefined;

  constructor(spec: FunctionSpec, options: SandboxOptions) {
    const { log, logProblem, compileCache, loadTimeoutMs = LOAD_TIMEOUT_MS } = options;
    this.#spec = spec;
    const setup: WorkerSetup = {
      functionName: spec.name,
      bundle: spec.bundle,
      ...(compileCache === undefined ? {} : { compileCache }),
    };
    // Its own environment and no flags of ours: nothing reaches it that Lambda would not give it.
    this.#worker = new Worker(WORKER, {
      workerData: setup,
      env: spec.environment,
      execArgv: [],
      stdout: true,
      stderr: true,
    });
    this.#loadTimer = setTimeout(() => this.#giveUpLoading(loadTimeoutMs), loadTimeoutMs);
    this.#worker.stdout.setEncoding('utf8').on('data', (text: string) => logLines(log, spec.name, text));
    this.#worker.stderr.setEncoding('utf8').on('data', (text: string) => logLines(logProblem, spec.name, text));
    this.#worker.on('message', (message: Answer | 'ready') => this.#receive(message));
    this.#worker.on('error', (error: Error) => {
      this.#lastError = error;
      logProblem(`${spec.name}: ${error.stack ?? error.message}`);
    });
    this.#worker.on('exit', (code) => this.#failAll(code));
  }

  /** Never rejects: what goes wrong is the outcome. */
  invoke(payload: string, requestId: string): Promise<Outcome> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const settle = (outcome: Outcome): void => {
        clearTimeout(timer);
        this.#pending.delete(id);
        resolve(outcome);
        this.#endIfDone();
      };
      this.#pending.set(id, { requestId, settle });
      void this.#loaded.promise.then(() => {
        const { timeoutMs } = this.#spec;
        timer = setTimeout(() => this.#timeOut(id), timeoutMs);
        this.#worker.postMessage({ id, payload, requestId, deadlineMs: Date.now() + timeoutMs } satisfies Call);
      });
    });
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #receive(message: Answer | 'ready'): void {
    if (message !== 'ready') {
      this.#pending.get(message.id)?.settle(message);
      return;
    }
    clearTimeout(this.#loadTimer);
    this.#hasLoaded = true;
    this.#loaded.resolve();
  }

  /** Says why it ends: the exit status of a thread that is terminated tells nothing. */
  #giveUpLoading(timeoutMs: number): void {
    this.#lastError = new Error(`${this.#spec.name} did not load within ${timeoutMs / 1000} seconds`);
    void this.#worker.terminate();
  }

  #timeOut(id: number): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.isUsable = false;
    const seconds = (this.#spec.timeoutMs / 1000).toFixed(2);
    const message = `RequestId: ${pending.requestId} Error: Task timed out after ${seconds} seconds`;
    pending.settle({ isError: true, payload: errorPayload('Sandbox.Timedout', message) });
  }

  #endIfDone(): void {
    if (!this.isUsable && this.#pending.size === 0) void this.#worker.terminate();
  }

  #failAll(code: number): void {
    clearTimeout(this.#loadTimer);
    this.isUsable = false;
    for (const { requestId, settle } of this.#pending.values()) {
      settle({ isError: true, payload: this.#exitPayload(requestId, code) });
    }
  }

  #exitPayload(requestId: string, code: number): string {
    const error = this.#lastError;
    if (error === undefined) {
      const message = `RequestId: ${requestId} Error: Runtime exited with error: exit status ${code}`;
      return errorPayload('Runtime.ExitError', message);
    }
    const errorType = this.#hasLoaded ? error.name : 'Runtime.ImportModuleError';
    return errorPayload(errorType, error.message, error.stack?.split('\n'));
  }
}

function logLines(log: (line: string) => void, name: string, text: string): void {
  for (const line of text.split('\n')) if (line !== '') log(`${name}: ${line}`);
}
