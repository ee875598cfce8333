/**
 * Reads the From field out of content that streams by, and the addresses out of its value (RFC 5322 section 3.6.2).
 *
 * It is read for one purpose: nobody may write another's address there. So whatever any reader could take for an
 * address is one here, and what cannot be read for certain is not taken at all.
 */
import { type Mailbox, parseMailbox } from '../../policy/address.ts';

export type HeaderFrom =
  /** No From field; the next hop's own rules apply. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'addresses'; readonly mailboxes: readonly Mailbox[] }
  /** Two From fields, or one that is no list of addresses or too long. */
  | { readonly kind: 'unreadable' };

const LF = 0x0a;
/** Octets of a From field with all its lines; hundreds of addresses. */
const MAX_FIELD_OCTETS = 16_384;
const FIELD_NAME = /^from[ \t]*:/i;
const MAYBE_FIELD_NAME = /^(?:f(?:r(?:om?)?)?)?$|^from[ \t]*$/i;

/** What the line under way can be. */
type Line = 'start' | 'sender' | 'other';

export class HeaderFromReader {
  #isDone = false;
  #line: Line = 'start';
  /** Octets of the line under way, as Latin-1, while it may be a From field's. */
  #text = '';
  /** The field before was From: a line that begins with a blank goes on with it. */
  #isInFrom = false;
  #field = '';
  #fields = 0;

  /** Whether the header is over; what follows need not be given. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Takes content as it goes to a next hop: dot-stuffed, lines ended by CR LF, cut anywhere. */
  receive(octets: Uint8Array): void {
    let at = 0;
    while (!this.#isDone && at < octets.length) {
      const newline = octets.indexOf(LF, at);
      const end = newline === -1 ? octets.length : newline + 1;
      if (this.#line !== 'other') this.#append(Buffer.from(octets.buffer, octets.byteOffset + at, end - at));
      if (newline !== -1) this.#endLine();
      at = end;
    }
  }

  /** What the header says; to be asked once it is over, or the content is. */
  result(): HeaderFrom {
    if (this.#text !== '') this.#endLine();
    if (this.#fields === 0) return { kind: 'absent' };
    if (this.#fields > 1 || this.#field.length > MAX_FIELD_OCTETS) return { kind: 'unreadable' };
    const mailboxes = parseFrom(Buffer.from(this.#field, 'latin1').toString('utf8'));
    return mailboxes === undefined ? { kind: 'unreadable' } : { kind: 'addresses', mailboxes };
  }

  #append(octets: Buffer): void {
    const text = this.#text + octets.toString('latin1');
    this.#text = text.length > MAX_FIELD_OCTETS ? text.slice(0, MAX_FIELD_OCTETS + 1) : text;
    if (this.#line === 'start') this.#line = this.#classify(unstuffed(this.#text));
  }

  #classify(text: string): Line {
    if (/^[ \t]/.test(text)) return this.#isInFrom ? 'sender' : 'other';
    if (FIELD_NAME.test(text)) return 'sender';
    return MAYBE_FIELD_NAME.test(text) || /^\r?\n?$/.test(text) ? 'start' : 'other';
  }

  #endLine(): void {
    const text = unstuffed(this.#text).replace(/\r?\n$/, '');
    const isContinuation = /^[ \t]/.test(text);
    if (this.#line === 'start' && text === '') this.#isDone = true;
    if (this.#line === 'sender' && !isContinuation) {
      this.#fields += 1;
      if (this.#fields === 1) this.#field = text.replace(FIELD_NAME, '');
    } else if (this.#line === 'sender' && this.#fields === 1 && this.#field.length <= MAX_FIELD_OCTETS) {
      this.#field += text;
    }
    // A blank line's blanks go on with the field before, whatever it is.
    if (this.#line !== 'other' || !isContinuation) this.#isInFrom = this.#line === 'sender';
    this.#text = '';
    this.#line = 'start';
  }
}

/** A leading dot is transparency and no part of the line (RFC 5321 section 4.5.2). */
function unstuffed(text: string): string {
  return text.startsWith('.') ? text.slice(1) : text;
}

/**
 * All addresses of a mailbox-list or group (RFC 5322 section 3.4, RFC 6854); `undefined` when there is none, or when
 * any of it could be read in two ways: unbalanced quotes, brackets or comments, a source route, a bad address.
 */
export function parseFrom(value: string): readonly Mailbox[] | undefined {
  const plain = withoutComments(value);
  if (plain === undefined) return undefined;
  const mailboxes: Mailbox[] = [];
  for (const entry of entriesOf(plain)) {
    for (const candidate of candidatesIn(entry)) {
      const mailbox = parseMailbox(candidate.replace(/[ \t]*([@.])[ \t]*/g, '$1').trim());
      if (!mailbox.ok) return undefined;
      mailboxes.push(mailbox.value);
    }
  }
  return mailboxes.length === 0 ? undefined : mailboxes;
}

/** A quoted string stays; each comment becomes a blank. */
function withoutComments(value: string): string | undefined {
  let plain = '';
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < value.length; at += 1) {
    const character = value.charAt(at);
    if (character === '\\' && (isQuoted || depth > 0)) {
      if (depth === 0) plain += value.slice(at, at + 2);
      at += 1;
    } else if (depth === 0 && character === '"') {
      isQuoted = !isQuoted;
      plain += character;
    } else if (!isQuoted && character === '(') {
      depth += 1;
      plain += ' ';
    } else if (!isQuoted && character === ')') {
      depth -= 1;
      if (depth < 0) return undefined;
    } else if (depth === 0) {
      plain += character;
    }
  }
  return isQuoted || depth > 0 ? undefined : plain;
}

/** Quoted strings are one token each, so that nothing inside them parts or names anything. */
const TOKEN = /"(?:\\.|[^"\\])*"|[^"]/gs;

/** The entries of the list: parted by commas, and by the colon and semicolon of a group. */
function entriesOf(plain: string): readonly string[] {
  const entries = [''];
  let isInBrackets = false;
  for (const [token] of plain.matchAll(TOKEN)) {
    if (token === '<') isInBrackets = true;
    if (token === '>') isInBrackets = false;
    const parts = token === ',' || token === ';' || token === ':';
    if (parts && !isInBrackets) entries.push('');
    else entries.push((entries.pop() ?? '') + token);
  }
  return entries;
}

/** What stands in angle brackets, and besides whatever has an @ outside of quotes. */
function candidatesIn(entry: string): readonly string[] {
  const candidates: string[] = [];
  let outside = '';
  let inside: string | undefined;
  for (const [token] of entry.matchAll(TOKEN)) {
    if (token === '<' && inside === undefined) inside = '';
    else if (token === '>' && inside !== undefined) {
      candidates.push(inside);
      inside = undefined;
    } else if (inside === undefined) outside += token;
    else inside += token;
  }
  // Brackets that do not match: whatever they hold is no address, and the whole is not read.
  if (inside !== undefined || /[<>]/.test(outside.replaceAll(/"(?:\\.|[^"\\])*"/gs, ''))) return ['<'];
  const hasAt = outside.replaceAll(/"(?:\\.|[^"\\])*"/gs, '').includes('@');
  return hasAt ? [...candidates, outside] : candidates;
}
