/**
 * Mail addresses and domains as RFC 5321 section 4.1.2 writes them, with the UTF-8 of RFC 6531 section 3.3.
 *
 * Text in, values out; what the wire adds (angle brackets, source routes, the null path) is `protocol/verbs/path.ts`.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { type ParseResult, parsed, unparsed } from './result.ts';

/** Octets; RFC 5321 section 4.5.3.1.2. */
export const MAX_DOMAIN_OCTETS = 255;
/** Octets; RFC 1035 section 2.3.4. */
const MAX_LABEL_OCTETS = 63;
/** Octets with both angle brackets; RFC 5321 section 4.5.3.1.3. */
export const MAX_PATH_OCTETS = 256;

/** A name that DNS could hold: lower case, A-labels, no final dot, at most 255 octets. */
export type Domain = string & { readonly __brand: 'Domain' };

export interface Mailbox {
  /** As it was written, quotes included; what a next hop is given. */
  readonly text: string;
  /** Quotes and backslashes undone. Its case is kept: RFC 5321 section 2.4. */
  readonly localPart: string;
  /** A `Domain`, or an address literal with its brackets in lower case. */
  readonly domain: string;
  /** Whether it needs SMTPUTF8 to travel. */
  readonly isUtf8: boolean;
}

const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const ATEXT = "[A-Za-z0-9!#$%&'*+\\-/=?^_`{|}~\\u0080-\\u{10FFFF}]";
const DOT_STRING = new RegExp(`^${ATEXT}+(?:\\.${ATEXT}+)*$`, 'u');
/** Atoms and dots in any order: what people and old systems take for a local part. */
const ODDLY_DOTTED = new RegExp(`^\\.*${ATEXT}(?:${ATEXT}|\\.)*$`, 'u');
const QUOTED_STRING = /^"(?:[\x20\x21\x23-\x5B\x5D-\x7E\u0080-\u{10FFFF}]|\\[\x20-\x7E])*"$/u;
const GENERAL_LITERAL = /^\[[A-Za-z0-9-]*[A-Za-z0-9]:[\x21-\x5A\x5E-\x7E]+\]$/;
const NON_ASCII = /[^\x00-\x7F]/;
/** ASCII that a name with U-labels may hold; `domainToASCII` reads any other as a URL does: `/` ends the name, `%2e` is a dot. */
const U_LABELS = /^[A-Za-z0-9.\u0080-\u{10FFFF}-]*$/u;

/**
 * Reads a domain name in either case, U-labels allowed (RFC 5890), and gives its one canonical form.
 */
export function parseDomain(text: string): ParseResult<Domain> {
  const ascii = NON_ASCII.test(text) && U_LABELS.test(text) ? domainToASCII(text) : text.toLowerCase();
  if (ascii.length > MAX_DOMAIN_OCTETS || !DOMAIN.test(ascii)) {
    return unparsed(`"${text}" is not a domain name`);
  }
  if (ascii.length > MAX_LABEL_OCTETS && ascii.split('.').some((label) => label.length > MAX_LABEL_OCTETS)) {
    return unparsed(`"${text}" has a label of more than ${MAX_LABEL_OCTETS} octets`);
  }
  return parsed(ascii as Domain);
}

function isAddressLiteral(text: string): boolean {
  if (!text.startsWith('[') || !text.endsWith(']')) return false;
  const inner = text.slice(1, -1);
  if (isIPv4(inner)) return true;
  if (/^IPv6:/i.test(inner)) return isIPv6(inner.slice(5)) && !inner.includes('%');
  return GENERAL_LITERAL.test(text);
}

/** Finds the `@` that ends the local part: the first one outside a quoted string; -1 when there is none. */
function endOfLocalPart(text: string): number {
  if (!text.startsWith('"')) return text.indexOf('@');
  for (let at = 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return text[at + 1] === '@' ? at + 1 : -1;
  }
  return -1;
}

/**
 * Reads `local-part@domain` (RFC 5321 Mailbox).
 *
 * The local part alone has no limit here, against the 64 octets of RFC 5321 section 4.5.3.1.1: return addresses with
 * an encoded recipient in them are longer in daily mail, and the path's limit bounds them.
 */
export function parseMailbox(text: string): ParseResult<Mailbox> {
  const at = endOfLocalPart(text);
  if (at < 1) return unparsed(`"${text}" is not local-part@domain`);
  const local = text.slice(0, at);
  const host = text.slice(at + 1);
  const isQuoted = local.startsWith('"');
  if (!(isQuoted ? QUOTED_STRING : DOT_STRING).test(local)) return unparsed(`"${local}" is not a local part`);

  const isLiteral = isAddressLiteral(host);
  const domain = isLiteral ? parsed(host.toLowerCase()) : parseDomain(host);
  if (!domain.ok) return domain;
  return parsed({
    text,
    localPart: isQuoted ? local.slice(1, -1).replace(/\\(.)/gu, '$1') : local,
    domain: domain.value,
    isUtf8: NON_ASCII.test(text),
  });
}

/**
 * Reads an address that RFC 5321 does not have but that can mean one mailbox alone, and gives the spelling that it has:
 *
 * - dots in a row, first or last in the local part, as carriers in Japan once gave them out: it is quoted
 * - a dot after the domain, which ends the name in DNS: it is dropped
 */
export function parseLenientMailbox(text: string): ParseResult<Mailbox> {
  const strict = parseMailbox(text);
  const at = strict.ok ? -1 : endOfLocalPart(text);
  if (at < 1) return strict;
  const local = text.slice(0, at);
  const host = text.slice(at + 1);
  const isDottedHost = host.endsWith('.') && !host.endsWith('].');
  return parseMailbox(
    `${ODDLY_DOTTED.test(local) && !DOT_STRING.test(local) ? `"${local}"` : local}@${isDottedHost ? host.slice(0, -1) : host}`,
  );
}

/** The form in which two addresses are compared: the domain canonical, the local part lower-cased as users expect. */
export function canonicalAddress(mailbox: Mailbox): string {
  return `${mailbox.localPart.toLowerCase()}@${mailbox.domain}`;
}

/**
 * Whether a local part asks a later server to send the mail on: `user%elsewhere`, `elsewhere!user`,
 * `"user@elsewhere"`. The old ways round a relay check; a hop behind may still understand them.
 */
export function carriesRouting(localPart: string): boolean {
  return /[%!@]/.test(localPart);
}
