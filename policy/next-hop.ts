/** Where accepted mail is handed on, as policy writes it: `ses`, or `smtp://host:port?tls=offer`. */
import { isIPv6 } from 'node:net';
import { parseDomain } from './address.ts';
import { type ParseResult, parsed, unparsed } from './result.ts';

export const NEXT_HOP_TLS = ['offer', 'require', 'never'] as const;
export type NextHopTls = (typeof NEXT_HOP_TLS)[number];

export interface SmtpNextHop {
  readonly kind: 'smtp';
  /** A DNS name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** `offer`: TLS if the hop has it, not verified. `require`: TLS, verified. `never`: in the clear. */
  readonly tls: NextHopTls;
  /** Path of a PEM file whose certificates are trusted in place of the public ones; only with `require`. */
  readonly ca?: string;
}

/** Amazon SES, by its API, in the region and account that the task runs in. */
export interface SesNextHop {
  readonly kind: 'ses';
}

export type NextHop = SmtpNextHop | SesNextHop;

const DEFAULT_PORT = 25;
const SES = 'ses';
const FORM = 'write ses or smtp://host:port?tls=offer|require|never';

/** Of a URL whose scheme is not the web's the host is kept in escapes; undone, a name in Unicode is one again. */
function hostOf({ hostname }: URL): string {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  try {
    return decodeURIComponent(host);
  } catch {
    return host;
  }
}

/** Reads a next hop; an unknown query parameter is a mistake and not ignored, since a misspelt `tls` would send mail in the clear. */
export function parseNextHop(text: string): ParseResult<NextHop> {
  if (text.trim().toLowerCase() === SES) return parsed({ kind: 'ses' });
  if (!URL.canParse(text)) return unparsed(`"${text}" is not a next hop: ${FORM}`);
  const url = new URL(text);
  if (url.protocol !== 'smtp:') return unparsed(`"${text}" has scheme ${url.protocol} where smtp: is allowed`);
  // Not quoted: what was written may be a password.
  if (url.username !== '' || url.password !== '') return unparsed(`a next hop holds no user and password: ${FORM}`);
  if (url.hash !== '' || !/^\/?$/.test(url.pathname)) {
    return unparsed(`"${text}" holds more than host, port and tls: ${FORM}`);
  }
  const written = hostOf(url);
  const host = isIPv6(written) ? parsed(written.toLowerCase()) : parseDomain(written);
  if (!host.ok) return unparsed(`"${text}" has no host name or IP address`);
  if (url.port === '0') return unparsed(`"${text}" has port 0; 1 to 65535 are allowed`);
  return withTls(text, url, host.value);
}

function withTls(text: string, url: URL, host: string): ParseResult<NextHop> {
  for (const name of url.searchParams.keys()) {
    if (name !== 'tls' && name !== 'ca')
      return unparsed(`"${text}" has parameter ${name} where tls and ca are allowed`);
    if (url.searchParams.getAll(name).length > 1) return unparsed(`"${text}" has parameter ${name} twice`);
  }
  const wanted = url.searchParams.get('tls') ?? 'offer';
  const tls = NEXT_HOP_TLS.find((mode) => mode === wanted.toLowerCase());
  if (tls === undefined) return unparsed(`"${text}" has tls=${wanted} where ${NEXT_HOP_TLS.join(', ')} are allowed`);
  const ca = url.searchParams.get('ca');
  if (ca !== null && tls !== 'require') return unparsed(`"${text}" names a ca, which needs tls=require`);

  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  return parsed({ kind: 'smtp', host, port, tls, ...(ca === null ? {} : { ca }) });
}

const names = new WeakMap<SmtpNextHop, string>();

/** One line that names the hop in logs and replies, and tells hops apart. */
export function nextHopName(hop: NextHop): string {
  if (hop.kind === 'ses') return SES;
  const known = names.get(hop);
  if (known !== undefined) return known;
  const name = smtpHopName(hop);
  names.set(hop, name);
  return name;
}

function smtpHopName(hop: SmtpNextHop): string {
  const host = hop.host.includes(':') ? `[${hop.host}]` : hop.host;
  return `smtp://${host}:${hop.port}?tls=${hop.tls}${hop.ca === undefined ? '' : `&ca=${encodeURIComponent(hop.ca)}`}`;
}
