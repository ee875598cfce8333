/**
 * Who the client is, as XCLIENT tells a hop (Postfix, XCLIENT_README), so that its own checks, its log and its
 * Received field name the client and not us.
 */
import type { XclientIdentity } from '../../next-hop.ts';

/** Stands for what is not known. */
const UNAVAILABLE = '[UNAVAILABLE]';
/** Octets of a value: with all attributes the line stays below the 512 that a command may have (RFC 5321 section 4.5.3.1.4). */
const MAX_VALUE_OCTETS = 180;
/** Names that may stand after our EHLO: host names and address literals. */
const PLAIN_NAME = /^[A-Za-z0-9.:[\]_-]+$/;

export interface XclientCommand {
  /** CR LF included. */
  readonly line: string;
  /** What EHLO says after it; the hop starts over, and takes its word for the client's. */
  readonly ehloName: string;
  /** Names the client as the hop will see it, whatever had to be unsaid. */
  readonly key: string;
}

export interface XclientOptions {
  /** Attributes that the hop offers. */
  readonly attributes: readonly string[];
  /** Our own name, where the client's cannot stand. */
  readonly ehloName: string;
  /** The hop was told of somebody's login before, and must forget it. */
  readonly hadLogin: boolean;
}

/** The command that names `client`; `undefined` when the hop offers no attribute that we know. */
export function xclientCommand(client: XclientIdentity, options: XclientOptions): XclientCommand | undefined {
  const { attributes, ehloName, hadLogin } = options;
  const { address, hello, login } = client;
  const name = hello?.name ?? '';
  const values: Readonly<Record<string, string>> = {
    ADDR: address.includes(':') ? `IPV6:${address}` : address,
    // We look up no names; the hop may.
    NAME: UNAVAILABLE,
    // No PORT, on purpose: with each session another, it would have no two of a client share a connection.
    PROTO: hello?.verb === 'HELO' ? 'SMTP' : 'ESMTP',
    HELO: valueFor(hello?.name),
    LOGIN: valueFor(login),
  };
  const words = Object.entries(values)
    .filter(([attribute]) => attributes.includes(attribute))
    .map(([attribute, value]) => ` ${attribute}=${value}`);
  if (words.length === 0) return undefined;
  // Said when there is one, or when one must be unsaid: attributes last as long as the connection.
  const said = login === undefined && !hadLogin ? words.filter((word) => !word.startsWith(' LOGIN=')) : words;
  const toldName = PLAIN_NAME.test(name) ? name : ehloName;
  return { line: `XCLIENT${said.join('')}\r\n`, ehloName: toldName, key: `${toldName}${words.join('')}` };
}

function valueFor(text: string | undefined): string {
  const value = text === undefined ? '' : toXtext(text);
  return value === '' || value.length > MAX_VALUE_OCTETS ? UNAVAILABLE : value;
}

/** RFC 3461 section 4 (once RFC 1891 section 5): octets outside of `!` to `~`, plus and equals sign as `+` and two hex digits. */
export function toXtext(text: string): string {
  let encoded = '';
  for (const octet of Buffer.from(text, 'utf8')) {
    const isPlain = octet >= 0x21 && octet <= 0x7e && octet !== 0x2b && octet !== 0x3d;
    encoded += isPlain ? String.fromCharCode(octet) : `+${octet.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
