/** Sessions that are recorded, of every kind, and the policy under which they are. */
import type { PolicyDocument } from '../../functions/admin/contract/answers/policy-document.ts';
import type { ScreenRecord } from '../../policy/event.ts';
import { REPLIES } from '../../policy/reply.ts';
import { refused, willingHop } from '../support/answers.ts';
import type { RecordedDialogue } from './recorder.ts';

export const DOCUMENT: PolicyDocument = {
  settings: {
    hostname: 'mx.example.com',
    authentication: 'offered',
    relay: 'any-domain',
    defaultNextHop: 'smtp://mta.example.com:25',
    maxErrors: 6,
    maxMessageOctets: 100_000,
  },
  domains: { 'example.com': {}, 'example.net': {} },
  clients: { '198.51.100.0/24': { access: 'deny' } },
  issuers: { example: { issuer: 'https://login.example', audience: 'smtp' } },
};
const EHLO = 'EHLO client.example\r\n';
const QUIT = 'QUIT\r\n';
const CONTENT = 'Subject: x\r\n\r\nHello\r\n.\r\n';

function base64(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64');
}

/** @param password any; `wonderland` is the right one */
export function plain(password = 'wonderland'): string {
  return `AUTH PLAIN ${base64(`\0alice@example.com\0${password}`)}\r\n`;
}

function mail(recipients: readonly string[], content = CONTENT, from = 'alice@example.com'): string[] {
  const paths = recipients.map((recipient) => `RCPT TO:<${recipient}>\r\n`);
  return [`MAIL FROM:<${from}>\r\n`, ...paths, 'DATA\r\n', content];
}

export const OUTSIDE = 'bob@example.org';
export const INSIDE = 'bob@example.com';

/** What the screener recorded of a message with a program. */
const PROGRAM: ScreenRecord = {
  action: 'accept',
  matches: [],
  reported: [],
  structure: [],
  parts: [
    {
      names: ['evil.exe'],
      namesInside: [],
      mimeTypes: ['application/octet-stream'],
      types: ['executable'],
      octets: 9000,
      isAttachment: true,
    },
  ],
};

