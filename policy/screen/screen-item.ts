/** The `screen#NNN-name` item: a screening rule as people write it in the console. */

import * as z from 'zod';
import { canonicalAddress, parseMailbox } from '../address.ts';
import {
  attributes,
  oneOf,
  problemOfIssues,
  quoted,
  text,
  textParsedBy,
  trueOrFalse,
  wholeNumber,
} from '../console-value.ts';
import { type ParseResult, parsed, unparsed } from '../result.ts';
import { parseSenderPattern } from '../sender-rule.ts';
import { stringsParsedBy } from '../strings.ts';
import { type Glob, parseGlob } from './glob.ts';
import { ATTACHMENT_TYPES, STRUCTURE_FLAGS } from './message-facts.ts';
import type { HeaderCondition, ScreenConditions } from './screen-conditions.ts';
import { type HeaderTag, SCREEN_ACTIONS, type ScreenRule } from './screen-rule.ts';
import { compileWords, MAX_WORD_CHARACTERS } from './words.ts';

export const SCREEN_PREFIX = 'screen#';

export interface ScreenItem extends ScreenRule {
  readonly kind: 'screen';
}

/** A number first, so that the order of keys is the order of rules. */
const NAME = /^\d{3}-[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?$/;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const MIME_TYPE = /^[!#$%&'*+.^_`|~0-9a-z-]+\/[!#$%&'*+.^_`|~0-9a-z-]+$/;
const PRINTABLE = /^[\x20-\x7E]+$/;
/** Octets of a message; more is never taken. */
const LARGEST_OCTETS = 1_073_741_824;
/** Octets; with code and status a reply line has 512 (RFC 5321 section 4.5.3.1.5). */
const MAX_REPLY_OCTETS = 400;
const MAX_TAG_OCTETS = 900;
const MAX_GLOB_CHARACTERS = 200;

/** Fields that tell what the message is and where it came from: no rule writes them. */
const OWN_FIELDS =
  /^(?:content-.*|mime-version|received|return-path|from|sender|to|cc|bcc|reply-to|subject|date|message-id|in-reply-to|references|dkim-signature|arc-.*|resent-.*)$/i;

function parseNameGlob(typed: string): ParseResult<Glob> {
  if (typed === '') return unparsed('is empty');
  return typed.length > MAX_GLOB_CHARACTERS
    ? unparsed(`${quoted(typed)} is longer than ${MAX_GLOB_CHARACTERS} characters`)
    : parsed(parseGlob(typed));
}

function parseAttachmentType(typed: string): ParseResult<string> {
  const type = typed.toLowerCase();
  const kinds: readonly string[] = ATTACHMENT_TYPES;
  return kinds.includes(type) || MIME_TYPE.test(type)
    ? parsed(type)
    : unparsed(`${quoted(typed)} is neither a MIME type nor one of ${kinds.join(', ')}`);
}

function parseAddressPattern(typed: string): ParseResult<string> {
  if (typed === '<>') return parsed(typed);
  const pattern = parseSenderPattern(typed.includes('@') || typed === '*' ? typed : `*@${typed}`);
  return pattern.ok ? pattern : unparsed(`${quoted(typed)} is neither an address, *@domain, * nor <>`);
}

function parseWord(typed: string): ParseResult<string> {
  if (!/\S/.test(typed)) return unparsed('is empty');
  return typed.length > MAX_WORD_CHARACTERS
    ? unparsed(`${quoted(typed)} is longer than ${MAX_WORD_CHARACTERS} characters`)
    : parsed(typed);
}

function parseHeaderCondition(typed: string): ParseResult<HeaderCondition> {
  const colon = typed.indexOf(':');
  const name = typed.slice(0, Math.max(0, colon)).trim();
  const value = typed.slice(colon + 1).trim();
  if (!TOKEN.test(name) || value === '') return unparsed(`${quoted(typed)} is not Name: glob`);
  return typed.length > MAX_GLOB_CHARACTERS
    ? unparsed(`${quoted(typed)} is longer than ${MAX_GLOB_CHARACTERS} characters`)
    : parsed({ name: name.toLowerCase(), value: parseGlob(value) });
}

function parseStructureFlag(typed: string): ParseResult<(typeof STRUCTURE_FLAGS)[number]> {
  const flag = STRUCTURE_FLAGS.find((each) => each === typed.toLowerCase());
  return flag === undefined
    ? unparsed(`${quoted(typed)} is not allowed; ${STRUCTURE_FLAGS.join(', ')} are`)
    : parsed(flag);
}

function parseReplyText(typed: string): ParseResult<string> {
  return PRINTABLE.test(typed) && typed.length <= MAX_REPLY_OCTETS
    ? parsed(typed)
    : unparsed(`${quoted(typed)} is not a line of printable ASCII of at most ${MAX_REPLY_OCTETS} characters`);
}

function parseForwardAddress(typed: string): ParseResult<string> {
  const mailbox = parseMailbox(typed);
  return mailbox.ok ? parsed(canonicalAddress(mailbox.value)) : unparsed(`${quoted(typed)} is not an address`);
}

function parseTag(typed: string): ParseResult<HeaderTag> {
  const colon = typed.indexOf(':');
  const name = typed.slice(0, Math.max(0, colon)).trim();
  const value = typed.slice(colon + 1).trim();
  if (!TOKEN.test(name) || !PRINTABLE.test(value))
    return unparsed(`${quoted(typed)} is not Name: value in printable ASCII`);
  if (typed.length > MAX_TAG_OCTETS) return unparsed(`${quoted(typed)} is longer than ${MAX_TAG_OCTETS} characters`);
  return OWN_FIELDS.test(name)
    ? unparsed(`${quoted(name)} is a field that no rule may write`)
    : parsed({ name, value });
}

/** A set of strings that may hold blanks; one string is one value, unless a comma or a semicolon makes it look like several. */
function phrasesParsedBy<T>(parse: (text: string) => ParseResult<T>) {
  const listed = (value: unknown): unknown => (typeof value === 'string' && !/[,;]/.test(value) ? [value] : value);
  return z.preprocess(listed, stringsParsedBy(parse));
}

const addressPatterns = stringsParsedBy(parseAddressPattern).optional();
const names = phrasesParsedBy(parseNameGlob).optional();
const types = stringsParsedBy(parseAttachmentType).optional();
const octets = wholeNumber(0, LARGEST_OCTETS).optional();
const words = phrasesParsedBy(parseWord).optional();
const fields = phrasesParsedBy(parseHeaderCondition).optional();
const flags = stringsParsedBy(parseStructureFlag).optional();

export const screenSchema = attributes({
  attachment: names,
  exceptAttachment: names,
  attachmentType: types,
  exceptAttachmentType: types,
  attachmentOctets: octets,
  exceptAttachmentOctets: octets,
  messageOctets: octets,
  exceptMessageOctets: octets,
  sender: addressPatterns,
  exceptSender: addressPatterns,
  recipient: addressPatterns,
  exceptRecipient: addressPatterns,
  words,
  exceptWords: words,
  where: oneOf(['subject', 'body', 'both']).default('both'),
  header: fields,
  exceptHeader: fields,
  structure: flags,
  exceptStructure: flags,
  action: oneOf(SCREEN_ACTIONS),
  reply: textParsedBy(parseReplyText).optional(),
  forwardTo: textParsedBy(parseForwardAddress).optional(),
  tag: text().pipe(textParsedBy(parseTag)).optional(),
  reportOnly: trueOrFalse().default(false),
});

type ScreenAttributes = z.output<typeof screenSchema>;

function conditionsOf(own: ScreenAttributes): ScreenConditions {
  const { attachment, attachmentType, attachmentOctets, messageOctets, sender, recipient, header, structure } = own;
  const compiled = own.words === undefined ? undefined : compileWords(own.words);
  return {
    attachment,
    attachmentType,
    attachmentOctets,
    messageOctets,
    sender,
    recipient,
    header,
    structure,
    words: compiled,
  };
}

function exceptionsOf(own: ScreenAttributes): ScreenConditions {
  return {
    attachment: own.exceptAttachment,
    attachmentType: own.exceptAttachmentType,
    attachmentOctets: own.exceptAttachmentOctets,
    messageOctets: own.exceptMessageOctets,
    sender: own.exceptSender,
    recipient: own.exceptRecipient,
    words: own.exceptWords === undefined ? undefined : compileWords(own.exceptWords),
    header: own.exceptHeader,
    structure: own.exceptStructure,
  };
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** What no schema of one attribute can say. */
function problemAcross(own: ScreenAttributes): string | undefined {
  const empty = Object.entries(own).find(([, value]) => isEmpty(value));
  if (empty !== undefined) return `${empty[0]}: is empty; leave the attribute out where nothing is asked`;
  if (Object.values(conditionsOf(own)).every((value) => value === undefined)) {
    return 'no condition is given, so the rule would hold for every message; messageOctets 0 says that';
  }
  if (own.action === 'forward' && own.forwardTo === undefined) return 'forwardTo: is missing, where action is forward';
  if (own.action === 'tag' && own.tag === undefined) return 'tag: is missing, where action is tag';
  return undefined;
}

/** Reads the item's own attributes; `name` is what stands after `screen#`. */
export function parseScreenItem(name: string, own: unknown, key: string): ParseResult<ScreenItem> {
  if (!NAME.test(name)) {
    return unparsed(
      `${quoted(key)} must be written screen#NNN-name: three digits, a dash, lower-case letters, digits and dashes`,
    );
  }
  const result = screenSchema.safeParse(own);
  if (!result.success) return unparsed(problemOfIssues(result.error));
  const problem = problemAcross(result.data);
  if (problem !== undefined) return unparsed(problem);
  const { where, action, reply, forwardTo, tag, reportOnly } = result.data;
  const [when, except] = [conditionsOf(result.data), exceptionsOf(result.data)];
  return parsed({ kind: 'screen', rule: key, when, except, where, action, reply, forwardTo, tag, reportOnly });
}
