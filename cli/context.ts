/** What a command is given of the world. */
import type { Api } from './api/api.ts';
import type { Output } from './output/output.ts';
import type { Clock } from './time-option.ts';

export interface Context {
  readonly api: Api;
  readonly output: Output;
  readonly input: NodeJS.ReadStream;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  /** By which times are read that somebody types. */
  readonly clock: () => Clock;
  /** Resolves after a time, or when `signal` is aborted. */
  readonly sleep: (ms: number) => Promise<void>;
  /** All addresses of a host name; rejects when there are none. */
  readonly addressesOf: (host: string) => Promise<readonly string[]>;
  /** The path of a file as somebody typed it, from the folder in which the command was typed. */
  readonly pathOf: (file: string) => string;
  /** Where what outlives a command is kept. */
  readonly stateFolder: string;
}
