/** Documents that differ from the policy in force in one thing, and the recorded sessions that it touches. */
import type { PolicyDocument } from '../../functions/admin/contract/answers/policy-document.ts';
import { DOCUMENT, INSIDE, OUTSIDE, plain, SESSIONS } from './sessions.ts';

const ALL = SESSIONS.map(({ name }) => name);
const DENIED = ['denied'];

export function settings(change: object): Partial<PolicyDocument> {
  return { settings: { ...DOCUMENT.settings, ...change } };
}

const NEXT_HOP_OFFERED = [
  'inside',
  'pipelined',
  'other-domain',
  'three-recipients',
  'two-transactions',
  'given-up',
  'large',
  'bare-newline',
  'empty',
  'utf8',
  'logs-in',
  'logs-in-slowly',
  'another-network',
  'unknown-mailbox',
  'hop-refuses-message',
  'screened-program',
  'hop-down',
];
/** Sessions whose messages have no recorded facts. */
const UNSCREENED_MAIL = NEXT_HOP_OFFERED.filter(
  (name) => !['given-up', 'bare-newline', 'utf8', 'unknown-mailbox', 'screened-program', 'hop-down'].includes(name),
);
const ANONYMOUS_MAIL = [...NEXT_HOP_OFFERED.filter((name) => !name.startsWith('logs-in')), 'relay-denied', 'size'];

export interface Planted {
  readonly what: string;
  readonly change: Partial<PolicyDocument>;
  readonly sessions: readonly string[];
  /** One of them: the line, and what it would be answered. */
  readonly told?: { readonly session: string; readonly line: string; readonly before: object; readonly after: object };
}

