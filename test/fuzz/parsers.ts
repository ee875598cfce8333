/** Invariant: no parser throws on any text, none gives what it would itself refuse, and a reply does not depend on its segments. */
import { Buffer } from 'node:buffer';
import { canonicalAddress, MAX_DOMAIN_OCTETS, parseDomain, parseMailbox } from '../../policy/address.ts';
import { parseAddress, parseNetwork } from '../../policy/client-network.ts';
import { parsePolicyItem } from '../../policy/item.ts';
import { nextHopName, parseNextHop } from '../../policy/next-hop.ts';
import { parseSenderPattern } from '../../policy/sender-rule.ts';
import { formatVerifier, parseVerifier } from '../../policy/verifier.ts';
import { parseCapabilities } from '../../protocol/hop/hop-reply.ts';
import { MAX_REPLY_OCTETS, ReplyParser, type ServerReply } from '../../protocol/hop/reply-parser.ts';
import { MAX_V2_OCTETS, type ProxyHeader, readProxyHeader } from '../../protocol/proxy-header.ts';
import { hear, newWitness } from '../../protocol/sasl/relayed-login-witness.ts';
import { continueExchange, decodeBase64, mechanismNamed, startExchange } from '../../protocol/sasl/sasl.ts';
import { parseParameters, parsePathArgument } from '../../protocol/verbs/path.ts';
import { cut } from './cut.ts';
import type { Random } from './random.ts';
import { type FuzzTarget, mustHold } from './target.ts';

const SEEDS = [
  'alice@example.com',
  '"a b\\"c"@example.com',
  'bob@[192.0.2.1]',
  'bob@[IPv6:2001:db8::1]',
  'j\u00fcrgen@m\u00fcnchen.example',
  'FROM:<alice@example.com> SIZE=100 BODY=8BITMIME SMTPUTF8',
  'TO:<@a.example,@b.example:bob@example.com>',
  'TO:<"a>b"@example.com> NOTIFY=NEVER',
  'smtp://mta.example.com:2525?tls=require&ca=%2Fetc%2Fca.pem',
  'smtp://[2001:db8::1]:25?tls=never',
  '203.0.113.0/24',
  '2001:db8::/32',
  '::ffff:203.0.113.0/120',
  '*@example.com',
  '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g',
  '$scrypt$ln=15,r=8,p=3$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g',
  'AGFsaWNlAHdvbmRlcmxhbmQ=',
  'client#10.0.0.0/8\naccess=deny',
  'command#MAIL\nmaxOctets=266\nallowed=true',
  'domain#xn--mnchen-3ya.example\nnextHop=smtp://a.example',
  'settings\nhostname=mx.example.com\ndefaultNextHop=smtp://a.example\nmaxErrors=5',
  '250-mx.example\r\n250-SIZE 1000\r\n250 8BITMIME\r\n',
  '250-2.1.0 a\r\n250 2.1.0 b\r\n550 5.1.1 c\r\n',
  'PROXY TCP6 2001:db8::1 ::1 56324 25\r\nEHLO a\r\n',
  '\r\n\r\n\0\r\nQUIT\n!\x11\0\x0f\x7f\0\0\x01\x7f\0\0\x01\x12\x34\0\x19\x04\0\0',
] as const;

const WORDS = [
  '@',
  '.',
  '..',
  '"',
  '\\',
  '[',
  ']',
  '<',
  '>',
  ':',
  '::',
  '/',
  '%',
  '!',
  '=',
  '==',
  '$',
  ',',
  '*',
  ' ',
  '\t',
  '\r\n',
  '\n',
  '\0',
  '\xc3\xbc',
  '\xed\xa0\x80',
  '\xef\xbf\xbd',
  '\xf0\x9f\x92\xa9',
  '\xff',
  'xn--',
  'IPv6:',
  'a'.repeat(64),
  '1'.repeat(30),
  '__proto__',
  'constructor',
  '250-',
  '250 ',
] as const;

function attempt(input: Buffer, random: Random): void {
  for (const text of [input.toString('utf8'), input.toString('latin1')]) {
    tryAddresses(text);
    tryPaths(text);
    tryHops(text);
    tryVerifier(text);
    trySasl(text, input);
    tryItem(text);
  }
  tryReplies(input, random);
  tryProxyHeader(input, random);
}

function tryAddresses(text: string): void {
  const domain = parseDomain(text);
  if (domain.ok) {
    const isCanonical = /^[a-z0-9.-]+$/.test(domain.value) && domain.value.length <= MAX_DOMAIN_OCTETS;
    mustHold(isCanonical, () => `"${domain.value}" is no canonical domain`);
    const again = parseDomain(domain.value);
    mustHold(again.ok && again.value === domain.value, 'A domain is not what it is read as');
  }
  const mailbox = parseMailbox(text);
  if (mailbox.ok) {
    mustHold(!/[\x00-\x1F\x7F]/.test(mailbox.value.text), 'A mailbox holds control characters');
    mustHold(canonicalAddress(mailbox.value).endsWith(`@${mailbox.value.domain}`), 'An address loses its domain');
  }
  const pattern = parseSenderPattern(text);
  const isOfAll = pattern.ok && (pattern.value === '*' || parseDomain(pattern.value.replace(/^\*@/, '')).ok);
  mustHold(!isOfAll || text.startsWith('*'), 'An address becomes the pattern of many');
}

