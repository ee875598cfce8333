/** What a command is given of the world. */
import type { Api } from './api/api.ts';
import type { Output } from './output/output.ts';

export interface Context {
  readonly api: Api;
  readonly output: Output;
  readonly input: NodeJS.ReadStream;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  /** Resolves after a time, or when `signal` is aborted. */
  readonly sleep: (ms: number) => Promise<void>;
  /** All addresses of a host name; rejects when there are none. */
  readonly addressesOf: (host: string) => Promise<readonly string[]>;
}
