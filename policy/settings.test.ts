import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { nextHopSchema, parseSettings, problemOf } from './settings.ts';

const REQUIRED = { hostname: 'MX1.example.com', defaultNextHop: 'smtp://mail.example.com' };

const DEFAULTS = {
  enabled: true,
  hostname: 'mx1.example.com',
  authentication: 'required',
  authenticator: 'directory',
  authenticationRequiresTls: true,
  relay: 'listed-domains',
  defaultNextHop: { kind: 'smtp', host: 'mail.example.com', port: 25, tls: 'offer' },
  commandProfile: 'modern',
  bareNewline: 'reject',
  maxMessageOctets: 26_214_400,
  maxRecipients: 100,
  maxErrors: 20,
  maxLoginFailures: 3,
  maxConnections: 10_000,
  maxConnectionsPerClient: 50,
  commandTimeoutSeconds: 300,
  dataTimeoutSeconds: 180,
  tlsHandshakeTimeoutSeconds: 30,
  nextHopConnectTimeoutSeconds: 30,
  nextHopTimeoutSeconds: 300,
  nextHopFinalTimeoutSeconds: 600,
  eventDays: 30,
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
    ['authenticationRequiresTls', false],
    ['relay', 'any-domain'],
    ['relay', 'listed-domains'],
    ['commandProfile', 'isa2000fp1'],
    ['commandProfile', 'rfc5321'],
    ['commandProfile', 'modern'],
    ['bareNewline', 'reject'],
    ['bareNewline', 'normalise'],
    ['note', 'moved in March'],
  ])('takes %s %s', (name, value) => {
    expect(parseSettings({ ...REQUIRED, [name]: value })).toEqual({ ok: true, value: { ...DEFAULTS, [name]: value } });
  });

  // Each number from 1 to what no server of the field exceeds.
  it.each([
    ['maxMessageOctets', 1_073_741_824],
    ['maxRecipients', 50_000],
    ['maxErrors', 1_000_000],
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
  ])('takes %s from 1 to %i and names it outside of these', (name, highest) => {
    expect(problem({ [name]: 1 })).toBe('parsed');
    expect(problem({ [name]: highest })).toBe('parsed');
    for (const value of [0, highest + 1, 1.5, '7', null]) {
      expect(problem({ [name]: value })).toMatch(new RegExp(`^${name}: [^;]+$`));
    }
  });

  it.each([
    [{ hostname: undefined }, /^hostname: [^;]+$/],
    [{ hostname: 'not a name' }, /^hostname: "not a name" is not a domain name$/],
    [{ defaultNextHop: undefined }, /^defaultNextHop: [^;]+$/],
    [{ defaultNextHop: 'nowhere' }, /^defaultNextHop: "nowhere" is not a next hop: write /],
    [{ defaultNextHop: 25 }, /^defaultNextHop: [^;]+$/],
    [{ enabled: 'yes' }, /^enabled: [^;]+$/],
    [{ authentication: 'always' }, /^authentication: .*"required"/],
    [{ authenticator: 'ldap' }, /^authenticator: [^;]+$/],
    [{ relay: 'anywhere' }, /^relay: .*"any-domain"/],
    [{ commandProfile: 'isa' }, /^commandProfile: .*"modern"/],
    [{ bareNewline: 'accept' }, /^bareNewline: [^;]+$/],
    [{ authenticationRequiresTls: 1 }, /^authenticationRequiresTls: [^;]+$/],
    [{ note: 7 }, /^note: [^;]+$/],
    [{ maxRecipient: 7 }, /"maxRecipient"/],
  ])('refuses %j and names the attribute', (change, expected) => {
    expect(problem(change)).toMatch(expected);
  });

  it('names every attribute at fault', () => {
    expect(problem({ hostname: '', maxErrors: 0 })).toMatch(/^hostname: .*; maxErrors: .*$/);
  });

  it.each([undefined, null, 'settings', 7])('refuses %j', (attributes) => {
    expect(parseSettings(attributes).ok).toBe(false);
  });
});

describe('nextHopSchema', () => {
  it('gives the hop that a text names', () => {
    expect(nextHopSchema.parse('smtp://mail:26')).toEqual({ kind: 'smtp', host: 'mail', port: 26, tls: 'offer' });
  });
});

describe('problemOf', () => {
  it('gives a path with dots, and none where the whole is at fault', () => {
    const schema = z.object({ a: z.object({ b: z.string('is no text') }) }, 'is no object');

    const inner = schema.safeParse({ a: { b: 7 } });
    const whole = schema.safeParse(7);

    expect(inner.error && problemOf(inner.error)).toBe('a.b: is no text');
    expect(whole.error && problemOf(whole.error)).toBe('is no object');
  });
});