export const PLANTED: readonly Planted[] = [
  { what: 'nothing', change: {}, sessions: [] },
  {
    what: 'AUTH lines shorter than one that was sent',
    change: { commands: { AUTH: { maxOctets: 300 } } },
    sessions: ['long-password'],
    told: {
      session: 'long-password',
      line: 'AUTH PLAIN',
      before: { reply: '535 5.7.8 Authentication credentials invalid' },
      after: { reply: '500 5.5.2 Command line too long', rule: 'command#AUTH' },
    },
  },
  {
    what: 'AUTH lines as short as those that were sent',
    change: { commands: { AUTH: { maxOctets: plain('x'.repeat(300)).length } } },
    sessions: [],
  },
  {
    what: 'a domain less',
    change: { domains: { 'example.com': {} } },
    sessions: ['other-domain', 'three-recipients'],
    told: {
      session: 'three-recipients',
      line: 'RCPT TO:<bob@example.net>',
      before: {
        reply: '250 2.1.5 Recipient OK',
        rule: 'domain#example.net',
        nextHop: 'smtp://mta.example.com:25?tls=offer',
      },
      after: { reply: '550 5.7.1 Relay access denied', rule: 'relay-domains' },
    },
  },
  {
    what: 'a domain more',
    change: { domains: { ...DOCUMENT.domains, 'example.org': {} } },
    sessions: ['relay-denied', 'three-recipients', 'logs-in'],
    told: {
      session: 'logs-in',
      line: `RCPT TO:<${OUTSIDE}>`,
      before: { reply: '250 2.1.5 Recipient OK', rule: 'settings#relay' },
      after: { reply: '250 2.1.5 Recipient OK', rule: 'domain#example.org' },
    },
  },
  {
    what: 'a network denied',
    change: { clients: { ...DOCUMENT.clients, '203.0.113.0/24': { access: 'deny' } } },
    sessions: ['another-network'],
    told: {
      session: 'another-network',
      line: '(connects)',
      before: { reply: '220 mx.example.com ESMTP Postern' },
      after: { reply: '554 5.7.1 Client address denied by policy', rule: 'client#203.0.113.0/24' },
    },
  },
  {
    what: 'a network let in',
    change: { clients: {} },
    sessions: DENIED,
    told: {
      session: 'denied',
      line: '(connects)',
      before: { reply: '554 5.7.1 Client address denied by policy', rule: 'client#198.51.100.0/24' },
      after: { reply: '220 mx.example.com ESMTP Postern' },
    },
  },
  {
    what: 'a server that is off',
    change: settings({ enabled: false }),
    // Denied was who is told now that no one is served.
    sessions: ALL,
  },
  {
    what: 'a verb that is on',
    change: { commands: { VRFY: { allowed: true, maxOctets: 300 } } },
    sessions: ['screened'],
    told: {
      session: 'screened',
      line: 'VRFY bob',
      before: { reply: '502 5.5.1 Command not allowed by policy', rule: 'command#VRFY' },
      after: { reply: '252 2.1.5 Cannot VRFY user, but will take message and attempt delivery' },
    },
  },
  {
    what: 'a longer line, which was refused unread',
    change: { commands: { NOOP: { maxOctets: 100 } } },
    sessions: ['screened'],
    told: {
      session: 'screened',
      line: 'NOOP',
      before: { reply: '500 5.5.2 Command line too long', rule: 'command#NOOP' },
      after: { unknown: 'the line was not read, and is not recorded' },
    },
  },
  {
    what: 'smaller messages',
    change: settings({ maxMessageOctets: 7199 }),
    sessions: ['large'],
    told: {
      session: 'large',
      line: '.',
      before: { rule: 'next-hop' },
      after: { reply: '552 5.3.4 Message size exceeds limit', rule: 'settings#maxMessageOctets' },
    },
  },
  { what: 'messages as small as the largest', change: settings({ maxMessageOctets: 7200 }), sessions: [] },
  { what: 'larger messages', change: settings({ maxMessageOctets: 200_000 }), sessions: ['size'] },
  { what: 'bare newlines mended', change: settings({ bareNewline: 'normalise' }), sessions: ['bare-newline'] },
  { what: 'fewer recipients', change: settings({ maxRecipients: 1 }), sessions: ['three-recipients'] },
  {
    what: 'fewer errors',
    change: settings({ maxErrors: 4 }),
    sessions: ['screened', 'too-many-errors', 'clumsy'],
  },
  { what: 'fewer logins', change: settings({ maxLoginFailures: 2 }), sessions: ['wrong-passwords'] },
  {
    what: 'another next hop',
    change: settings({ defaultNextHop: 'smtp://new.example.com:25' }),
    sessions: NEXT_HOP_OFFERED,
  },
  {
    what: 'another next hop for one domain',
    change: { domains: { ...DOCUMENT.domains, 'example.net': { nextHop: 'smtp://new.example.com:25' } } },
    sessions: ['other-domain', 'three-recipients'],
    told: {
      session: 'other-domain',
      line: 'RCPT TO:<bob@example.net>',
      before: { nextHop: 'smtp://mta.example.com:25?tls=offer' },
      after: { nextHop: 'smtp://new.example.com:25?tls=offer' },
    },
  },
  {
    what: 'Amazon SES, which takes no UTF-8',
    change: { domains: { ...DOCUMENT.domains, 'example.com': { nextHop: 'ses' } } },
    sessions: NEXT_HOP_OFFERED.filter((name) => name !== 'other-domain' && name !== 'logs-in'),
    told: {
      session: 'utf8',
      line: `RCPT TO:<${INSIDE}>`,
      before: {},
      after: { reply: '553 5.6.7 Next hop does not take SMTPUTF8' },
    },
  },
  { what: 'relay to listed domains alone', change: settings({ relay: 'listed-domains' }), sessions: ['logs-in'] },
  {
    what: 'mail of those who logged in alone',
    change: settings({ authentication: 'required' }),
    sessions: ANONYMOUS_MAIL,
  },
  {
    what: 'no AUTH',
    change: settings({ authentication: 'none' }),
    sessions: [
      'logs-in',
      'logs-in-slowly',
      'long-password',
      'wrong-passwords',
      'foreign-sender',
      'bad-token',
      'in-the-clear',
      'clumsy',
    ],
  },
  {
    what: 'AUTH in the clear',
    change: settings({ authenticationRequiresTls: false }),
    sessions: ['in-the-clear'],
    told: {
      session: 'in-the-clear',
      line: 'AUTH PLAIN',
      before: { reply: '538 5.7.11 Encryption required for authentication' },
      after: { unknown: 'the login was never judged' },
    },
  },
  { what: 'no issuer of tokens', change: { issuers: {} }, sessions: ['bad-token'] },
  {
    what: 'logins by the next hop, which names itself as the rule',
    change: settings({ authenticator: 'next-hop' }),
    sessions: ['long-password', 'wrong-passwords', 'bad-token', 'foreign-sender'],
    told: {
      session: 'foreign-sender',
      line: 'MAIL FROM:<eve@example.com>',
      before: { reply: '553 5.7.1 Sender address not allowed for this user', rule: 'user#senders' },
      after: { reply: '250 2.1.0 Sender OK' },
    },
  },
  {
    what: 'refusals that are only reported',
    change: settings({ reportOnly: true }),
    sessions: ['screened', 'foreign-sender', 'denied'],
  },
  {
    what: 'From fields that are checked, which no record holds',
    change: settings({ checkHeaderFrom: true }),
    sessions: [],
  },
  {
    what: 'a denied sender',
    change: { senders: { 'b.example': { access: 'deny' } } },
    sessions: ['relay-denied', 'utf8'],
  },
  {
    what: 'a screening rule that refuses a large message',
    change: { screens: { '100-large': { messageOctets: 7000, action: 'refuse' } } },
    sessions: ['large'],
    told: {
      session: 'large',
      line: '.',
      before: { rule: 'next-hop' },
      after: { reply: '550 5.7.1 Message refused by policy', rule: 'screen#100-large' },
    },
  },
  {
    what: 'a screening rule about a file that was recorded, and is asked of messages that were not screened',
    change: { screens: { '100-programs': { attachmentType: ['executable'], action: 'hold' } } },
    sessions: ['screened-program', ...UNSCREENED_MAIL],
    told: {
      session: 'screened-program',
      line: '.',
      before: { rule: 'next-hop' },
      after: { rule: 'screen#100-programs' },
    },
  },
  {
    what: 'a screening rule about words, which no record holds',
    change: { screens: { '100-words': { words: ['lottery'], attachment: ['*.exe'], action: 'refuse' } } },
    sessions: ['screened-program', ...UNSCREENED_MAIL],
    told: {
      session: 'screened-program',
      line: '.',
      before: { rule: 'next-hop' },
      after: { unknown: 'screen#100-words asks for words: not recorded' },
    },
  },
  {
    what: 'a screening rule about words that is about no recorded file',
    change: { screens: { '100-words': { words: ['lottery'], messageOctets: 100_000, action: 'refuse' } } },
    sessions: [],
  },
  { what: 'another name', change: settings({ hostname: 'mx2.example.com' }), sessions: [] },
];
