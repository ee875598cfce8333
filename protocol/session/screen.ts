/** The screen of a command line: what policy and the standard have against it before it is read, and what is recorded of it. */
import { COMMAND_TABLES, maxBareOctets, RFC5321_LINE_OCTETS } from '../../policy/command-profile.ts';
import { MAX_RECORDED_LINE } from '../../policy/event.ts';
import { REPLIES, type Reply } from '../../policy/reply.ts';
import type { Policy } from '../../policy/snapshot.ts';
import { isImplemented, type Verb } from '../../policy/verb.ts';
import { withoutOuterBlanks } from './blanks.ts';
import type { ScreenedLine } from './line-reader.ts';
import type { Refusal, SessionContext } from './session-context.ts';

/** Octets of a line that are kept at most, CR LF counted: its verb's limit, or what blanks alone may have beyond it. */
export function keptOctets(policy: Policy, verb: Verb | undefined): number {
  const limit = passableOctets(policy, verb);
  return verb === undefined ? limit : Math.max(limit, bareOctets(policy, verb));
}

/**
 * Octets that a line may have at most: its verb's limit. Where the server is `reportOnly` a line over it is to pass, up
 * to the standard's limit.
 */
function passableOctets(policy: Policy, verb: Verb | undefined): number {
  if (verb === undefined) return RFC5321_LINE_OCTETS;
  const { maxOctets } = policy.commands[verb];
  return isReportable(policy, verb) ? Math.max(maxOctets, COMMAND_TABLES.rfc5321[verb].maxOctets) : maxOctets;
}

/** Octets that a line may have which is the verb and blanks alone. */
function bareOctets({ settings, commands }: Policy, verb: Verb): number {
  return maxBareOctets(settings.commandProfile, verb, commands[verb].maxOctets);
}

/** Whether a line is its verb and blanks alone. */
function isBare(line: ScreenedLine): boolean {
  return !line.isOverlong && withoutOuterBlanks(line.text, line.name.length) === '';
}

/** What there is against a line; RFC 5321 section 4.2.4 tells unknown from not allowed. */
export function screen(
  context: SessionContext,
  line: ScreenedLine,
  verb: Verb | undefined,
): { reply: Reply; refusal: Refusal } | undefined {
  const refused = verb === undefined ? undefined : screenByPolicy(context, line, verb);
  if (refused !== undefined) return refused;
  const limit = passableOctets(context.policy, verb);
  if (line.octets > limit && !isBare(line)) {
    return { reply: REPLIES.lineTooLong, refusal: { rule: ruleOf(verb), limit } };
  }
  const may8Bit = verb === 'MAIL' || verb === 'RCPT';
  if (line.hasBadOctets || (line.has8Bit && !may8Bit)) {
    const isName = !line.hasBadOctets && (verb === 'EHLO' || verb === 'HELO');
    return { reply: isName ? REPLIES.nameNotAscii : REPLIES.badOctets, refusal: { rule: 'command-octets' } };
  }
  return verb === undefined ? { reply: REPLIES.unknownVerb, refusal: { rule: ruleOf(verb) } } : undefined;
}

function ruleOf(verb: Verb | undefined): string {
  return verb === undefined ? 'unknown-command' : `command#${verb}`;
}

function screenByPolicy(
  context: SessionContext,
  line: ScreenedLine,
  verb: Verb,
): { reply: Reply; refusal: Refusal } | undefined {
  const { policy } = context;
  const { allowed, maxOctets: limit } = policy.commands[verb];
  // No policy allows what is not implemented.
  if (!allowed) {
    const off = { reply: REPLIES.verbNotAllowed, refusal: { rule: ruleOf(verb) } };
    const isFinal = !isImplemented(verb) || !isReportable(policy, verb);
    if (isFinal || context.isRefused(off.reply, off.refusal)) return off;
  }
  // No octet is kept of a line that is overlong: it cannot pass, even where it is only to be reported.
  if (line.octets <= limit || line.isOverlong) return undefined;
  if (line.octets <= bareOctets(policy, verb) && isBare(line)) return undefined;
  const long = { reply: REPLIES.lineTooLong, refusal: { rule: ruleOf(verb), limit } };
  return context.isRefused(long.reply, long.refusal) ? long : undefined;
}

/** AUTH is never let through for the sake of a report. */
function isReportable(policy: Policy, verb: Verb): boolean {
  return policy.settings.reportOnly && verb !== 'AUTH';
}

/** What stands after the verb, outer blanks dropped; octets above 0x7F as the UTF-8 that they ought to be. */
export function argumentOf(line: ScreenedLine): string {
  // Not `trim`, which takes the octet 0xA0 for a blank.
  const argument = withoutOuterBlanks(line.text, line.name.length);
  return line.has8Bit ? Buffer.from(argument, 'latin1').toString('utf8') : argument;
}

/** Names of mechanisms; any other word after AUTH may be a credential out of its place. */
const MECHANISM =
  /^AUTH +(PLAIN|LOGIN|CRAM-MD5|DIGEST-MD5|SCRAM-SHA-(?:1|256|512)(?:-PLUS)?|XOAUTH2|OAUTHBEARER|NTLM|GSSAPI|GSS-SPNEGO|EXTERNAL|ANONYMOUS)(?: |$)/i;

/**
 * What events show of a line: no credential ever. Of AUTH the mechanism alone; of an unknown verb nothing, since a
 * client that is out of step sends its password so.
 */
export function recordedLine(line: ScreenedLine, verb: Verb | undefined): string {
  if (verb === undefined) return '';
  if (line.isOverlong || line.hasBadOctets) return verb;
  if (verb === 'AUTH') {
    const mechanism = MECHANISM.exec(line.text)?.[1];
    return mechanism === undefined ? 'AUTH' : `AUTH ${mechanism.toUpperCase()}`;
  }
  const text = line.has8Bit ? Buffer.from(line.text, 'latin1').toString('utf8') : line.text;
  return text.length > MAX_RECORDED_LINE ? text.slice(0, MAX_RECORDED_LINE) : text;
}
