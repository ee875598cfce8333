/** Undoes the transparency of RFC 5321 section 4.5.2: SES takes a message as it is. */

const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;
const CRLF_DOT = Buffer.from('\r\n.');

/** How much of a line end the octets before have brought; the message begins at the start of a line. */
type LineEnd = 'none' | 'CR' | 'CR LF';

/** Takes away the first dot of each line that begins with one; only CR LF ends a line. Chunks may part anywhere. */
export class DotUnstuffer {
  #before: LineEnd = 'CR LF';

  /** The octets of `chunk` that belong to the message, in order, as views of it. */
  unstuff(chunk: Uint8Array): readonly Uint8Array[] {
    const octets = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const parts: Uint8Array[] = [];
    const keep = (from: number, to: number): void => {
      if (to > from) parts.push(octets.subarray(from, to));
    };
    let from = 0;
    const firstDot = this.#dotAfterEarlierLineEnd(octets);
    if (firstDot !== -1) {
      keep(0, firstDot);
      from = firstDot + 1;
    }
    for (let at = octets.indexOf(CRLF_DOT, from); at !== -1; at = octets.indexOf(CRLF_DOT, from)) {
      keep(from, at + 2);
      from = at + 3;
    }
    keep(from, octets.length);
    this.#before = this.#lineEndAfter(octets);
    return parts;
  }

  /** Where a dot stands that a line end begun in an earlier chunk makes the first of its line; -1 for none. */
  #dotAfterEarlierLineEnd(octets: Buffer): number {
    if (this.#before === 'CR LF' && octets[0] === DOT) return 0;
    if (this.#before === 'CR' && octets[0] === LF && octets[1] === DOT) return 1;
    return -1;
  }

  #lineEndAfter(octets: Buffer): LineEnd {
    const last = octets.at(-1);
    if (last === undefined) return this.#before;
    if (last === CR) return 'CR';
    if (last !== LF) return 'none';
    const hasCr = octets.length > 1 ? octets.at(-2) === CR : this.#before === 'CR';
    return hasCr ? 'CR LF' : 'none';
  }
}
