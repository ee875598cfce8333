/** What was read of a client and waits to be used: one chunk, unless the client is read before it is used up. */
import { UsedChunks } from './used-chunks.ts';

const DATA_VERB = [...Buffer.from('DATA')];
/** Takes a letter's lower case away; what is no letter of the verb does not become one. */
const UPPER_CASE = 0xdf;
const CR = 0x0d;
const LF = 0x0a;

export class ReceivedOctets {
  #chunk: Buffer | undefined;
  /** Where the octets begin that are not used. */
  #at = 0;
  readonly #used = new UsedChunks();

  get isEmpty(): boolean {
    return this.#chunk === undefined;
  }

  add(chunk: Buffer): void {
    this.#chunk = this.#chunk === undefined ? chunk : Buffer.concat([this.#chunk.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  drop(): void {
    this.#chunk = undefined;
  }

  /** @param take uses octets of the chunk from `at` on, and returns where it came to */
  use(take: (chunk: Buffer, at: number) => number): void {
    const chunk = this.#chunk;
    if (chunk === undefined) return;
    this.#at = take(chunk, this.#at);
    if (this.#at < chunk.length) return;
    this.#used.add(chunk);
    this.#chunk = undefined;
  }

  /** @param isSent asked only where there is memory to give back; see `UsedChunks` */
  settle(isSent: () => boolean | undefined): void {
    if (this.#used.count > 0) this.#used.settle(isSent());
  }

  /** Whether the next line is DATA. */
  get isDataNext(): boolean {
    const chunk = this.#chunk;
    if (chunk === undefined) return false;
    const end = this.#at + DATA_VERB.length;
    if (chunk[end] !== CR || chunk[end + 1] !== LF) return false;
    return DATA_VERB.every((letter, index) => ((chunk[this.#at + index] ?? 0) & UPPER_CASE) === letter);
  }
}
