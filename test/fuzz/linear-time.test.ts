/** Invariant: four times the octets take no parser much more than four times as long, however they were chosen. */
import { Buffer } from 'node:buffer';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { relayKeys } from '../../edge-proxy/decisions/relay-keys.ts';
import { LineLog } from '../../edge-proxy/log.ts';
import { answerToSesError } from '../../edge-proxy/next-hop/ses/answer.ts';
import { repeatedField } from '../../edge-proxy/next-hop/ses/repeated-field.ts';
import { xclientCommand } from '../../edge-proxy/next-hop/smtp/connection/xclient.ts';
import { parseDomain, parseMailbox } from '../../policy/address.ts';
import { parseAddress, parseNetwork, plainAddress } from '../../policy/client-network.ts';
import { parsePolicyItem } from '../../policy/item.ts';
import { parseMechanism } from '../../policy/mechanism.ts';
import { parseNextHop } from '../../policy/next-hop.ts';
import { relayDomain } from '../../policy/relay-rule.ts';
import { parseSenderPattern } from '../../policy/sender-rule.ts';
import { userKey } from '../../policy/user.ts';
import { parseVerifier } from '../../policy/verifier.ts';
import { parseAddressList } from '../../protocol/content/address-list.ts';
import { ContentStart } from '../../protocol/content/content-start.ts';
import { DataScanner } from '../../protocol/content/data-scanner.ts';
import { HeaderFromCheck } from '../../protocol/content/header-from-check.ts';
import { parseCapabilities, toPrintable } from '../../protocol/hop/hop-reply.ts';
import { relayedLoginReply } from '../../protocol/hop/relayed-login-reply.ts';
import { ReplyParser } from '../../protocol/hop/reply-parser.ts';
import { readProxyHeader } from '../../protocol/proxy-header.ts';
import { hear, newWitness } from '../../protocol/sasl/relayed-login-witness.ts';
import { continueExchange, decodeBase64 } from '../../protocol/sasl/sasl.ts';
import { ForeignProtocolGuard } from '../../protocol/session/foreign-protocol.ts';
import { argumentOf, recordedLine } from '../../protocol/session/screen.ts';
import { parseParameters, parsePathArgument } from '../../protocol/verbs/path.ts';
import { MachineDriver } from '../support/machine-driver.ts';
import { testPolicy } from '../support/policy.ts';
import { SCREEN_PARSERS } from './screen-parsers.ts';

/** The most that an item lets a verb have. */
const LONGEST_LINE_OCTETS = 65_536;
/** Room is left for the verb. */
const OCTETS = LONGEST_LINE_OCTETS - 100;
/** 4 is linear, 16 is a square. */
const MOST_GROWTH = 10;
/** Milliseconds below which a clock tells nothing; the square of 64 Ki takes seconds. */
const NOTHING_MS = 100;

const roomy = testPolicy({ authentication: 'offered', authenticationRequiresTls: false, maxErrors: 100 }, [
  ...['AUTH', 'MAIL', 'RCPT', 'EHLO', 'NOOP'].map((verb) => ({
    item: `command#${verb}`,
    maxOctets: LONGEST_LINE_OCTETS,
  })),
]);

const LINE = {
  name: '',
  text: '',
  octets: OCTETS,
  limit: LONGEST_LINE_OCTETS,
  isOverlong: false,
  hasBadOctets: false,
  has8Bit: false,
};
const QUESTION = {
  server: 'a',
  session: 'S',
  client: { address: '192.0.2.1', port: 1, tls: true },
  trusted: false,
};

