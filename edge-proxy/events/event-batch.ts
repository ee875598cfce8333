/** Events of one call to `record-events`, as the octets that are sent. */
import { MAX_OCTETS_OF_UNIT, TextOctets } from '../text-octets.ts';

/** Events in one call. */
const MAX_EVENTS = 500;
/** Octets of JSON in one call; Lambda takes 6 MB. */
const MAX_OCTETS = 1_000_000;
/** Octets above which the memory is not kept for the next batch. */
const KEPT_CAPACITY = 1_048_576;
const PREFIX = '{"events":[';
const SUFFIX = ']}';
const SEPARATOR = ',';

export class EventBatch {
  readonly #text = new TextOctets();
  /** Offsets at which the events end. */
  readonly #ends: number[] = [];

  constructor() {
    this.#text.append(PREFIX);
  }

  get count(): number {
    return this.#ends.length;
  }

  get isFull(): boolean {
    return this.#ends.length >= MAX_EVENTS;
  }

  /** Octets of the events. */
  get octets(): number {
    return this.#text.length - PREFIX.length - Math.max(0, this.#ends.length - 1);
  }

  /** Whether the memory is of a size that is worth keeping for another batch. */
  get isReusable(): boolean {
    return this.#text.capacity <= KEPT_CAPACITY;
  }

  /** Whether an event of two parts has room; a larger one has, alone. */
  hasRoomFor(head: string, body: string): boolean {
    if (this.#ends.length === 0) return true;
    if (this.isFull) return false;
    const room = MAX_OCTETS - this.octets;
    if ((head.length + body.length) * MAX_OCTETS_OF_UNIT <= room) return true;
    return Buffer.byteLength(head) + Buffer.byteLength(body) <= room;
  }

  /** Adds the event `{…head,…body}`, of parts as `TextOctets.appendObject` takes them; the head may be empty. */
  add(head: string, body: string): void {
    if (this.#ends.length > 0) this.#text.appendMark(SEPARATOR);
    if (head === '') this.#text.append(body);
    else this.#text.appendObject(head, body);
    this.#ends.push(this.#text.length);
  }

  /** The request's payload, `{"events":[…]}`: a view, good until the batch takes another event or is cleared. */
  payload(): Uint8Array {
    this.#text.append(SUFFIX);
    const payload = this.#text.view();
    this.#text.cut(SUFFIX.length);
    return payload;
  }

  /** Each event by itself. */
  texts(): string[] {
    return this.#ends.map((end, index) => {
      const before = this.#ends[index - 1];
      return this.#text.textFrom(before === undefined ? PREFIX.length : before + SEPARATOR.length, end);
    });
  }

  clear(): void {
    this.#ends.length = 0;
    this.#text.cut(this.#text.length - PREFIX.length);
  }
}
