/**
 * Removes fields from a message's header as it streams by: a tag that we put on top must not stand beside one that the
 * client wrote itself.
 *
 * Works on dot-stuffed content. Lines end in CR LF; a line that begins with a blank belongs to the field before it. The
 * header ends at the first empty line. Memory is bounded by the longest of the names, however long a line is.
 */

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;

export class FieldRemover {
  readonly #names: ReadonlySet<string>;
  /** Octets after which a line that showed no colon is none of the names: blanks may stand before the colon. */
  readonly #longest: number;
  /** The beginning of a line that is not decided yet. */
  #begun = Buffer.alloc(0);
  #state: 'undecided' | 'keeping' | 'removing' | 'body' = 'undecided';
  #isRemoved = false;
  /** The last octet that was read, to know CR LF across chunks. */
  #last = LF;

  /** @param names of fields, in any case */
  constructor(names: readonly string[]) {
    this.#names = new Set(names.map((name) => name.toLowerCase()));
    this.#longest = Math.max(0, ...names.map(({ length }) => length)) + MAX_BLANKS;
  }

  /** What is left of the next octets. */
  remove(octets: Uint8Array): Uint8Array {
    if (this.#state === 'body' || this.#names.size === 0) return octets;
    const kept: Buffer[] = [];
    const chunk = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
    let at = 0;
    while (at < chunk.length) {
      if (this.#isBody()) {
        kept.push(chunk.subarray(at));
        break;
      }
      at = this.#state === 'undecided' ? this.#decide(chunk, at, kept) : this.#goOn(chunk, at, kept);
    }
    return Buffer.concat(kept);
  }

  /** What stands undecided at the end of the message: it is no field. */
  end(): Uint8Array {
    const rest = this.#begun;
    this.#begun = Buffer.alloc(0);
    return rest;
  }

  #isBody(): boolean {
    return this.#state === 'body';
  }

  /** Reads on until the line at hand shows what it is. */
  #decide(chunk: Buffer, start: number, kept: Buffer[]): number {
    for (let at = start; at < chunk.length; at += 1) {
      const octet = chunk[at] ?? 0;
      const length = this.#begun.length + at - start;
      if (length === 0 && (octet === SPACE || octet === TAB)) {
        // A fold goes the way of its field.
        this.#state = this.#isRemoved ? 'removing' : 'keeping';
        return start;
      }
      if (octet === COLON || octet === LF || length >= this.#longest) {
        const line = Buffer.concat([this.#begun, chunk.subarray(start, at + 1)]);
        this.#begun = Buffer.alloc(0);
        this.#isRemoved =
          octet === COLON &&
          this.#names.has(
            line
              .toString('latin1', 0, line.length - 1)
              .trim()
              .toLowerCase(),
          );
        if (!this.#isRemoved) kept.push(line);
        if (octet !== LF) this.#state = this.#isRemoved ? 'removing' : 'keeping';
        else if (line.length === 2 && line[0] === CR) this.#state = 'body';
        this.#last = octet;
        return at + 1;
      }
    }
    this.#begun = Buffer.concat([this.#begun, chunk.subarray(start)]);
    return chunk.length;
  }

  /** Reads to the end of the line at hand, kept or not. */
  #goOn(chunk: Buffer, start: number, kept: Buffer[]): number {
    let end = chunk.indexOf(LF, start);
    while (end !== -1 && (end === start ? this.#last : chunk[end - 1]) !== CR) end = chunk.indexOf(LF, end + 1);
    const after = end === -1 ? chunk.length : end + 1;
    if (this.#state === 'keeping') kept.push(chunk.subarray(start, after));
    this.#last = chunk[after - 1] ?? this.#last;
    if (end !== -1) this.#state = 'undecided';
    return after;
  }
}

/** Blanks before a colon that readers tolerate (RFC 5322 section 4.5.8), of which this many are read. */
const MAX_BLANKS = 200;