const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  ...SCREEN_PARSERS,
  parseDomain,
  parseMailbox,
  'parseMailbox of @example.com': (text) => parseMailbox(`${text}@example.com`),
  parseSenderPattern,
  parseVerifier,
  'parseVerifier of a salt': (text) => parseVerifier(`$scrypt$ln=15,r=8,p=1$${text}$${text}`),
  parseNetwork,
  parseAddress,
  plainAddress: (text) => plainAddress(`::ffff:${text}`),
  parseNextHop: (text) => parseNextHop(`smtp://${text}`),
  'parsePathArgument FROM': (text) => parsePathArgument(`FROM:<${text}>`, 'FROM:'),
  'parsePathArgument without its end': (text) => parsePathArgument(`TO:<${text}`, 'TO:'),
  parseParameters: (text) => parseParameters(` ${text}`),
  decodeBase64,
  continueExchange: (text) => continueExchange({ mechanism: 'PLAIN' }, Buffer.from(text, 'latin1')),
  'continueExchange of a token': (text) =>
    continueExchange(
      { mechanism: 'OAUTHBEARER' },
      Buffer.from(`n,a=${text},\x01auth=Bearer ${text}\x01${text}`, 'latin1'),
    ),
  'hear of SCRAM': (text) => hear(newWitness('SCRAM-SHA-256'), Buffer.from(`n,,n=${text},r=${text}`, 'latin1')),
  'hear of CRAM-MD5': (text) => hear(newWitness('CRAM-MD5'), Buffer.from(text, 'latin1')),
  relayedLoginReply: (text) => relayedLoginReply({ code: 334, lines: [text] }),
  xclientCommand: (text) =>
    xclientCommand(
      { address: '192.0.2.1', hello: { verb: 'EHLO', name: text }, login: text },
      { attributes: ['HELO', 'LOGIN'], ehloName: 'c', hadLogin: false },
    ),
  parseCapabilities: (text) => parseCapabilities(['hop', text, text]),
  parsePolicyItem: (text) => parsePolicyItem({ server: 'a', item: `domain#${text}`, nextHop: text, [text]: text }),
  'settings item': (text) => parsePolicyItem({ server: 'a', item: 'settings', hostname: text, defaultNextHop: text }),
  ReplyParser: (text) => readReplies(text, OCTETS),
  'ReplyParser, a piece at a time': (text) => readReplies(`250 ${text}`, 16),
  'DataScanner, reject': (text) => scan(text, 'reject'),
  'DataScanner, normalise': (text) => scan(text, 'normalise'),
  parseAddressList,
  'parseAddressList of a name': (text) => parseAddressList(`${text} <a@example.com>`),
  'parseAddressList of a comment': (text) => parseAddressList(`a@example.com (${text})`),
  'parseAddressList of a quoted string': (text) => parseAddressList(`"${text}" <a@example.com>`),
  'parseAddressList of an encoded word': (text) => parseAddressList(`=?utf-8?q?${text}?= <a@example.com>`),
  'HeaderFromCheck of a From field': (text) => checkHeader(`From: ${text}`, OCTETS),
  'HeaderFromCheck of a name': (text) => checkHeader(`From${text}`, OCTETS),
  'HeaderFromCheck, a piece at a time': (text) => checkHeader(`From: ${text}`, 1),
  'HeaderFromCheck of a name, a piece at a time': (text) => checkHeader(`From${text}`, 1),
  ContentStart: (text) => new ContentStart().receive([Buffer.from(text, 'latin1')], true),
  relayKeys: (text) => relayKeys(QUESTION, `${text}@example.com`),
  relayDomain: (text) => relayDomain(`${text}@${text}`),
  parseMechanism,
  userKey,
  toPrintable: (text) => toPrintable(text, OCTETS),
  answerToSesError: (text) => answerToSesError(Object.assign(new Error(text), { name: 'MessageRejected' }), text),
  repeatedField: (text) => repeatedField(Buffer.from(`a: ${text}\r\n${text}: b\r\n`, 'latin1')),
  readProxyHeader: (text) => readProxyHeader(Buffer.from(text, 'latin1')),
  'readProxyHeader of version 1': (text) => readProxyHeader(Buffer.from(`PROXY TCP6 ${text}\r\n`, 'latin1')),
  ForeignProtocolGuard: (text) => new ForeignProtocolGuard().judge({ ...LINE, text }, undefined),
  recordedLine: (text) => recordedLine({ ...LINE, name: 'AUTH', text: `AUTH ${text}` }, 'AUTH'),
  argumentOf: (text) => argumentOf({ ...LINE, name: 'NOOP', text: `NOOP${text}` }),
  'LineLog of what clients say': (text) => new LineLog(new PassThrough().resume(), text).log({ event: text }),
  'a session with EHLO': (text) => converse(`EHLO ${text}\r\n`),
  'a session': (text) => converse(`${text}\r\n`),
  'a session with MAIL': (text) => converse(`MAIL FROM:<${text}>\r\n`),
  'a session with MAIL and parameters': (text) => converse(`MAIL FROM:<a@example.com> ${text}\r\n`),
  'a session with RCPT': (text) => converse(`MAIL FROM:<>\r\nRCPT TO:<a@example.com>${text}\r\n`),
  'a session with AUTH': (text) => converse(`AUTH PLAIN a${text}\r\n`),
  'a session with NOOP': (text) => converse(`NOOP a${text}\r\n`),
};

