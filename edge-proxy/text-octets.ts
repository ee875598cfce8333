/**
 * Text that grows, as UTF-8.
 *
 * Outside of the heap: lines and events wait for others, up to a second, and thousands of strings that outlive a
 * scavenge or two are copied and marked. Fast path: 14 µs a message (bench w2); equal by `log.test.ts` and
 * `event-batch.test.ts`.
 */

const FIRST_CAPACITY = 65_536;
/** UTF-8 takes so many octets at most for a UTF-16 code unit. */
export const MAX_OCTETS_OF_UNIT = 3;
const COMMA = 0x2c;

export class TextOctets {
  #octets = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Octets of the memory that it has. */
  get capacity(): number {
    return this.#octets.length;
  }

  /** Appends US-ASCII, of few characters: a call into V8's C++ costs more than storing them does. */
  appendMark(mark: string): void {
    this.#makeRoom(mark.length);
    for (let at = 0; at < mark.length; at += 1) this.#octets[this.#length + at] = mark.charCodeAt(at);
    this.#length += mark.length;
  }

  append(text: string): void {
    this.#makeRoom(text.length * MAX_OCTETS_OF_UNIT);
    this.#length += this.#octets.write(text, this.#length);
  }

  /**
   * Appends the JSON object `{…head,…body}`, and copies neither to put them together.
   *
   * @param head a JSON object with fields, without its closing brace
   * @param body a JSON object with fields
   */
  appendObject(head: string, body: string): void {
    this.append(head);
    const bodyAt = this.#length;
    this.append(body);
    this.#octets[bodyAt] = COMMA;
  }

  /** Takes the last `octets` away. */
  cut(octets: number): void {
    this.#length -= octets;
  }

  /** The octets themselves, good until it changes. */
  view(): Buffer {
    return this.#octets.subarray(0, this.#length);
  }

  textFrom(start: number, end: number): string {
    return this.#octets.toString('utf8', start, end);
  }

  #makeRoom(octets: number): void {
    const wanted = this.#length + octets;
    if (wanted <= this.#octets.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(wanted, 2 * this.#octets.length));
    this.#octets.copy(grown, 0, 0, this.#length);
    this.#octets = grown;
  }
}
