/**
 * The three command tables that a published server can start from; `command#` items override single rows.
 *
 * `maxOctets` counts the whole line with its CR LF, as ISA Server's SMTP filter counted it
 * (Microsoft KB 312213: N O O P CR LF is 6).
 */
import type { Verb } from './verb.ts';

export interface CommandRule {
  readonly allowed: boolean;
  readonly maxOctets: number;
}

export type CommandTable = Readonly<Record<Verb, CommandRule>>;

export const COMMAND_PROFILES = ['isa2000fp1', 'rfc5321', 'modern'] as const;
export type CommandProfile = (typeof COMMAND_PROFILES)[number];

/** Octets; RFC 5321 section 4.5.3.1.4. Also the bound of a line whose verb is unknown. */
export const RFC5321_LINE_OCTETS = 512;
/** Octets; RFC 4954 section 4: a base64 line, command or exchange. */
export const RFC4954_LINE_OCTETS = 12_288;
/** Octets: 512 of RFC 5321, SIZE 26 (RFC 1870 section 3), BODY 17 (RFC 6152 section 2), SMTPUTF8 10 (RFC 6531 section 3.4). */
const MAIL_WITH_EXTENSIONS_OCTETS = 512 + 26 + 17 + 10;
/** Octets: verb 4, blank 1, a domain of 255 (RFC 5321 section 4.5.3.1.2), CR LF 2. */
const LONGEST_HELLO_OCTETS = 4 + 1 + 255 + 2;

function on(maxOctets: number): CommandRule {
  return { allowed: true, maxOctets };
}

const OFF: CommandRule = { allowed: false, maxOctets: RFC5321_LINE_OCTETS };

/** Off in every profile: no part of a thin proxy (a queue to turn, a terminal to write to, chunks) is behind them. */
const NEVER = { EXPN: OFF, ETRN: OFF, TURN: OFF, SEND: OFF, SOML: OFF, SAML: OFF, BDAT: OFF } as const;

/**
 * ISA Server 2000 with Feature Pack 1.
 *
 * Documented by Microsoft: AUTH 500 (Feature Pack 1), NOOP 6 (KB 312213), RCPT 266 (course text on ISA 2004:
 * 8 + the 256 of RFC 821's path + 2). Remembered, and fitting the same arithmetic: MAIL 266, HELO and EHLO 71
 * (5 + RFC 821's domain of 64 + 2), DATA, RSET and QUIT 6. STARTTLS was not in its table, since its filter could not
 * read past it; 10 is the command's own length, as for the others without an argument.
 */
const ISA2000FP1: CommandTable = {
  ...NEVER,
  HELO: on(71),
  EHLO: on(71),
  MAIL: on(266),
  RCPT: on(266),
  DATA: on(6),
  RSET: on(6),
  QUIT: on(6),
  NOOP: on(6),
  STARTTLS: on(10),
  AUTH: on(500),
  VRFY: OFF,
  HELP: OFF,
};

/** What RFC 5321 and its extensions let a client send. */
const RFC5321: CommandTable = {
  ...NEVER,
  HELO: on(RFC5321_LINE_OCTETS),
  EHLO: on(RFC5321_LINE_OCTETS),
  MAIL: on(MAIL_WITH_EXTENSIONS_OCTETS),
  RCPT: on(RFC5321_LINE_OCTETS),
  DATA: on(6),
  RSET: on(6),
  QUIT: on(6),
  NOOP: on(RFC5321_LINE_OCTETS),
  STARTTLS: on(10),
  AUTH: on(RFC4954_LINE_OCTETS),
  VRFY: on(RFC5321_LINE_OCTETS),
  HELP: on(RFC5321_LINE_OCTETS),
};

/** As tight as today's clients allow: OAuth tokens pass in AUTH, a name fits in EHLO, nothing asks who has a mailbox. */
const MODERN: CommandTable = {
  ...RFC5321,
  HELO: on(LONGEST_HELLO_OCTETS),
  EHLO: on(LONGEST_HELLO_OCTETS),
  NOOP: on(64),
  VRFY: OFF,
  HELP: OFF,
};

export const COMMAND_TABLES: Readonly<Record<CommandProfile, CommandTable>> = {
  isa2000fp1: ISA2000FP1,
  rfc5321: RFC5321,
  modern: MODERN,
};

/** Octets; what `modern` and `rfc5321` leave for blanks after a bare verb. */
export const ROOM_FOR_BLANKS = 64;

/**
 * Octets, CR LF counted, of a line that is a verb and blanks alone.
 *
 * RFC 5321 section 4.1.1 has receivers tolerate blanks before the CR LF, and programs send them (Nim's library had
 * `DATA` with one for years). So the profiles of today leave room for them, whatever the verb's `maxOctets` is. ISA
 * Server left none, and no more is left by an item that sets another `maxOctets` than the profile's: an administrator's
 * own limit is the limit.
 *
 * @param maxOctets the limit in force for any line of the verb
 */
export function maxBareOctets(profile: CommandProfile, verb: Verb, maxOctets: number): number {
  const hasRoom = profile !== 'isa2000fp1' && maxOctets === COMMAND_TABLES[profile][verb].maxOctets;
  return hasRoom ? Math.max(maxOctets, verb.length + 2 + ROOM_FOR_BLANKS) : maxOctets;
}
