/** A message as the conditions of screening rules ask about it; what is compared often is made comparable once. */
import { comparable, type Glob, matchesGlob } from './glob.ts';
import { addressesOf, canonicalAddressOf } from './message-addresses.ts';
import type { MimeFacts, PartFacts } from './message-facts.ts';
import type { HeaderCondition, ScreenConditions } from './screen-conditions.ts';
import { onOneLine } from './words.ts';

/** Fields whose addresses are the sender's, and the recipients'. */
const SENDER_FIELDS = 'from sender resent-from resent-sender reply-to'.split(' ');
const RECIPIENT_FIELDS = 'to cc bcc resent-to resent-cc'.split(' ');

/** An address, and all patterns that match it. */
interface Correspondent {
  readonly address: string;
  readonly patterns: readonly string[];
}

/** @param address canonical; empty for a bounce */
function correspondent(address: string): Correspondent {
  if (address === '') return { address, patterns: ['<>'] };
  return { address, patterns: ['*', address, `*${address.slice(address.lastIndexOf('@'))}`] };
}

function correspondentOf(envelopeAddress: string): Correspondent {
  return correspondent(canonicalAddressOf(envelopeAddress) ?? envelopeAddress.toLowerCase());
}

function isAmong({ patterns }: Correspondent, wanted: readonly string[]): boolean {
  for (const pattern of patterns) if (wanted.includes(pattern)) return true;
  return false;
}

/** Characters of a matched fact that are told. */
const MAX_TOLD = 120;

function told(kind: string, value: string): string {
  const cut = value.length > MAX_TOLD ? `${value.slice(0, MAX_TOLD).toWellFormed()}…` : value;
  return `${kind} ${cut}`;
}

export class Subject {
  readonly #facts: MimeFacts;
  readonly #envelope: { readonly sender: string; readonly recipients: readonly string[] };
  #names: Map<PartFacts, readonly (readonly [name: string, comparable: string])[]> | undefined;
  /** The envelope's. */
  #sender: Correspondent | undefined;
  #envelopeRecipients: readonly Correspondent[] | undefined;
  /** Those of the header too. */
  #senders: readonly Correspondent[] | undefined;
  #recipients: readonly Correspondent[] | undefined;
  #body: readonly string[] | undefined;
  #subjectLines: readonly string[] | undefined;

  constructor(facts: MimeFacts, envelope: { readonly sender: string; readonly recipients: readonly string[] }) {
    this.#facts = facts;
    this.#envelope = envelope;
  }

  messageOver(octets: number): string | undefined {
    return this.#facts.octets > octets ? told('messageOctets', String(this.#facts.octets)) : undefined;
  }

  sender(patterns: readonly string[]): string | undefined {
    this.#senders ??= [this.#ownSender(), ...this.#correspondentsIn(SENDER_FIELDS)];
    const found = this.#senders.find((each) => isAmong(each, patterns));
    return found === undefined ? undefined : told('sender', found.address === '' ? '<>' : found.address);
  }

  recipient(patterns: readonly string[]): string | undefined {
    this.#recipients ??= [...this.#ownRecipients(), ...this.#correspondentsIn(RECIPIENT_FIELDS)];
    const found = this.#recipients.find((each) => isAmong(each, patterns));
    return found === undefined ? undefined : told('recipient', found.address);
  }

