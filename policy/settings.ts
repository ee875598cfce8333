/** The `settings` item of a published server: every attribute, its range and its default. */

import type * as z from 'zod';
import { parseDomain } from './address.ts';
import { MAX_LOGIN_DELAY_SECONDS } from './bounds.ts';
import { parseNetwork } from './client-network.ts';
import { COMMAND_PROFILES } from './command-profile.ts';
import { attributes, oneOf, problemOfIssues, textParsedBy, trueOrFalse, wholeNumber } from './console-value.ts';
import { parseMechanism } from './mechanism.ts';
import { nextHopSchema } from './next-hop.ts';
import { type ParseResult, parsed, unparsed } from './result.ts';
import { stringsParsedBy } from './strings.ts';

function count(lowest: number, highest: number, value: number) {
  return wholeNumber(lowest, highest).default(value);
}

const DAY_SECONDS = 86_400;
/** Seconds; mail programs wait a minute or more for the reply to a message, mail servers ten (RFC 5321 section 4.5.3.2.6). */
const MAX_SES_PACE_SECONDS = 60;
/** Octets; no mail server of the field takes more. */
const LARGEST_MESSAGE_OCTETS = 1_073_741_824;

/** Days that events of a server are kept, where nothing is said. */
export const DEFAULT_EVENT_DAYS = 30;

export const settingsSchema = attributes({
  enabled: trueOrFalse().default(true),
  hostname: textParsedBy(parseDomain),
  /** `required`: MAIL needs AUTH. `offered`: AUTH may be used. `none`: there is no AUTH. */
  authentication: oneOf(['required', 'offered', 'none']).default('required'),
  /** Who decides a login: the users table, or the default next hop, with which the client speaks through the screen. */
  authenticator: oneOf(['directory', 'next-hop']).default('directory'),
  /** SASL mechanisms that may be offered; absent, all that the authenticator has and the screen can read. */
  mechanisms: stringsParsedBy(parseMechanism).optional(),
  /** Whether a login by a mechanism that does not show its user is taken; `next-hop` only. */
  unknownIdentity: oneOf(['permit', 'refuse']).default('permit'),
  authenticationRequiresTls: trueOrFalse().default(true),
  /** Failed logins of one client network for one user, over all sessions, above which that network is locked out. */
  lockoutFailures: count(1, 1000, 20),
  /** How long failures count, and a lockout lasts, from the last one. */
  lockoutSeconds: count(1, DAY_SECONDS, 900),
  /** Delay of the second failed login's reply, doubled with each further one; 0 for none. */
  loginDelaySeconds: count(0, MAX_LOGIN_DELAY_SECONDS, 1),
  /** Whether the From field of the message must be there once, and name only addresses that the identity may use. */
  checkHeaderFrom: trueOrFalse().default(false),
  /** Whether Sender, Resent-From and Resent-Sender, where they are there, must name only such addresses. */
  checkHeaderSender: trueOrFalse().default(false),
  /** Where an identity or a client of a `relay` network may send. */
  relay: oneOf(['any-domain', 'listed-domains']).default('listed-domains'),
  defaultNextHop: nextHopSchema,
  /** Whether SMTP hops that offer XCLIENT are told who the client is. */
  passClient: oneOf(['xclient', 'no']).default('no'),
  /** Refusals by command, client and sender policy are recorded and let pass; never those of relay and AUTH. */
  reportOnly: trueOrFalse().default(false),
  /** Networks of the proxies in front of us, whose connections begin with a PROXY protocol header. */
  proxyProtocolNetworks: stringsParsedBy(parseNetwork).default([]),
  commandProfile: oneOf(COMMAND_PROFILES).default('modern'),
  /** `lenient`: paths that RFC 5321 does not have are taken where they can mean one mailbox alone. */
  envelopeSyntax: oneOf(['lenient', 'strict']).default('lenient'),
  bareNewline: oneOf(['reject', 'normalise']).default('reject'),
  maxMessageOctets: count(1, LARGEST_MESSAGE_OCTETS, 26_214_400),
  maxRecipients: count(1, 50_000, 100),
  /** Error replies of our own since the last message taken, at which a session ends. */
  maxErrors: count(1, 1_000_000, 20),
  /** Recipients of a client that has not logged in which next hops refused since the last message taken; likewise. */
  maxUnknownRecipients: count(1, 1_000_000, 20),
  maxLoginFailures: count(1, 1000, 3),
  maxConnections: count(1, 1_000_000, 10_000),
  maxConnectionsPerClient: count(1, 1_000_000, 50),
  commandTimeoutSeconds: count(1, DAY_SECONDS, 300),
  dataTimeoutSeconds: count(1, DAY_SECONDS, 180),
  tlsHandshakeTimeoutSeconds: count(1, DAY_SECONDS, 30),
  /** Connections to one next hop; one client may have half of them. */
  nextHopConnections: count(1, 1000, 50),
  nextHopConnectTimeoutSeconds: count(1, DAY_SECONDS, 30),
  nextHopTimeoutSeconds: count(1, DAY_SECONDS, 300),
  nextHopFinalTimeoutSeconds: count(1, DAY_SECONDS, 600),
  /** How long the reply to a message may be held while the sending rate of Amazon SES is used up; 0 for not at all. */
  sesPaceSeconds: count(0, MAX_SES_PACE_SECONDS, 5),
  /** Whether senders are told of hard bounces and complaints that Amazon SES reports, by a mail to their own address. */
  reportBounces: trueOrFalse().default(false),
  eventDays: count(1, 3650, DEFAULT_EVENT_DAYS),
  /** Days that changes of policy are kept, which is how far back its history goes. */
  historyDays: count(1, 3650, 365),
  /** What becomes of a message that could not be read to its end, where no screening rule speaks of that. */
  whenUnreadable: oneOf(['hold', 'refuse', 'accept']).default('hold'),
  /** Days after which held mail expires. */
  holdDays: count(1, 3650, 30),
});

export type Settings = z.output<typeof settingsSchema>;
export type EnvelopeSyntax = Settings['envelopeSyntax'];

/** Reads the attributes of a `settings` item, keys left out; every problem is named with its attribute. */
export function parseSettings(item: unknown): ParseResult<Settings> {
  const result = settingsSchema.safeParse(item);
  return result.success ? parsed(result.data) : unparsed(problemOfIssues(result.error));
}
