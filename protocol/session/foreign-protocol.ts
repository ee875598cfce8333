/**
 * Tells clients that speak another protocol than SMTP, by how they begin.
 *
 * Most mean no harm: a browser, a health check, a load balancer that is set up wrongly. But what they carry may be
 * somebody else's: the body of a request that a web page sends, or a server for whoever gives it an address (SSRF), the
 * name in a TLS handshake. Each line of theirs would be an unknown command and answered 500, until a line of the
 * attacker's is EHLO. So such a session ends at the first line that shows what it is, and nothing after it is read.
 * Postfix (`smtpd_forbidden_commands`) and Sendmail do so for HTTP.
 *
 * Who can have octets of their own choice sent from the first one on speaks SMTP, and cannot be told apart.
 */
import { REPLIES } from '../../policy/reply.ts';
import type { Verb } from '../../policy/verb.ts';
import type { ScreenedLine } from './line-reader.ts';
import type { SessionContext } from './session-context.ts';

/** The first octet of a TLS record that begins a handshake (RFC 8446 section 5.1); no line of SMTP begins so. */
const TLS_HANDSHAKE = 0x16;

/** Methods of HTTP that are no verbs of SMTP, which come at no time: the body may follow anything. */
const HTTP_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'POST',
  'PUT',
  'HEAD',
  'OPTIONS',
  'CONNECT',
  'DELETE',
  'PATCH',
  'TRACE',
]);

/** Before the first verb of SMTP: the request line of HTTP and those that are made like it, whatever the method. */
const REQUEST_LINE = / (HTTP|RTSP|SIP|ICAP)\/\d/i;

/** Before the first verb of SMTP: commands of text protocols whose clients, too, wait for a greeting. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  FTP: ['USER', 'PASS', 'ACCT', 'FEAT', 'SYST', 'OPTS', 'PORT', 'PASV', 'EPRT', 'EPSV', 'STOR', 'RETR'],
  POP3: ['APOP', 'CAPA', 'STLS'],
  dict: ['CLIENT', 'DEFINE', 'MATCH', 'SHOW'],
  NNTP: ['AUTHINFO', 'MODE', 'GROUP'],
  IRC: ['NICK', 'JOIN', 'PRIVMSG', 'CAP'],
};
const PROTOCOL_BY_COMMAND: ReadonlyMap<string, string> = new Map(
  Object.entries(COMMANDS).flatMap(([protocol, names]) => names.map((name) => [name, protocol])),
);

const HEADER_FIELD = /^[a-z][a-z0-9-]*:/i;

/** Before the first verb of SMTP: how lines of other protocols begin. Each expression is anchored and takes linear time. */
const OPENINGS: readonly (readonly [string, RegExp])[] = [
  ['PROXY', /^PROXY (?:TCP[46]|UNKNOWN)/],
  // What is left of version 2, whose signature is two empty lines and a NUL before its bare LF.
  ['PROXY', /^\0$/],
  ['SSH', /^SSH-\d/],
  ['IMAP', /^\S{1,32} (?:CAPABILITY|LOGIN|AUTHENTICATE|STARTTLS|ID|SELECT|EXAMINE|NAMESPACE|LOGOUT)(?: |$)/i],
  ['Redis', /^[*$]\d+$/],
  ['XML', /^<[?!a-z]/i],
  ['JSON', /^[{[]/],
  ['RMI', /^JRMI/],
  ['Git', /^[0-9a-f]{4}git-/],
  ['rsync', /^@RSYNCD:/],
  ['telnet', /^\xFF[\xFB-\xFE]/],
  // A field of a request whose first line was too long to be kept.
  ['header', HEADER_FIELD],
];

/** Listens to one session, in the clear and under TLS each from the start. */
export class ForeignProtocolGuard {
  #hasHeard = false;
  #hasSpokenSmtp = false;
  #wasData = false;

  /** What comes next is said under TLS. */
  reset(): void {
    this.#hasHeard = false;
    this.#hasSpokenSmtp = false;
  }

  /** The protocol that the first octet shows. A handshake in the clear may have no end of a line, and is not waited for. */
  judgeStart(chunk: Buffer, at: number): string | undefined {
    if (this.#hasHeard || at === chunk.length) return undefined;
    this.#hasHeard = true;
    return chunk[at] === TLS_HANDSHAKE ? 'TLS' : undefined;
  }

  /** The protocol that a line is of, as its event names it; `undefined` when it may be SMTP. */
  judge(line: ScreenedLine, verb: Verb | undefined): string | undefined {
    const isKnown = verb !== undefined;
    const isAfterData = this.#wasData;
    const protocol = protocolOf(line, isKnown, !this.#hasSpokenSmtp);
    this.#hasSpokenSmtp ||= isKnown;
    this.#wasData = verb === 'DATA';
    // The content of a client that did not wait for 354, and was refused: nothing of it may be carried out.
    if (protocol === undefined && isAfterData && !isKnown && HEADER_FIELD.test(line.text)) return 'content';
    return protocol;
  }
}

/** Ends the session of a client that speaks something else. */
export function refuseForeign(context: SessionContext, protocol: string, octets: number): void {
  context.command = { verb: protocol, octets, line: '' };
  context.recordRefusal(REPLIES.notSmtp, { rule: 'not-smtp' });
  context.closeWith(REPLIES.notSmtp, 'not-smtp');
}

function protocolOf(line: ScreenedLine, isKnown: boolean, isBeforeSmtp: boolean): string | undefined {
  if (HTTP_METHODS.has(line.name)) return 'HTTP';
  if (!isBeforeSmtp) return undefined;
  const requested = REQUEST_LINE.exec(line.text)?.[1];
  if (requested !== undefined) return requested.toUpperCase();
  if (isKnown) return undefined;
  return PROTOCOL_BY_COMMAND.get(line.name) ?? OPENINGS.find(([, opening]) => opening.test(line.text))?.[0];
}