  /** Whether the envelope's sender is excepted: what the header says, the sender may have written for that. */
  isSenderExcepted(patterns: readonly string[]): boolean {
    return isAmong(this.#ownSender(), patterns);
  }

  /** Whether each recipient of the envelope is excepted: one more is easily added. */
  areRecipientsExcepted(patterns: readonly string[]): boolean {
    return this.#ownRecipients().every((each) => isAmong(each, patterns));
  }

  words(words: RegExp, where: 'subject' | 'body' | 'both'): string | undefined {
    if (where !== 'body') {
      this.#subjectLines ??= this.#readings('subject').map(comparable);
      const found = firstMatch(words, this.#subjectLines);
      if (found !== undefined) return told('words in subject', found);
    }
    if (where === 'subject') return undefined;
    this.#body ??= this.#facts.text.map(comparable);
    const found = firstMatch(words, this.#body);
    return found === undefined ? undefined : told('words in body', found);
  }

  field(conditions: readonly HeaderCondition[]): string | undefined {
    for (const { name, value } of conditions) {
      for (const field of this.#facts.header) {
        if (field.name !== name) continue;
        for (const reading of field.readings)
          if (matchesGlob(comparable(reading), value)) return told('header', `${name}: ${reading}`);
      }
    }
    return undefined;
  }

  structure(flags: readonly string[]): string | undefined {
    const odd = this.#facts.structure.find(({ flag }) => flags.includes(flag));
    return odd === undefined ? undefined : told('structure', `${odd.flag} (${odd.reason})`);
  }

  /** The facts by which one attachment meets all of `when`, and escapes `except`. */
  attachment(when: ScreenConditions, except: ScreenConditions): readonly string[] | undefined {
    for (const part of this.#facts.parts) {
      const facts = this.#meets(part, when, except);
      if (facts !== undefined) return facts;
    }
    return undefined;
  }

  /**
   * Whether an attachment takes back a rule that asks nothing of attachments: it meets all of `except`, and each of its
   * names does.
   */
  hasExcepted({ attachment, ...except }: ScreenConditions): boolean {
    return this.#facts.parts.some(
      (part) =>
        this.#meets(part, except, {}) !== undefined && (attachment === undefined || this.#isExcepted(part, attachment)),
    );
  }

  #meets(part: PartFacts, when: ScreenConditions, except: ScreenConditions): string[] | undefined {
    const facts: string[] = [];
    const { attachmentOctets: over } = when;
    if (over !== undefined) {
      if (!part.isAttachment || part.octets <= over) return undefined;
      facts.push(told('attachmentOctets', String(part.octets)));
    }
    if (except.attachmentOctets !== undefined && part.octets > except.attachmentOctets) return undefined;
    if (when.attachmentType !== undefined) {
      const type = matchedType(part, when.attachmentType);
      if (type === undefined) return undefined;
      facts.push(told('attachmentType', type));
    }
    if (except.attachmentType !== undefined && matchedType(part, except.attachmentType) !== undefined) return undefined;
    if (when.attachment === undefined) return this.#isExcepted(part, except.attachment) ? undefined : facts;
    const name = this.#matchedName(part, when.attachment, except.attachment);
    return name === undefined ? undefined : [...facts, told('attachment', name)];
  }

  /** A part without a name is excepted by none; one with several, only where each is. */
  #isExcepted(part: PartFacts, globs: readonly Glob[] | undefined): boolean {
    const names = this.#namesOf(part);
    return names.length > 0 && names.every(([, name]) => matchesAny(name, globs));
  }

  #matchedName(part: PartFacts, globs: readonly Glob[], excepted: readonly Glob[] | undefined): string | undefined {
    const found = this.#namesOf(part).find(([, name]) => matchesAny(name, globs) && !matchesAny(name, excepted));
    return found?.[0];
  }

  #namesOf(part: PartFacts): readonly (readonly [name: string, comparable: string])[] {
    this.#names ??= new Map();
    const known = this.#names.get(part);
    if (known !== undefined) return known;
    const names = [...part.names, ...part.namesInside].map((name) => [name, comparable(name)] as const);
    this.#names.set(part, names);
    return names;
  }

  #readings(name: string): readonly string[] {
    return this.#facts.header.filter((field) => field.name === name).flatMap(({ readings }) => readings);
  }

  #ownSender(): Correspondent {
    this.#sender ??= correspondentOf(this.#envelope.sender);
    return this.#sender;
  }

  #ownRecipients(): readonly Correspondent[] {
    this.#envelopeRecipients ??= this.#envelope.recipients.map(correspondentOf);
    return this.#envelopeRecipients;
  }

  #correspondentsIn(names: readonly string[]): readonly Correspondent[] {
    const found: Correspondent[] = [];
    for (const { name, readings } of this.#facts.header) {
      if (!names.includes(name)) continue;
      for (const reading of readings) for (const address of addressesOf(reading)) found.push(correspondent(address));
    }
    return found;
  }
}

function matchesAny(name: string, globs: readonly Glob[] | undefined): boolean {
  return globs?.some((glob) => matchesGlob(name, glob)) ?? false;
}

function firstMatch(words: RegExp, texts: readonly string[]): string | undefined {
  for (const text of texts) {
    const [found] = words.exec(text) ?? [];
    if (found !== undefined) return onOneLine(found);
  }
  return undefined;
}

/** A kind is the part's by content or label. HTML and plain text that are the message's body are no attachments. */
function matchedType(part: PartFacts, wanted: readonly string[]): string | undefined {
  const types: readonly string[] = part.types;
  const kind = wanted.find((type) => types.includes(type) && (type !== 'html' || part.isAttachment));
  if (kind !== undefined) return kind;
  return part.mimeTypes.find((mimeType) =>
    wanted.some((type) =>
      type.endsWith('/*') ? mimeType.startsWith(type.slice(0, -1)) : type.includes('/') && type === mimeType,
    ),
  );
}
