import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { problemOfIssues } from './console-value.ts';
import { nextHopSchema } from './next-hop.ts';
import { parseSettings } from './settings.ts';

const REQUIRED = { hostname: 'MX1.example.com', defaultNextHop: 'smtp://mail.example.com' };

const DEFAULTS = {
  enabled: true,
  hostname: 'mx1.example.com',
  authentication: 'required',
  authenticator: 'directory',
  unknownIdentity: 'permit',
  authenticationRequiresTls: true,
  lockoutFailures: 20,
  lockoutSeconds: 900,
  loginDelaySeconds: 1,
  checkHeaderFrom: false,
  checkHeaderSender: false,
  relay: 'listed-domains',
  defaultNextHop: { kind: 'smtp', hosts: [{ host: 'mail.example.com', port: 25 }], tls: 'offer' },
  passClient: 'no',
  reportOnly: false,
  proxyProtocolNetworks: [],
  commandProfile: 'modern',
  envelopeSyntax: 'lenient',
  bareNewline: 'reject',
  maxMessageOctets: 26_214_400,
  maxRecipients: 100,
  maxErrors: 20,
  maxUnknownRecipients: 20,
  maxLoginFailures: 3,
  maxConnections: 10_000,
  maxConnectionsPerClient: 50,
  commandTimeoutSeconds: 300,
  dataTimeoutSeconds: 180,
  tlsHandshakeTimeoutSeconds: 30,
  nextHopConnections: 50,
  nextHopConnectTimeoutSeconds: 30,
  nextHopTimeoutSeconds: 300,
  nextHopFinalTimeoutSeconds: 600,
  sesPaceSeconds: 5,
  reportBounces: false,
  eventDays: 30,
  historyDays: 365,
  whenUnreadable: 'hold',
  holdDays: 30,
};

function problem(change: object): string {
  const result = parseSettings({ ...REQUIRED, ...change });
  return result.ok ? 'parsed' : result.problem;
}

