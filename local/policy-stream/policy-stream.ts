/**
 * Stands for the stream of one table and Lambda's reading of it: hands what changed to the function that AWS would call,
 * in order, in batches, again where the function asks for it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { inJson, type StreamRecord } from '../../functions/tables/embedded/change-feed.ts';

export interface PolicyStreamOptions {
  /** Every item of the table, as a change to what it was: what a reader has to have seen once. */
  readonly first: () => Promise<readonly StreamRecord[]>;
  /** Sequence number of the last record that there is. */
  readonly position: () => Promise<number>;
  /** The records after a sequence number; waits a while where there is none. */
  readonly changes: (after: number, signal: AbortSignal) => Promise<readonly StreamRecord[]>;
  /** Hands records to the function; resolves with the sequence numbers that it did not get through. */
  readonly invoke: (records: readonly StreamRecord[]) => Promise<readonly string[]>;
  readonly logProblem: (problem: string) => void;
  /** Milliseconds before a batch that failed is handed over again. */
  readonly pauseMs?: number;
}

const PAUSE_MS = 1000;
/** Records that are handed over at once, as on AWS. */
const BATCH_RECORDS = 100;
/** Octets of JSON, below what a call may carry with the largest record on top. */
const BATCH_OCTETS = 4_000_000;
/** Times that a batch is handed over before what is left of it is given up. */
const ATTEMPTS = 10;

export class PolicyStream {
  readonly #options: PolicyStreamOptions;
  readonly #closing = new AbortController();
  #waiting: readonly StreamRecord[] = [];
  /** Sequence number of the last record that was taken from the table. */
  #taken = 0;
  #attempts = 0;

  constructor(options: PolicyStreamOptions) {
    this.#options = options;
  }

  /** Hands over every item once; what was written before, such as the seed, is no change that is told of. */
  async start(): Promise<void> {
    this.#taken = await this.#options.position();
    this.#waiting = await this.#options.first();
    await this.#handOver();
  }

  /** Waits for changes and hands them over until it is closed. */
  async run(): Promise<void> {
    const { signal } = this.#closing;
    const { pauseMs = PAUSE_MS } = this.#options;
    while (!signal.aborted) {
      const isWell = await this.step();
      if (!isWell) await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Takes what changed and hands it over; false when something is to be tried again. */
  async step(): Promise<boolean> {
    const { signal } = this.#closing;
    try {
      // What failed goes first, and does not wait for further changes.
      const isIdle = this.#waiting.length === 0;
      const records = isIdle ? await this.#options.changes(this.#taken, signal) : [];
      this.#waiting = [...this.#waiting, ...records];
      this.#taken = Number(records.at(-1)?.dynamodb.SequenceNumber ?? this.#taken);
      await this.#handOver();
      return this.#waiting.length === 0;
    } catch (error) {
      // The endpoint ends before this part, or is busy; what changed is kept there.
      if (!signal.aborted) this.#options.logProblem(String(error));
      return false;
    }
  }

  close(): void {
    this.#closing.abort();
  }

  async #handOver(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#closing.signal.aborted) {
      const batch = firstBatch(this.#waiting);
      const failed = new Set(await this.#invoked(batch));
      const left = batch.filter(({ dynamodb }) => failed.has(dynamodb.SequenceNumber));
      const rest = this.#waiting.slice(batch.length);
      this.#attempts = left.length === 0 ? 0 : this.#attempts + 1;
      const isGivenUp = this.#attempts >= ATTEMPTS;
      if (isGivenUp) this.#options.logProblem(`${left.length} changes of policy were given up`);
      if (isGivenUp) this.#attempts = 0;
      this.#waiting = isGivenUp ? rest : [...left, ...rest];
      // The rest keeps its place after what failed, until the next attempt.
      if (left.length > 0 && !isGivenUp) return;
    }
  }

  /** A function that throws got through nothing. */
  async #invoked(batch: readonly StreamRecord[]): Promise<readonly string[]> {
    try {
      return await this.#options.invoke(batch);
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#options.logProblem(String(error));
      return batch.map(({ dynamodb }) => dynamodb.SequenceNumber);
    }
  }
}

function firstBatch(records: readonly StreamRecord[]): readonly StreamRecord[] {
  let octets = 0;
  const first = records.slice(0, BATCH_RECORDS);
  const end = first.findIndex((record) => {
    octets += Buffer.byteLength(JSON.stringify(record, inJson));
    return octets > BATCH_OCTETS;
  });
  return end === -1 ? first : first.slice(0, Math.max(end, 1));
}