function readReplies(text: string, size: number): void {
  const parser = new ReplyParser();
  const octets = Buffer.from(text, 'latin1');
  for (let at = 0; at < octets.length; at += size) {
    parser.receive(octets.subarray(at, at + size));
    while (parser.next() !== undefined);
  }
}

function scan(text: string, bareNewline: 'reject' | 'normalise'): void {
  const chunk = Buffer.from(`\r\n\r\nbody ${text}`, 'latin1');
  new DataScanner({ maxOctets: Number.MAX_SAFE_INTEGER, bareNewline }).scan(chunk, 0, []);
}

function checkHeader(text: string, size: number): void {
  const check = new HeaderFromCheck(['a@example.com'], { checkHeaderFrom: true, checkHeaderSender: true });
  const octets = Buffer.from(text, 'latin1');
  for (let at = 0; at < octets.length; at += size) check.receive([octets.subarray(at, at + size)], false);
  check.receive([], true);
}

function converse(lines: string): void {
  new MachineDriver({ policy: roomy }).send(`EHLO c\r\n${lines}`);
}

/** Repeated to the length wanted, in front of an end that fails what the repeats have promised. */
const PATTERNS = [
  ['a', '!'],
  ['(', ')'],
  ['()', 'x'],
  ['\\(', ')'],
  ['=?a?q?', ' x'],
  ['=?a?q?a,', '?='],
  ['a@example.com,', '"'],
  ['a, ', '<'],
  ['"a" ', '<'],
  [' \r\n', 'x'],
  ['a', '\n'],
  ['a.', '!'],
  ['a-', '.'],
  ['.', 'x'],
  ['a ', 'x'],
  [' ', 'x'],
  ['a=b ', '=='],
  ['=', 'A'],
  ['A', '='],
  ['AAAA', '*'],
  ['"', '@'],
  ['\\"', '@'],
  ['"\\', '@'],
  ['<', '>'],
  ['>', '<'],
  ['@', ':'],
  ['@a,', 'x'],
  ['[', ']'],
  [':', 'x'],
  ['0:', 'x'],
  ['1.', 'x'],
  ['1', 'x'],
  ['%', '\n'],
  ['%41', '\n'],
  ['/', '?'],
  ['$', 'x'],
  [',', '='],
  ['\u00fc', '\u0000'],
  ['\ud83d\udca9', '!'],
  ['\r', 'x'],
  ['\n', 'x'],
  ['\r\n', 'x'],
  ['\r\n.', 'x'],
  ['\n.', 'x'],
  ['250-a\r\n', '5'],
  ['250 a\r\n', '5'],
  ['250-', '\r'],
  ['\0', 'x'],
  ['=?', 'x'],
  ['=?a?q?', '?'],
  ['name=', 'x'],
  ['name', '='],
  ['na(', 'x'],
  ['name*0=', 'x'],
  ['(', ')'],
  ['; ', 'x'],
  ['\r\n ', 'x'],
  ['--a\r\n', 'x'],
  ['--', '\r\n'],
  ['\r\ncontent-type:', 'x'],
  ['\r\nbegin 644 a', 'x'],
  ['<', '>'],
  ['<!--', 'x'],
  ['&#1', ';'],
  ['PK\x03\x04', 'x'],
  ['a'.repeat(70), '\r\n.'],
  [`${'a'.repeat(70)}\r\n.`, '\r'],
  [`${'a'.repeat(70)}\r\n`, '\n'],
] as const;

function textOf(repeated: string, end: string, octets: number): string {
  return repeated.repeat(Math.ceil(octets / repeated.length)).slice(0, octets - end.length) + end;
}

function timeMs(parse: (text: string) => unknown, text: string): number {
  const startMs = performance.now();
  parse(text);
  return performance.now() - startMs;
}

/** How many times as long four times the octets take: the least of a few, so that what else goes on here counts for little. */
function growthOf(parse: (text: string) => unknown, repeated: string, end: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 4 && least >= MOST_GROWTH; turn += 1) {
    const fourfoldMs = timeMs(parse, textOf(repeated, end, OCTETS));
    if (fourfoldMs < NOTHING_MS) return 0;
    least = Math.min(least, fourfoldMs / timeMs(parse, textOf(repeated, end, OCTETS / 4)));
  }
  return least;
}

describe.each(Object.entries(PARSERS))('%s', (_name, parse) => {
  it.each(PATTERNS)('takes its time by the octet over %j before %j', (repeated, end) => {
    expect(growthOf(parse, repeated, end)).toBeLessThan(MOST_GROWTH);
  });
});
