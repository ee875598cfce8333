/**
 * Hands events to `record-events` in batches. Mail never waits for it, and no event is lost without a trace: what
 * cannot be delivered goes to standard output as JSON and is counted.
 */
import { randomBytes } from 'node:crypto';
import type { PosternEvent } from '../../policy/event.ts';
import { Faults } from '../faults.ts';
import type { FunctionClient } from '../function-client.ts';
import { errorText, type Log } from '../log.ts';
import { EventBatch } from './event-batch.ts';

export interface EventSink {
  /**
   * Takes the event `{…head,…body}`, made JSON already.
   *
   * @param head a JSON object without its closing brace, or nothing
   * @param body a JSON object
   */
  recordJson(head: string, body: string): void;
}

/** Milliseconds that an event waits for company. */
const BATCH_MS = 1000;
/** Events held while `record-events` is slow; above this they go to standard output at once. */
const MAX_HELD_EVENTS = 5000;
/** Octets of their JSON, one event more at most. A client can make one event of 100 KB. */
const MAX_HELD_OCTETS = 8_388_608;
const INVOKE_TIMEOUT_MS = 3000;
const ATTEMPTS = 2;

export interface EventRecorderOptions {
  readonly client: FunctionClient;
  readonly recordEventsFunction: string;
  readonly log: Log;
  /** Where faults of ours are told. @default the log */
  readonly faults?: Faults;
}

/** Unique over all tasks: a process's random prefix and a count. */
const prefix = randomBytes(9).toString('base64url');
let count = 0;

export function newEventId(): string {
  count += 1;
  return `${prefix}${count.toString(36)}`;
}

export class EventRecorder implements EventSink {
  readonly #options: EventRecorderOptions;
  readonly #faults: Faults;
  /** Oldest first; only the last takes events. */
  #batches: EventBatch[] = [];
  /** In `#batches`. */
  #heldEvents = 0;
  #heldOctets = 0;
  #underWay: EventBatch | undefined;
  /**
   * For the next batch. Memory that waits for its call outlives the scavenges; left to the collector, it had the whole
   * heap collected each half second. Fast path: 15 µs a message (bench w2); equal by `event-recorder.test.ts`.
   */
  #spare: EventBatch | undefined;
  #undelivered = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The last batch has waited for company long enough. */
  #isRestDue = false;
  #isSending = false;
  #sending: Promise<void> | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#faults = options.faults ?? new Faults(options.log);
  }

  /** Events that went to standard output in place of `record-events`, since the start. */
  get undelivered(): number {
    return this.#undelivered;
  }

  record(event: PosternEvent): void {
    this.recordJson('', JSON.stringify(event));
  }

  recordJson(head: string, body: string): void {
    if (this.#heldEvents >= MAX_HELD_EVENTS) {
      this.#printOne(head, body, `${MAX_HELD_EVENTS} events wait already`);
      return;
    }
    if (this.#heldOctets >= MAX_HELD_OCTETS) {
      this.#printOne(head, body, `${MAX_HELD_OCTETS} octets of events wait already`);
      return;
    }
    const batch = this.#batchFor(head, body);
    const octetsBefore = batch.octets;
    batch.add(head, body);
    this.#heldEvents += 1;
    this.#heldOctets += batch.octets - octetsBefore;
    if (batch.isFull) this.#stopWaiting();
    else this.#timer ??= setTimeout(this.#onTime, BATCH_MS);
    if (this.#isReady) this.#startSending();
  }

  /** Delivers what is held; what is not delivered in `withinMs` is printed. */
  async flush(withinMs: number): Promise<void> {
    this.#sendRest();
    const time = Promise.withResolvers<void>();
    const timer = setTimeout(time.resolve, withinMs);
    await Promise.race([this.#sending, time.promise]);
    clearTimeout(timer);
    const left = [this.#underWay, ...this.#batches];
    this.#underWay = undefined;
    this.#batches = [];
    this.#heldEvents = 0;
    this.#heldOctets = 0;
    for (const batch of left) this.#print(batch, `not delivered in ${withinMs} ms`);
  }

  #batchFor(head: string, body: string): EventBatch {
    const last = this.#batches.at(-1);
    if (last?.hasRoomFor(head, body)) return last;
    const batch = this.#spare ?? new EventBatch();
    this.#spare = undefined;
    this.#batches.push(batch);
    return batch;
  }

  /** Whether there is a batch that takes no more, or need not wait for more. */
  get #isReady(): boolean {
    return this.#batches.length > 1 || this.#batches[0]?.isFull === true || (this.#isRestDue && this.#heldEvents > 0);
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #onTime = (): void => void this.#faults.guard('record-events', () => this.#sendRest());

  /** Sends all that is held, whole batches or not. */
  #sendRest(): void {
    this.#stopWaiting();
    this.#isRestDue = this.#heldEvents > 0;
    if (this.#isReady) this.#startSending();
  }

  #startSending(): void {
    if (this.#isSending) return;
    this.#isSending = true;
    this.#sending = this.#sendAll().catch((error: unknown) => this.#faults.report(error, 'record-events'));
  }

  /** One call at a time, so that a slow function is not called in ever more copies. */
  async #sendAll(): Promise<void> {
    try {
      while (this.#isReady) await this.#send(this.#take());
    } finally {
      // In the same turn: what becomes ready a moment later starts anew.
      this.#isSending = false;
    }
  }

  #take(): EventBatch {
    const batch = this.#batches.shift() ?? new EventBatch();
    if (this.#batches.length === 0) this.#isRestDue = false;
    this.#heldEvents -= batch.count;
    this.#heldOctets -= batch.octets;
    return batch;
  }

  async #send(batch: EventBatch): Promise<void> {
    const payload = batch.payload();
    let cause = '';
    this.#underWay = batch;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      try {
        await this.#options.client.invoke(this.#options.recordEventsFunction, payload, INVOKE_TIMEOUT_MS);
        this.#underWay = undefined;
        this.#keep(batch);
        return;
      } catch (error) {
        cause = errorText(error);
      }
    }
    // None when `flush` ran out of time and printed it.
    this.#print(this.#underWay, cause);
    this.#underWay = undefined;
  }

  /** A call that was answered has read all octets; one that failed may still read them. */
  #keep(batch: EventBatch): void {
    if (!batch.isReusable) return;
    batch.clear();
    this.#spare = batch;
  }

  #print(batch: EventBatch | undefined, cause: string): void {
    for (const text of batch?.texts() ?? []) this.#printOne('', text, cause);
  }

  #printOne(head: string, body: string, cause: string): void {
    this.#undelivered += 1;
    const text = head === '' ? body : `${head},${body.slice(1)}`;
    this.#options.log({ event: 'event-undelivered', cause }, { field: 'undelivered', text });
  }
}
