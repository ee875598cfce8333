/**
 * A strict reader of lists of addresses, such as the value of a From field (RFC 5322 section 3.4, RFC 6854), folded or
 * not.
 *
 * It is asked whose addresses a field shows, and mail programs read odd fields in different ways. So every octet must
 * belong to something that the grammar names, and what two readers in use are known to read in two ways is not read at
 * all, lawful or not: blanks and comments inside an address, routes, specials in a nested comment, encoded words in an
 * address. Three habits of programs beyond the grammar are read: a semicolon where a comma belongs, an address as an
 * unquoted name, which counts as an address, and a comma in an unquoted name.
 */
import { type Mailbox, parseMailbox } from '../../policy/address.ts';
import { type ListToken, tokensOf } from './address-tokens.ts';

/** Addresses; a field with more is not read. Honest ones have one to ten. */
const MAX_ADDRESSES = 100;
/** What could be an address, or part two, for a reader that undoes quotes too early. */
const ODD_IN_LOCAL_PART = /[@<>()[\]:;,\\"]/;
/** Characters that are not seen, but for the blank of a quoted string. */
const UNSEEN = /(?! )[\p{Z}\p{C}]/u;
/** A part of an encoded word (RFC 2047), which some readers decode before they look for addresses. */
const ENCODED_PART = /=\?|\?=/;

/** All addresses of a list, in their order; `undefined` when there is none, or when the list cannot be read for certain. */
export function parseAddressList(value: string): readonly Mailbox[] | undefined {
  const tokens = tokensOf(value);
  if (tokens === undefined) return undefined;
  const reader = new ListReader(tokens);
  return reader.read() && reader.mailboxes.length > 0 ? reader.mailboxes : undefined;
}

/** Goes over the tokens once; what it is at is always the start of an entry, or the mark that ends one. */
class ListReader {
  readonly mailboxes: Mailbox[] = [];
  readonly #tokens: readonly ListToken[];
  #at = 0;
  #isInGroup = false;
  /** Words before a comma that can only be the first part of a name, `Foo, Inc. <a@example.com>`. */
  #isInName = false;

  constructor(tokens: readonly ListToken[]) {
    this.#tokens = tokens;
  }

  /** Whether all could be read. */
  read(): boolean {
    while (this.#at < this.#tokens.length) {
      if (!this.#readEntry() || this.mailboxes.length > MAX_ADDRESSES) return false;
    }
    return !this.#isInGroup && !this.#isInName;
  }

  /** Reads an entry and the mark after it. */
  #readEntry(): boolean {
    const head = this.#upTo('<:,;');
    const mark = this.#next();
    switch (mark?.text) {
      case '<':
        return this.#readBracketed(head);
      case ':':
        return this.#startGroup(head);
      default:
        return this.#endPlain(head, mark) && (mark?.text !== ';' || this.#endGroup());
    }
  }

  /** The tokens before the first of these marks, or before the end. */
  #upTo(marks: string): readonly ListToken[] {
    const start = this.#at;
    while (this.#at < this.#tokens.length) {
      const token = this.#tokens[this.#at];
      if (token?.kind === 'mark' && marks.includes(token.text)) break;
      this.#at += 1;
    }
    return this.#tokens.slice(start, this.#at);
  }

  #next(): ListToken | undefined {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    return token;
  }

  /** `Name <address>` from after its bracket, and the mark that ends the entry. */
  #readBracketed(name: readonly ListToken[]): boolean {
    if (this.#isInName && !isPlainName(name)) return false;
    this.#isInName = false;
    if (name.length > 0 && !isPhrase(name) && !this.#addMailbox(name)) return false;
    const inside = this.#upTo('>');
    if (this.#next()?.text !== '>' || !this.#addMailbox(inside)) return false;
    const end = this.#next();
    if (end?.kind !== 'mark') return false;
    return end.text === '' || end.text === ',' || (end.text === ';' && this.#endGroup());
  }

  #startGroup(name: readonly ListToken[]): boolean {
    if (this.#isInGroup || this.#isInName || !isGroupName(name)) return false;
    this.#isInGroup = true;
    return true;
  }

  /** Reads on after a semicolon: a group ends, and what follows it must be another entry; without one it stands for a comma. */
  #endGroup(): boolean {
    if (!this.#isInGroup) return true;
    this.#isInGroup = false;
    const next = this.#next();
    return next?.kind === 'mark' && next.gap !== 'comment' && (next.text === ',' || next.text === '');
  }

  /** An entry without brackets: an address, nothing (RFC 5322 section 4.4), or the part of a name before its comma. */
  #endPlain(entry: readonly ListToken[], mark: ListToken | undefined): boolean {
    // A comment alone is shown as the author by readers who have nothing else to show.
    const isCommented = mark?.gap === 'comment';
    if (this.#isInName || isPlainName(entry)) {
      this.#isInName = true;
      return mark?.text === ',' && !isCommented && isPlainName(entry);
    }
    return entry.length === 0 ? !isCommented : this.#addMailbox(entry);
  }

  #addMailbox(tokens: readonly ListToken[]): boolean {
    const mailbox = mailboxOf(tokens);
    if (mailbox !== undefined) this.mailboxes.push(mailbox);
    return mailbox !== undefined;
  }
}

/** RFC 5322 section 3.2.5, with the dots of section 4.1. */
function isPhrase(tokens: readonly ListToken[]): boolean {
  // What stands before a comma inside an encoded word is an entry of its own for readers who decode last.
  const hasComma = tokens.some(({ kind, text }) => kind === 'encoded' && text.includes(','));
  const isPart = ({ kind, text }: ListToken): boolean =>
    kind === 'word' || kind === 'encoded' || (kind === 'quoted' && !hasComma) || text === '.';
  return tokens.length > 0 && tokens.every(isPart);
}

/** The name of a group is shown where an author's is: it must not look like an address, nor when it is decoded. */
function isGroupName(tokens: readonly ListToken[]): boolean {
  return isPhrase(tokens) && tokens.every(({ text }) => !text.includes('@') && !ENCODED_PART.test(text));
}

/** Words alone that are seen: no reader takes one for an address, or shows a comment in its place. */
function isPlainName(tokens: readonly ListToken[]): boolean {
  const isPlain = ({ kind, text, gap }: ListToken): boolean =>
    gap !== 'comment' && (text === '.' || (kind === 'word' && !ENCODED_PART.test(text) && !UNSEEN.test(text)));
  return tokens.length > 0 && tokens.every(isPlain);
}

/** The address that the tokens are, from the first to the last; `undefined` when they are none, or not for all readers. */
function mailboxOf(tokens: readonly ListToken[]): Mailbox | undefined {
  // `x@corp.example .evil` is one address in the old syntax, and another in the readers that end it at the blank.
  if (tokens.slice(1).some(({ gap }) => gap !== 'none')) return undefined;
  const text = tokens.map((token) => token.text).join('');
  // IDNA drops or maps them: the domain would be another than the one that is shown.
  if (UNSEEN.test(text) || text.normalize('NFKC') !== text) return undefined;
  const mailbox = parseMailbox(text);
  if (!mailbox.ok) return undefined;
  const { localPart } = mailbox.value;
  return ODD_IN_LOCAL_PART.test(localPart) || ENCODED_PART.test(localPart) ? undefined : mailbox.value;
}