export const SESSIONS: readonly Omit<RecordedDialogue, 'msBetween'>[] = [
  { name: 'leaves-at-once', flights: [] },
  { name: 'says-hello', flights: [EHLO, QUIT] },
  { name: 'inside', flights: [EHLO, ...mail([INSIDE]), QUIT] },
  { name: 'pipelined', flights: [EHLO, mail([INSIDE]).slice(0, 3).join(''), CONTENT, QUIT] },
  { name: 'other-domain', flights: [EHLO, ...mail(['bob@example.net']), QUIT] },
  {
    name: 'relay-denied',
    flights: [EHLO, 'MAIL FROM:<a@b.example>\r\n', `RCPT TO:<${OUTSIDE}>\r\n`, 'DATA\r\n', QUIT],
  },
  { name: 'three-recipients', flights: [EHLO, ...mail([INSIDE, 'bob@example.net', OUTSIDE]), QUIT] },
  { name: 'two-transactions', flights: [EHLO, ...mail([INSIDE]), 'RSET\r\n', ...mail(['carol@example.com']), QUIT] },
  { name: 'given-up', flights: [EHLO, ...mail([INSIDE]).slice(0, 2), 'RSET\r\n', ...mail([INSIDE]).slice(0, 1), QUIT] },
  { name: 'large', flights: [EHLO, ...mail([INSIDE], `${'x'.repeat(70)}\r\n`.repeat(100).concat('.\r\n')), QUIT] },
  { name: 'bare-newline', flights: [EHLO, ...mail([INSIDE], 'a\nb\r\n.\r\n'), QUIT] },
  { name: 'empty', flights: [EHLO, ...mail([INSIDE], '.\r\n'), QUIT] },
  { name: 'size', flights: [EHLO, 'MAIL FROM:<a@b.example> SIZE=200000\r\n', QUIT] },
  { name: 'utf8', flights: [EHLO, 'MAIL FROM:<j\xc3\xb6rg@b.example> SMTPUTF8\r\n', `RCPT TO:<${INSIDE}>\r\n`, QUIT] },
  {
    name: 'screened',
    flights: [EHLO, 'VRFY bob\r\n', 'FROB\r\n', `NOOP ${'x'.repeat(80)}\r\n`, 'NOOP \x01\r\n', QUIT],
  },
  { name: 'too-many-errors', flights: [EHLO, 'FROB\r\n'.repeat(8)] },
  { name: 'logs-in', flights: ['STARTTLS\r\n', EHLO, plain(), ...mail([OUTSIDE]), QUIT] },
  {
    name: 'logs-in-slowly',
    flights: [
      EHLO,
      'STARTTLS\r\n',
      EHLO,
      'AUTH LOGIN\r\n',
      `${base64('alice@example.com')}\r\n`,
      `${base64('wonderland')}\r\n`,
      ...mail([INSIDE]),
      QUIT,
    ],
  },
  { name: 'long-password', isImplicitTls: true, flights: [EHLO, plain('x'.repeat(300)), QUIT] },
  { name: 'wrong-passwords', isImplicitTls: true, flights: [EHLO, plain('a'), plain('b'), plain('c')] },
  { name: 'foreign-sender', isImplicitTls: true, flights: [EHLO, plain(), 'MAIL FROM:<eve@example.com>\r\n', QUIT] },
  {
    name: 'bad-token',
    isImplicitTls: true,
    flights: [EHLO, `AUTH XOAUTH2 ${base64('user=u\x01auth=Bearer abc\x01\x01')}\r\n`, '\r\n', QUIT],
    answers: {
      authenticate: () => ({ kind: 'reject', reply: REPLIES.credentialsInvalid, challenge: '{"status":"401"}' }),
    },
  },
  { name: 'in-the-clear', flights: [EHLO, plain(), 'AUTH LOGIN\r\n', QUIT] },
  {
    name: 'clumsy',
    isImplicitTls: true,
    flights: [
      EHLO,
      'AUTH PLAIN !!!!\r\n',
      'AUTH FROB x\r\n',
      'AUTH PLAIN\r\n',
      '*\r\n',
      'AUTH PLAIN\r\n',
      '====\r\n',
      QUIT,
    ],
  },
  { name: 'denied', clientAddress: '198.51.100.7', flights: [EHLO, QUIT] },
  { name: 'another-network', clientAddress: '203.0.113.9', flights: [EHLO, ...mail([INSIDE]), QUIT] },
  {
    name: 'unknown-mailbox',
    // Content after a DATA that was refused is no command, and ends the session.
    flights: [EHLO, ...mail(['nobody@example.com']).slice(0, -1), QUIT],
    answers: {
      hop: (request) =>
        request.kind === 'recipient'
          ? refused({ code: 550, enhanced: '5.1.1', text: 'No such user' })
          : willingHop(request),
    },
  },
  {
    name: 'hop-refuses-message',
    flights: [EHLO, ...mail([INSIDE]), QUIT],
    answers: {
      hop: (request) =>
        request.kind === 'finish' ? refused({ code: 554, enhanced: '5.7.1', text: 'Spam' }) : willingHop(request),
    },
  },
  {
    name: 'screened-program',
    flights: [EHLO, ...mail([INSIDE]), QUIT],
    answers: {
      hop: (request) => (request.kind === 'finish' ? { ...willingHop(request), screen: PROGRAM } : willingHop(request)),
    },
  },
  {
    name: 'hop-down',
    flights: [EHLO, ...mail([INSIDE]).slice(0, 2), QUIT],
    answers: { hop: () => ({ reply: REPLIES.hopDown, isTaken: false, rule: 'next-hop-down' }) },
  },
];