describe('parseSettings', () => {
  it('gives every attribute its default', () => {
    expect(parseSettings(REQUIRED)).toEqual({ ok: true, value: DEFAULTS });
  });

  it.each([
    ['enabled', false],
    ['authentication', 'required'],
    ['authentication', 'offered'],
    ['authentication', 'none'],
    ['authenticator', 'directory'],
    ['authenticator', 'next-hop'],
    ['unknownIdentity', 'permit'],
    ['unknownIdentity', 'refuse'],
    ['checkHeaderFrom', true],
    ['checkHeaderSender', true],
    ['passClient', 'xclient'],
    ['passClient', 'no'],
    ['reportOnly', true],
    ['mechanisms', ['PLAIN', 'SCRAM-SHA-256']],
    ['mechanisms', []],
    ['authenticationRequiresTls', false],
    ['relay', 'any-domain'],
    ['relay', 'listed-domains'],
    ['commandProfile', 'isa2000fp1'],
    ['commandProfile', 'rfc5321'],
    ['commandProfile', 'modern'],
    ['bareNewline', 'reject'],
    ['bareNewline', 'normalise'],
    ['whenUnreadable', 'refuse'],
    ['whenUnreadable', 'accept'],
  ])('takes %s %s', (name, value) => {
    expect(parseSettings({ ...REQUIRED, [name]: value })).toEqual({ ok: true, value: { ...DEFAULTS, [name]: value } });
  });

  // Each number from 1 to what no server of the field exceeds.
  it.each([
    ['lockoutFailures', 1000],
    ['lockoutSeconds', 86_400],
    ['maxMessageOctets', 1_073_741_824],
    ['maxRecipients', 50_000],
    ['maxErrors', 1_000_000],
    ['maxUnknownRecipients', 1_000_000],
    ['maxLoginFailures', 1000],
    ['maxConnections', 1_000_000],
    ['maxConnectionsPerClient', 1_000_000],
    ['commandTimeoutSeconds', 86_400],
    ['dataTimeoutSeconds', 86_400],
    ['tlsHandshakeTimeoutSeconds', 86_400],
    ['nextHopConnectTimeoutSeconds', 86_400],
    ['nextHopTimeoutSeconds', 86_400],
    ['nextHopFinalTimeoutSeconds', 86_400],
    ['eventDays', 3650],
    ['historyDays', 3650],
    ['holdDays', 3650],
  ])('takes %s from 1 to %i and names it outside of these', (name, highest) => {
    expect(problem({ [name]: 1 })).toBe('parsed');
    expect(problem({ [name]: highest })).toBe('parsed');
    for (const value of [0, highest + 1]) {
      expect(problem({ [name]: value })).toBe(`${name}: ${value} is out of range; 1 to ${highest} are allowed`);
    }
    for (const value of [1.5, 'many', null]) {
      expect(problem({ [name]: value })).toMatch(new RegExp(`^${name}: .*; 1 to ${highest} are allowed$`));
    }
  });

  it('takes loginDelaySeconds from none to what clients wait for', () => {
    for (const value of [0, 30]) expect(problem({ loginDelaySeconds: value })).toBe('parsed');
    for (const value of [-1, 31]) {
      expect(problem({ loginDelaySeconds: value })).toBe(
        `loginDelaySeconds: ${value} is out of range; 0 to 30 are allowed`,
      );
    }
  });

  it('reads networks of proxies, from a set, a list or one string', () => {
    const network = { family: 4, bits: 0x0a000000n, prefix: 8 };

    for (const value of [new Set(['10.0.0.0/8']), ['10.0.0.0/8'], ' 10.0.0.0/8 ']) {
      expect(parseSettings({ ...REQUIRED, proxyProtocolNetworks: value })).toMatchObject({
        value: { proxyProtocolNetworks: [network] },
      });
    }
  });

  it.each([
    [{ hostname: undefined }, /^hostname: is missing$/],
    [{ hostname: 'not a name' }, /^hostname: "not a name" is not a domain name$/],
    [{ defaultNextHop: undefined }, /^defaultNextHop: is missing$/],
    [{ defaultNextHop: 'nowhere' }, /^defaultNextHop: "nowhere" is not a next hop: write /],
    [{ defaultNextHop: 25 }, /^defaultNextHop: 25 is not text$/],
    [{ enabled: 'yes' }, /^enabled: "yes" is neither true nor false$/],
    [{ authentication: 'always' }, /^authentication: "always" is not allowed; required, offered, none are$/],
    [{ authenticator: 'ldap' }, /^authenticator: "ldap" is not allowed; directory, next-hop are$/],
    [{ unknownIdentity: true }, /^unknownIdentity: true is not allowed; permit, refuse are$/],
    [{ relay: 'anywhere' }, /^relay: .*; any-domain, listed-domains are$/],
    [{ passClient: 'yes' }, /^passClient: .*; xclient, no are$/],
    [{ commandProfile: 'isa' }, /^commandProfile: .*; isa2000fp1, rfc5321, modern are$/],
    [{ bareNewline: 'accept' }, /^bareNewline: .*; reject, normalise are$/],
    [{ authenticationRequiresTls: 1 }, /^authenticationRequiresTls: 1 is neither true nor false$/],
    [{ mechanisms: ['PLAIN', 'PLAIN LOGIN'] }, /^mechanisms: "PLAIN LOGIN" is not a name of a SASL mechanism/],
    [{ mechanisms: ['SCRAM-SHA-1-PLUS'] }, /^mechanisms: "SCRAM-SHA-1-PLUS" binds to a TLS channel/],
    [{ mechanisms: 7 }, /^mechanisms: 7 is not a set of strings$/],
    [
      { proxyProtocolNetworks: ['10.0.0.1/8'] },
      /^proxyProtocolNetworks: "10.0.0.1\/8" is an address in a network: did you mean 10.0.0.0\/8\?$/,
    ],
    [{ maxRecipient: 7 }, /^"maxRecipient" is not an attribute here$/],
    [{ MaxRecipients: 7 }, /^"MaxRecipients" must be written maxRecipients$/],
  ])('refuses %j and names the attribute', (change, expected) => {
    expect(problem(change)).toMatch(expected);
  });

  it('names every attribute at fault', () => {
    expect(problem({ hostname: '', maxErrors: 0 })).toMatch(/^hostname: .*; maxErrors: .*$/);
  });

  it.each([
    [undefined, 'nothing is not a map of attributes'],
    [null, 'null is not a map of attributes'],
    ['settings', '"settings" is not a map of attributes'],
    [7, '7 is not a map of attributes'],
  ])('refuses %j', (attributes, expected) => {
    expect(parseSettings(attributes)).toEqual({ ok: false, problem: expected });
  });
});

describe('nextHopSchema', () => {
  it('gives the hop that a text names', () => {
    expect(nextHopSchema.parse('smtp://mail:26')).toEqual({
      kind: 'smtp',
      hosts: [{ host: 'mail', port: 26 }],
      tls: 'offer',
    });
  });
});

describe('problemOf', () => {
  it('gives a path with dots and without places in a list, and none where the whole is at fault', () => {
    const schema = z.object({ a: z.object({ b: z.array(z.string('is no text')) }) }, 'is no object');

    const inner = schema.safeParse({ a: { b: ['x', 7] } });
    const whole = schema.safeParse(7);

    expect(inner.error && problemOfIssues(inner.error)).toBe('a.b: is no text');
    expect(whole.error && problemOfIssues(whole.error)).toBe('is no object');
  });
});
