/**
 * Stands for the stream of the policy table: dynalite has none. Looks at the table again and again and hands what
 * changed to the function that AWS would call, in order, in batches, again where the function asks for it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Image, inJson, type StreamRecord, TableChanges } from './changes.ts';

export interface PolicyStreamOptions {
  /** All items of the table. */
  readonly scan: () => Promise<readonly Image[]>;
  /** Hands records to the function; resolves with the sequence numbers that it did not get through. */
  readonly invoke: (records: readonly StreamRecord[]) => Promise<readonly string[]>;
  readonly logProblem: (problem: string) => void;
  /** Milliseconds between two looks, at least. */
  readonly pauseMs?: number;
}

const PAUSE_MS = 1000;
/** A look at a table of ten thousand domains takes a while; nine tenths of the time it is left in peace. */
const PAUSE_FACTOR = 9;
/** Records that are handed over at once, as on AWS. */
const BATCH_RECORDS = 100;
/** Octets of JSON, below what a call may carry with the largest record on top. */
const BATCH_OCTETS = 4_000_000;
/** Times that a batch is handed over before what is left of it is given up. */
const ATTEMPTS = 10;

export class PolicyStream {
  readonly #options: PolicyStreamOptions;
  readonly #changes = new TableChanges();
  readonly #closing = new AbortController();
  #waiting: readonly StreamRecord[] = [];
  #attempts = 0;

  constructor(options: PolicyStreamOptions) {
    this.#options = options;
  }

  /** Looks once, and hands over what changed; returns how long it took, in milliseconds. */
  async look(): Promise<number> {
    const startMs = performance.now();
    try {
      const images = await this.#options.scan();
      this.#waiting = [...this.#waiting, ...this.#changes.take(images, Date.now())];
      await this.#handOver();
    } catch (error) {
      // The endpoint ends before this part, or is busy; what changed is found at the next look.
      if (!this.#closing.signal.aborted) this.#options.logProblem(String(error));
    }
    return performance.now() - startMs;
  }

  /** Looks until it is closed. */
  async run(): Promise<void> {
    const { signal } = this.#closing;
    const { pauseMs = PAUSE_MS } = this.#options;
    while (!signal.aborted) {
      const tookMs = await this.look();
      await delay(Math.max(pauseMs, tookMs * PAUSE_FACTOR), undefined, { signal }).catch(() => undefined);
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
      // The rest keeps its place behind what failed, until the next look.
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
