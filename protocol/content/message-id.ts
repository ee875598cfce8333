/**
 * Takes the Message-ID (RFC 5322 section 3.6.4) out of content that streams by, for the record: by it people find a message.
 *
 * Nothing is decided by it, so it is read as it stands: the first field of the name, folds joined. Lines that cannot be it
 * are skipped by their newline; after the header nothing is looked at.
 */
const NAME = Buffer.from('message-id');
const CR = 0x0d;
const LF = 0x0a;
const COLON = 0x3a;
const BLANK = 0x20;
const TAB = 0x09;
/** Octets of the field that are kept; a line has no more (RFC 5322 section 2.1.1). */
const MAX_OCTETS = 998;

type Place =
  /** At the beginning of a line; `fold`: of one that may go on with the value. */
  | 'line-start'
  | 'fold'
  | 'name'
  | 'value'
  /** In a line that is another field's. */
  | 'other'
  | 'done';

export class MessageIdReader {
  #place: Place = 'line-start';
  /** Octets of the name that were met. */
  #matched = 0;
  #kept: Buffer[] = [];
  #octets = 0;

  get isDone(): boolean {
    return this.#place === 'done';
  }

  /** Without its angle brackets; `undefined` as long as there is none. */
  get value(): string | undefined {
    if (this.#octets === 0) return undefined;
    // Half a character, where the field was cut, becomes a replacement.
    const text = Buffer.concat(this.#kept)
      .toString('utf8')
      .replace(/[\x00-\x20\x7F]+/g, '');
    const id = /<([^<>]*)>/.exec(text)?.[1] ?? text;
    return id === '' ? undefined : id.slice(0, MAX_OCTETS).toWellFormed();
  }

  /** Takes content, cut anywhere. */
  receive(octets: Uint8Array): void {
    let at = 0;
    while (at < octets.length && this.#place !== 'done') at = this.#step(octets, at);
  }

  /** Takes some octets from `at` on, and returns the offset after them. */
  #step(octets: Uint8Array, at: number): number {
    const octet = octets[at] ?? 0;
    switch (this.#place) {
      case 'fold':
      case 'line-start':
        return this.#startLine(octet, at);
      case 'name':
        return this.#matchName(octet, at);
      default: {
        const newline = octets.indexOf(LF, at);
        const end = newline === -1 ? octets.length : newline;
        if (this.#place === 'value') this.#keep(octets.subarray(at, end));
        if (newline === -1) return end;
        this.#place = this.#place === 'value' ? 'fold' : 'line-start';
        return end + 1;
      }
    }
  }

  #startLine(octet: number, at: number): number {
    const isFold = octet === BLANK || octet === TAB;
    if (this.#place === 'fold') {
      this.#place = isFold ? 'value' : 'done';
      return at;
    }
    if (octet === CR || octet === LF) this.#place = 'done';
    // "M" and "m": the first octet tells almost every other line.
    else if ((octet | 0x20) === NAME[0]) this.#place = 'name';
    else this.#place = 'other';
    this.#matched = 0;
    return at;
  }

  #matchName(octet: number, at: number): number {
    if (this.#matched < NAME.length && (octet | 0x20) === NAME[this.#matched] && octet !== CR) this.#matched += 1;
    else if (this.#matched === NAME.length && octet === COLON) this.#place = 'value';
    // The old syntax has blanks before the colon (RFC 5322 section 4.5).
    else if (this.#matched !== NAME.length || (octet !== BLANK && octet !== TAB)) {
      this.#place = 'other';
      return at;
    }
    return at + 1;
  }

  #keep(octets: Uint8Array): void {
    const room = MAX_OCTETS - this.#octets;
    if (room <= 0) return;
    this.#kept.push(Buffer.from(octets.subarray(0, room)));
    this.#octets += Math.min(room, octets.length);
  }
}
