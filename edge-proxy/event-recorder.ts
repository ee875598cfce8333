/**
 * Hands events to `record-events` in batches. Mail never waits for it, and no event is lost without a trace: what
 * cannot be delivered goes to standard output as JSON and is counted.
 */
import { randomBytes } from 'node:crypto';
import type { PosternEvent } from '../policy/event.ts';
import type { FunctionClient } from './function-client.ts';
import { errorText, type Log } from './log.ts';

export interface EventSink {
  /** Takes a whole event, made JSON already. */
  recordJson(json: string): void;
}

/** Milliseconds that an event waits for company. */
const BATCH_MS = 1000;
const BATCH_EVENTS = 200;
/** Octets of JSON in one call; Lambda takes 6 MB. */
const BATCH_OCTETS = 1_000_000;
/** Events held while `record-events` is slow; above this they go to standard output at once. */
const MAX_HELD_EVENTS = 5000;
/** Octets of their JSON, as which they are held. A client can make one event of 100 KB. */
const MAX_HELD_OCTETS = 8_388_608;
const INVOKE_TIMEOUT_MS = 3000;
const ATTEMPTS = 2;

export interface EventRecorderOptions {
  readonly client: FunctionClient;
  readonly recordEventsFunction: string;
  readonly log: Log;
}

/** Unique over all tasks: a process's random prefix and a count. */
const prefix = randomBytes(9).toString('base64url');
let count = 0;

export function newEventId(): string {
  count += 1;
  return `${prefix}${count.toString(36)}`;
}

/** Made JSON once, when it comes: smaller than the event itself, and what is sent in the end. */
interface HeldEvent {
  readonly json: string;
  readonly octets: number;
}

export class EventRecorder implements EventSink {
  readonly #options: EventRecorderOptions;
  readonly #held: HeldEvent[] = [];
  #heldOctets = 0;
  #underWay: readonly HeldEvent[] = [];
  #undelivered = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  /** Events that went to standard output in place of `record-events`, since the start. */
  get undelivered(): number {
    return this.#undelivered;
  }

  record(event: PosternEvent): void {
    this.recordJson(JSON.stringify(event));
  }

  recordJson(json: string): void {
    const held = { json, octets: Buffer.byteLength(json) };
    if (this.#held.length >= MAX_HELD_EVENTS) {
      this.#print([held], `${MAX_HELD_EVENTS} events wait already`);
      return;
    }
    if (this.#heldOctets + held.octets > MAX_HELD_OCTETS) {
      this.#print([held], `${MAX_HELD_OCTETS} octets of events wait already`);
      return;
    }
    this.#held.push(held);
    this.#heldOctets += held.octets;
    if (this.#held.length >= BATCH_EVENTS) this.#startSending();
    else this.#timer ??= setTimeout(() => this.#startSending(), BATCH_MS);
  }

  /** Delivers what is held; what is not delivered in `withinMs` is printed. */
  async flush(withinMs: number): Promise<void> {
    this.#startSending();
    const time = Promise.withResolvers<void>();
    const timer = setTimeout(time.resolve, withinMs);
    await Promise.race([this.#sending, time.promise]);
    clearTimeout(timer);
    const left = [...this.#underWay, ...this.#take(this.#held.length)];
    this.#underWay = [];
    this.#print(left, `not delivered in ${withinMs} ms`);
  }

  #startSending(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#held.length === 0) return;
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  /** One call at a time, so that a slow function is not called in ever more copies. */
  async #sendAll(): Promise<void> {
    while (this.#held.length > 0) await this.#send(this.#takeBatch());
  }

  #takeBatch(): readonly HeldEvent[] {
    let octets = 0;
    let length = 0;
    for (const held of this.#held) {
      octets += held.octets;
      if (length === BATCH_EVENTS || (octets > BATCH_OCTETS && length > 0)) break;
      length += 1;
    }
    return this.#take(length);
  }

  #take(length: number): readonly HeldEvent[] {
    const taken = this.#held.splice(0, length);
    for (const { octets } of taken) this.#heldOctets -= octets;
    return taken;
  }

  async #send(events: readonly HeldEvent[]): Promise<void> {
    const payload = `{"events":[${events.map(({ json }) => json).join(',')}]}`;
    let cause = '';
    this.#underWay = events;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      try {
        await this.#options.client.invoke(this.#options.recordEventsFunction, payload, INVOKE_TIMEOUT_MS);
        this.#underWay = [];
        return;
      } catch (error) {
        cause = errorText(error);
      }
    }
    // Nothing when `flush` ran out of time and printed it.
    this.#print(this.#underWay, cause);
    this.#underWay = [];
  }

  #print(events: readonly HeldEvent[], cause: string): void {
    this.#undelivered += events.length;
    for (const { json: text } of events) {
      this.#options.log({ event: 'event-undelivered', cause }, { field: 'undelivered', text });
    }
  }
}
