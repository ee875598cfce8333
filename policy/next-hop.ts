/** Where accepted mail is handed on, as policy writes it: `ses`, or `smtp://host:port,host:port?tls=offer`. */
import { isIPv6 } from 'node:net';
import { parseDomain } from './address.ts';
import { textParsedBy } from './console-value.ts';
import { type ParseResult, parsed, unparsed } from './result.ts';

export const NEXT_HOP_TLS = ['offer', 'require', 'never'] as const;
export type NextHopTls = (typeof NEXT_HOP_TLS)[number];

export interface HopHost {
  /** A DNS name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Where a login's user and password are kept: a secret of AWS Secrets Manager by name or ARN, or a file. */
export interface HopLogin {
  readonly kind: 'secret' | 'file';
  readonly name: string;
}

export interface SmtpNextHop {
  readonly kind: 'smtp';
  /** In order of preference; each takes the mail as well as any other. */
  readonly hosts: readonly [HopHost, ...HopHost[]];
  /** `offer`: TLS if the hop has it, not verified. `require`: TLS, verified. `never`: in the clear. */
  readonly tls: NextHopTls;
  /** Path of a PEM file whose certificates are trusted in place of the public ones; only with `require`. */
  readonly ca?: string;
  /** The login that we make there; only with `require`. */
  readonly auth?: HopLogin;
  /** The name that EHLO says there; the server's own host name when absent. */
  readonly ehlo?: string;
}

/** Amazon SES, by its API, in the region and account that the task runs in. */
export interface SesNextHop {
  readonly kind: 'ses';
}

export type NextHop = SmtpNextHop | SesNextHop;

const DEFAULT_PORT = 25;
/** Hosts of one hop; each may cost its client a connect time. */
const MAX_HOSTS = 8;
const SES = 'ses';
const FORM = 'write ses or smtp://host:port?tls=offer|require|never';
const PARAMETERS = ['tls', 'ca', 'auth', 'ehlo'];
const AUTH_FORM = 'write auth=secret:NAME-OR-ARN or auth=file:PATH';

/** The host of a URL whose scheme is not the web's, which is kept in escapes; undone, a name in Unicode is one again. */
function hostOf({ hostname }: URL): string {
  // No host of a URL has brackets but an IPv6 address, which stands in them.
  const host = hostname.replace(/[[\]]/g, '');
  try {
    return decodeURIComponent(host);
  } catch {
    return host;
  }
}

/** Reads a next hop; an unknown query parameter is a mistake and not ignored, since a misspelt `tls` would send mail in the clear. */
export function parseNextHop(text: string): ParseResult<NextHop> {
  if (text.trim().toLowerCase() === SES) return parsed({ kind: 'ses' });
  const malformed = unparsed(`"${text}" is not a next hop: ${FORM}`);
  const scheme = /^[a-z][a-z0-9+.-]*:(?:\/\/)?/i.exec(text)?.[0];
  if (scheme === undefined) return malformed;
  const authorityEnd = scheme.length + text.slice(scheme.length).search(/[/?#]|$/);
  const authority = text.slice(scheme.length, authorityEnd);
  const rest = text.slice(authorityEnd);
  // Not quoted: what was written may be a password.
  if (authority.includes('@')) return unparsed(`a next hop holds no user and password: ${FORM}`);
  const written = authority.split(',');
  if (!written.every((host) => URL.canParse(`${scheme}${host}${rest}`))) return malformed;
  const url = new URL(`${scheme}${written[0]}${rest}`);
  if (url.protocol !== 'smtp:') {
    // `mail.example.com:25` reads as a URL whose scheme is the host.
    const isHost = /^[^/]+:\d+(?:[?].*)?$/.test(text);
    return unparsed(
      isHost
        ? `"${text}" is not a next hop: write smtp://${text}`
        : `"${text}" has scheme ${url.protocol} where smtp: is allowed`,
    );
  }
  if (url.hash !== '' || !/^\/?$/.test(url.pathname)) {
    return unparsed(`"${text}" holds more than host, port and tls: ${FORM}`);
  }
  const hosts = hostsOf(text, written);
  if (!hosts.ok) return hosts;
  return withParameters(text, url.searchParams, hosts.value);
}

/** A host that names no port has that of the next one that names one: `a,b:2525` is two with port 2525. */
function hostsOf(text: string, written: readonly string[]): ParseResult<SmtpNextHop['hosts']> {
  if (written.length > MAX_HOSTS) {
    return unparsed(`"${text}" names ${written.length} hosts; up to ${MAX_HOSTS} are allowed`);
  }
  const hosts: HopHost[] = [];
  let port = DEFAULT_PORT;
  for (const name of written.toReversed()) {
    const url = new URL(`smtp://${name}`);
    const host = hostOf(url);
    const parsedHost = isIPv6(host) ? parsed(host.toLowerCase()) : parseDomain(host);
    if (!parsedHost.ok) return unparsed(`"${text}" has no host name or IP address`);
    if (url.port === '0') return unparsed(`"${text}" has port 0; 1 to 65535 are allowed`);
    if (url.port !== '') port = Number(url.port);
    if (hosts.some((other) => other.host === parsedHost.value && other.port === port)) {
      return unparsed(`"${text}" names ${name} twice`);
    }
    hosts.unshift({ host: parsedHost.value, port });
  }
  const [first, ...others] = hosts;
  return first === undefined ? unparsed(`"${text}" has no host name or IP address`) : parsed([first, ...others]);
}

function withParameters(
  text: string,
  parameters: URLSearchParams,
  hosts: SmtpNextHop['hosts'],
): ParseResult<SmtpNextHop> {
  for (const name of parameters.keys()) {
    if (!PARAMETERS.includes(name)) {
      return unparsed(`"${text}" has parameter ${name} where tls, ca, auth and ehlo are allowed`);
    }
    if (parameters.getAll(name).length > 1) return unparsed(`"${text}" has parameter ${name} twice`);
  }
  const wanted = parameters.get('tls') ?? 'offer';
  const tls = NEXT_HOP_TLS.find((mode) => mode === wanted.toLowerCase());
  if (tls === undefined) return unparsed(`"${text}" has tls=${wanted} where ${NEXT_HOP_TLS.join(', ')} are allowed`);
  const ca = parameters.get('ca');
  if (ca !== null && tls !== 'require') return unparsed(`"${text}" names a ca, which needs tls=require`);
  const named = parameters.get('auth');
  if (named !== null && tls !== 'require') return unparsed(`"${text}" names a login, which needs tls=require`);
  const auth = named === null ? undefined : loginIn(named);
  // Not quoted: what was written may be a password.
  if (named !== null && auth === undefined) return unparsed(`a next hop names where its login is kept: ${AUTH_FORM}`);
  const ehlo = ehloIn(parameters.get('ehlo'));
  if (!ehlo.ok) return unparsed(`"${text}" has ehlo=${parameters.get('ehlo')} where a host name is allowed`);
  return parsed({
    kind: 'smtp',
    hosts,
    tls,
    ...(ca !== null && { ca }),
    ...(auth !== undefined && { auth }),
    ...(ehlo.value !== undefined && { ehlo: ehlo.value }),
  });
}

function ehloIn(text: string | null): ParseResult<string | undefined> {
  return text === null ? parsed(undefined) : parseDomain(text);
}

function loginIn(text: string): HopLogin | undefined {
  // The characters of a secret's name and of an ARN; an absolute path.
  const [, secret, file] = /^(?:secret:([\w/+=.@:-]+)|file:(\/[^\0-\x1F\x7F]+))$/.exec(text) ?? [];
  if (secret !== undefined) return { kind: 'secret', name: secret };
  return file === undefined ? undefined : { kind: 'file', name: file };
}

/** Fast path: 3 µs a message (bench w1); equal by `next-hop.test.ts`, which names each hop twice. */
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

function smtpHopName({ hosts, tls, ca, auth, ehlo }: SmtpNextHop): string {
  const caPart = ca === undefined ? '' : `&ca=${encodeURIComponent(ca)}`;
  const authPart = auth === undefined ? '' : `&auth=${auth.kind}:${encodeURIComponent(auth.name)}`;
  return `smtp://${hosts.map(hopHostName).join(',')}?tls=${tls}${caPart}${authPart}${ehlo === undefined ? '' : `&ehlo=${ehlo}`}`;
}

/** Host and port, an IPv6 address in brackets. */
export function hopHostName({ host, port }: HopHost): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A next hop inside an item or a decision. */
export const nextHopSchema = textParsedBy(parseNextHop);
