/**
 * Events of one call to `record-events`, as the octets that are sent.
 *
 * Outside of the heap: events wait for up to a second, and thousands of strings that outlive a scavenge each were a
 * fifth of the processor time of a small message, in copying and marking them.
 */

/** Of one call. */
const MAX_EVENTS = 200;
/** Octets of JSON in one call; Lambda takes 6 MB. */
const MAX_OCTETS = 1_000_000;
const FIRST_CAPACITY = 65_536;
/** Octets above which the memory is not kept for the next batch. */
const KEPT_CAPACITY = 524_288;
const PREFIX = '{"events":[';
const SUFFIX = ']}';
const COMMA = 0x2c;
/** UTF-8 takes so many octets at most for a UTF-16 code unit. */
const MAX_OCTETS_OF_UNIT = 3;

export class EventBatch {
  #octets = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  #end: number;
  /** Offsets at which the events end; a comma stands between two. */
  readonly #ends: number[] = [];

  constructor() {
    this.#end = this.#octets.write(PREFIX, 0);
  }

  get count(): number {
    return this.#ends.length;
  }

  get isFull(): boolean {
    return this.#ends.length >= MAX_EVENTS;
  }

  /** Of the events. */
  get octets(): number {
    return this.#end - PREFIX.length - Math.max(0, this.#ends.length - 1);
  }

  /** Whether the memory is of a size that is worth keeping for another batch. */
  get isReusable(): boolean {
    return this.#octets.length <= KEPT_CAPACITY;
  }

  /** Whether an event of two parts has room; a larger one has, alone. */
  hasRoomFor(head: string, body: string): boolean {
    if (this.#ends.length === 0) return true;
    if (this.isFull) return false;
    const room = MAX_OCTETS - this.octets;
    if ((head.length + body.length) * MAX_OCTETS_OF_UNIT <= room) return true;
    return Buffer.byteLength(head) + Buffer.byteLength(body) <= room;
  }

  /**
   * Adds the event `{…head,…body}`.
   *
   * @param head a JSON object without its closing brace, or nothing
   * @param body a JSON object
   */
  add(head: string, body: string): void {
    this.#makeRoom((head.length + body.length) * MAX_OCTETS_OF_UNIT);
    const octets = this.#octets;
    if (this.#ends.length > 0) {
      octets[this.#end] = COMMA;
      this.#end += 1;
    }
    const bodyAt = this.#end + octets.write(head, this.#end);
    this.#end = bodyAt + octets.write(body, bodyAt);
    // Both parts become one object.
    if (head !== '') octets[bodyAt] = COMMA;
    this.#ends.push(this.#end);
  }

  /** The request's payload, `{"events":[…]}`: a view, good until the batch takes another event or is cleared. */
  payload(): Uint8Array {
    return this.#octets.subarray(0, this.#end + this.#octets.write(SUFFIX, this.#end));
  }

  /** Each event by itself. */
  texts(): string[] {
    return this.#ends.map((end, index) => {
      const before = this.#ends[index - 1];
      return this.#octets.toString('utf8', before === undefined ? PREFIX.length : before + 1, end);
    });
  }

  clear(): void {
    this.#ends.length = 0;
    this.#end = PREFIX.length;
  }

  /** For `octets` with what stands round them. */
  #makeRoom(octets: number): void {
    const wanted = this.#end + octets + SUFFIX.length + 1;
    if (wanted <= this.#octets.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(wanted, 2 * this.#octets.length));
    this.#octets.copy(grown, 0, 0, this.#end);
    this.#octets = grown;
  }
}