function tryPaths(text: string): void {
  for (const keyword of ['FROM:', 'TO:'] as const) {
    for (const argument of [text, `${keyword}${text}`, `${keyword}<${text}>`]) {
      const strict = parsePathArgument(argument, keyword, 'strict');
      const lenient = parsePathArgument(argument, keyword, 'lenient');
      for (const found of [strict, lenient]) if (found?.path.kind === 'mailbox') tryMailbox(found.path.mailbox.text);
      if (strict?.path.kind !== 'mailbox') continue;
      const { text: path } = strict.path.mailbox;
      mustHold(argument.includes(`<${path}>`), 'A path is not what was written');
      const isSame = lenient?.path.kind === 'mailbox' && lenient.path.mailbox.text === path;
      mustHold(isSame, 'A path is another one when it is read leniently');
    }
  }
  for (const { keyword, value } of parseParameters(` ${text}`) ?? []) {
    mustHold(/^[A-Z0-9][A-Z0-9-]*$/.test(keyword), 'A keyword is none');
    mustHold(value === undefined || /^[\x21-\x7E]*$/.test(value), 'A value holds what none may');
  }
}

/** Whatever was written, the mailbox is one of RFC 5321. */
function tryMailbox(path: string): void {
  mustHold(parseMailbox(path).ok, 'A path has no spelling of RFC 5321');
  mustHold(Buffer.byteLength(path) <= 254, 'A path is over its limit');
}

function tryHops(text: string): void {
  const hop = parseNextHop(text);
  if (hop.ok) {
    const again = parseNextHop(nextHopName(hop.value));
    const isSame = again.ok && nextHopName(again.value) === nextHopName(hop.value);
    mustHold(isSame, () => `The next hop ${nextHopName(hop.value)} is not what it is read as`);
  }
  const network = parseNetwork(text);
  const isAddress = parseAddress(text.replace(/\/.*$/s, '')) !== undefined;
  mustHold(!network.ok || isAddress, 'A network without an address');
}

function tryVerifier(text: string): void {
  const verifier = parseVerifier(text);
  if (!verifier.ok || verifier.value.kind !== 'argon2id') return;
  mustHold(formatVerifier(verifier.value) === text, 'A verifier is not what it is read as');
}

function trySasl(text: string, input: Buffer): void {
  const decoded = decodeBase64(text);
  mustHold(!decoded.ok || Buffer.from(decoded.value).toString('base64') === text, 'Base64 that is not canonical');
  const mechanism = mechanismNamed(text) ?? 'PLAIN';
  for (const step of [
    startExchange(mechanism, input),
    startExchange('LOGIN', input),
    startExchange('XOAUTH2', input),
    startExchange('OAUTHBEARER', input),
    continueExchange({ mechanism: 'LOGIN', username: 'a' }, input),
  ]) {
    if (step.kind === 'credentials') mustHold(!step.username.includes('\0'), 'A user name holds NUL');
    if (step.kind === 'credentials' && 'token' in step)
      mustHold(!/[^\x21-\x7E]/.test(step.token), 'A token has blanks');
  }
  for (const witnessed of ['PLAIN', 'LOGIN', 'CRAM-MD5', 'SCRAM-SHA-1', 'OAUTHBEARER']) {
    const testimony = hear(newWitness(witnessed), input);
    if (testimony.kind === 'heard') mustHold(testimony.witness.username !== '', 'A login without a name is heard');
  }
}

/** The first line is the key, the others are attributes. */
function tryItem(text: string): void {
  const [item = '', ...lines] = text.split('\n');
  const attributes = lines.map((line) => {
    const [name = '', ...rest] = line.split('=');
    const value = rest.join('=');
    return [name, /^\d{1,6}$/.test(value) ? Number(value) : value === 'true' || value] as const;
  });
  const result = parsePolicyItem({ server: 'mx1', item, ...Object.fromEntries(attributes) });
  mustHold(result.ok || result.problem !== '', 'A problem that says nothing');
  parseCapabilities(lines);
}

function tryReplies(input: Buffer, random: Random): void {
  const whole = readReplies([input]);
  mustHold(readReplies(cut(input, random)) === whole, 'Replies depend on their segments');
}

function tryProxyHeader(input: Buffer, random: Random): void {
  const whole = readProxyHeader(input);
  let read: ProxyHeader = { kind: 'more' };
  let seen = 0;
  for (const segment of cut(input, random)) {
    seen += segment.length;
    read = readProxyHeader(input.subarray(0, seen));
    if (read.kind !== 'more') break;
  }
  mustHold(JSON.stringify(read) === JSON.stringify(whole), 'A header depends on its segments');
  mustHold(whole.kind !== 'more' || input.length < MAX_V2_OCTETS, 'A header has no end');
  mustHold(!('octets' in whole) || whole.octets <= input.length, 'A header is longer than what came');
  if (whole.kind !== 'proxied') return;
  mustHold(parseAddress(whole.client.address) !== undefined, 'A header names no address');
}

function readReplies(segments: readonly Buffer[]): string {
  const parser = new ReplyParser();
  const replies: ServerReply[] = [];
  for (const segment of segments) {
    parser.receive(segment);
    for (let reply = parser.next(); reply !== undefined; reply = parser.next()) replies.push(reply);
    mustHold(parser.bufferedOctets <= MAX_REPLY_OCTETS, 'More is kept than one reply');
  }
  for (const { code, lines } of replies) {
    mustHold(code >= 200 && code <= 599 && lines.length > 0, 'A reply without a code or a line');
    mustHold(!/[\0\r\n]/.test(lines.join('')), 'A reply holds NUL, CR or LF');
  }
  return JSON.stringify({ replies, problem: parser.problem });
}

export const parsersTarget: FuzzTarget = {
  name: 'parsers',
  seeds: () => SEEDS.map((text) => Buffer.from(text, 'utf8')),
  words: WORDS,
  attempt,
};
