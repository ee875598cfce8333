/**
 * Gathers the fields that say who a message is from out of content that streams by (RFC 5322 sections 2.2 and 3.6).
 *
 * It is read for one purpose: no one may write another's address there. So a field is gathered whole, and what one
 * reader could take for such a field and another could not makes the header unreadable: a name that is folded, or has
 * anything but blanks before its colon; no colon; more octets than are kept; a line that begins with neither a
 * printable character nor a blank, which some join to the line above.
 */

export interface GatheredField {
  /** In lower case. */
  readonly name: string;
  /** What follows the colon, folds included and the last CR LF not; one character an octet. */
  readonly value: string;
}

export type GatheredFields =
  | { readonly kind: 'fields'; readonly fields: readonly GatheredField[] }
  | { readonly kind: 'unreadable' };

/** Octets of one field with all its lines; hundreds of addresses. */
const MAX_FIELD_OCTETS = 16_384;
/** Fields of all names; no honest message has as many. */
const MAX_FIELDS = 50;
const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;
/** Characters of a name that are kept: more than any name has that is looked for. */
const MAX_NAME = 32;

type FieldUnderWay =
  | {
      readonly kind: 'name';
      /** Its printable characters so far, in lower case; those beyond `MAX_NAME` are not kept. */
      name: string;
      hasBlank: boolean;
      /** Nothing but printable characters, then blanks. */
      isClean: boolean;
      octets: number;
    }
  | { readonly kind: 'value'; readonly name: string; value: string }
  /** One that is not looked for. */
  | { readonly kind: 'other' };

const OTHER: FieldUnderWay = { kind: 'other' };

export class HeaderFieldsReader {
  readonly #names: readonly string[];
  readonly #fields: GatheredField[] = [];
  #field: FieldUnderWay | undefined;
  #isDone = false;
  #isUnreadable = false;
  #isAtLineStart = true;
  /** The line under way begins with a dot that is transparency and no part of it (RFC 5321 section 4.5.2). */
  #hasLeadingDot = false;

  /** @param names of the fields looked for, in lower case */
  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** Whether the header is over, or can no longer be read; what follows need not be given. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Takes content as it goes to a next hop: dot-stuffed, lines ended by CR LF, cut anywhere. */
  receive(octets: Uint8Array): void {
    let at = 0;
    while (!this.#isDone && at < octets.length) {
      if (this.#isAtLineStart) {
        at += this.#startLine(octets[at] ?? 0);
        continue;
      }
      const newline = octets.indexOf(LF, at);
      const end = newline === -1 ? octets.length : newline + 1;
      this.#append(octets, at, end);
      if (newline !== -1) this.#isAtLineStart = true;
      at = end;
    }
  }

  /** What the header says; to be asked once it is over, or the content is. */
  result(): GatheredFields {
    if (!this.#isDone) this.#endField();
    return this.#isUnreadable ? { kind: 'unreadable' } : { kind: 'fields', fields: this.#fields };
  }

  #fail(): void {
    this.#isUnreadable = true;
    this.#isDone = true;
  }

  /** Says what a line goes on with by its first octet; returns the octets that are no part of the line's text. */
  #startLine(octet: number): number {
    if (octet === DOT && !this.#hasLeadingDot) {
      this.#hasLeadingDot = true;
      return 1;
    }
    this.#hasLeadingDot = false;
    this.#isAtLineStart = false;
    if (octet === CR || octet === LF) {
      this.#endField();
      this.#isDone = true;
      return 1;
    }
    const isFold = octet === 0x20 || octet === 0x09;
    if (isFold && this.#field?.kind === 'name') this.#field.isClean = false;
    if (isFold ? this.#field === undefined : octet < 0x21 || octet > 0x7e) this.#fail();
    if (!isFold && !this.#isDone) this.#startField();
    return 0;
  }

  #startField(): void {
    this.#endField();
    this.#field = { kind: 'name', name: '', hasBlank: false, isClean: true, octets: 0 };
  }

  /** Takes a part of a line, its newline included. */
  #append(octets: Uint8Array, start: number, end: number): void {
    let at = start;
    while (this.#field?.kind === 'name' && at < end && !this.#isDone) {
      this.#appendToName(this.#field, octets[at] ?? 0);
      at += 1;
    }
    const field = this.#field;
    if (field?.kind !== 'value') return;
    field.value += Buffer.from(octets.buffer, octets.byteOffset + at, end - at).toString('latin1');
    if (field.value.length > MAX_FIELD_OCTETS) this.#fail();
  }

  #appendToName(field: Extract<FieldUnderWay, { kind: 'name' }>, octet: number): void {
    field.octets += 1;
    if (octet === 0x3a) {
      this.#endName(field);
    } else if (octet === 0x20 || octet === 0x09) {
      field.hasBlank = true;
    } else if (octet < 0x21 || octet > 0x7e) {
      // A newline too: what follows it is a fold, or the field ends without its colon.
      field.isClean = false;
    } else {
      if (field.hasBlank) field.isClean = false;
      if (field.name.length < MAX_NAME) field.name += String.fromCharCode(octet).toLowerCase();
      if (!this.#couldBe(field.name)) this.#field = OTHER;
    }
    if (field.octets > MAX_FIELD_OCTETS && this.#field === field) this.#fail();
  }

  /** At the colon. */
  #endName({ name, isClean }: Extract<FieldUnderWay, { kind: 'name' }>): void {
    this.#field = OTHER;
    if (!isClean) this.#failIfLookedFor(name);
    else if (this.#names.includes(name)) this.#field = { kind: 'value', name, value: '' };
  }

  #endField(): void {
    const field = this.#field;
    this.#field = undefined;
    if (field?.kind === 'name') this.#failIfLookedFor(field.name);
    if (field?.kind !== 'value') return;
    this.#fields.push({ name: field.name, value: field.value.replace(/\r\n$/, '') });
    if (this.#fields.length > MAX_FIELDS) this.#fail();
  }

  /** The beginning decides: what else belongs to the name cannot be told. */
  #failIfLookedFor(name: string): void {
    if (this.#names.some((wanted) => name.startsWith(wanted))) this.#fail();
  }

  /** Whether the printable characters so far may yet become a name that is looked for, or begin with one. */
  #couldBe(name: string): boolean {
    return this.#names.some((wanted) => wanted.startsWith(name) || name.startsWith(wanted));
  }
}
