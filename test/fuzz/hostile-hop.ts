/** The connection to a hop that says given segments, in its turn or out of it, and then hangs up; no network. */
import { Duplex } from 'node:stream';
import type { Random } from './random.ts';

const END_OF_DATA = '\r\n.\r\n';

export class HostileHop extends Duplex {
  hasEndOfData = false;
  /** All that it said and that has arrived, and the part that arrived after the end of data; Latin-1. */
  arrived = '';
  arrivedBehindEnd = '';
  readonly #segments: Buffer[];
  readonly #random: Random;
  readonly #isOutOfTurn: boolean;
  #said = '';
  #heard = '';
  #owedReplies = 0;
  #isInContent = false;

  constructor(segments: readonly Buffer[], random: Random) {
    super({ allowHalfOpen: false });
    this.#segments = [...segments];
    this.#random = random;
    // Half of all hops speak in their turn, so that many get as far as the end of a message.
    this.#isOutOfTurn = random.once(2);
    this.on('data', (octets: Buffer) => {
      this.arrived += octets.toString('latin1');
      if (this.hasEndOfData) this.arrivedBehindEnd += octets.toString('latin1');
    });
    if (this.#isOutOfTurn) setImmediate(() => this.#speak());
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const text = chunk.toString('latin1');
    this.#heard += text;
    if (!this.#isInContent) {
      this.#owedReplies += text.split('\r\n').length - 1;
      this.#isInContent = this.#heard.endsWith('DATA\r\n');
    } else if (this.#heard.endsWith(END_OF_DATA)) {
      this.#isInContent = false;
      this.hasEndOfData = true;
      this.#owedReplies += 1;
    }
    done();
    setImmediate(() => (this.#isOutOfTurn ? this.#speak() : this.#answer()));
  }

  /** A line that ends a reply for each command that has none, as far as there are any. */
  #answer(): void {
    for (; this.#owedReplies > 0; this.#owedReplies -= 1) {
      const start = this.#said.length;
      while (!/^\d{3}(?: .*)?\r\n/m.test(this.#said.slice(start)) && this.#sayNext());
    }
    if (this.#segments.length === 0) this.#hangUp();
  }

  #speak(): void {
    for (let turns = 1 + this.#random.below(4); turns > 0; turns -= 1) this.#sayNext();
    if (this.#segments.length === 0) this.#hangUp();
    else setImmediate(() => this.#speak());
  }

  /** Whether there was anything left to say. */
  #sayNext(): boolean {
    const segment = this.#segments.shift();
    if (segment === undefined || this.destroyed) return false;
    this.#said += segment.toString('latin1');
    this.push(segment);
    return true;
  }

  #hangUp(): void {
    setImmediate(() => {
      if (this.destroyed || this.readableEnded) return;
      if (this.#random.once(2)) this.destroy();
      else this.push(null);
    });
  }
}
