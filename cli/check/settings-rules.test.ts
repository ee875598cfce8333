import { describe, expect, it } from 'vitest';
import { server, texts } from '../test-support/checked.ts';
import { settingsFindings } from './settings-rules.ts';

describe('settings', () => {
  it.each<[what: string, settings: object, parts: object, expected: readonly string[]]>([
    ['of the usual kind', {}, {}, []],
    ['switched off', { enabled: false }, {}, ['note settings: enabled is false: every client hears 421']],
    [
      'that only report',
      { reportOnly: true },
      {},
      ['warning settings: reportOnly is true: refusals by policy are recorded and let pass'],
    ],
    [
      'with passwords in the clear',
      { authenticationRequiresTls: false },
      {},
      ['warning settings: authenticationRequiresTls is false: passwords in the clear'],
    ],
    [
      'with a login that SES should judge',
      { authenticator: 'next-hop', defaultNextHop: 'ses' },
      {},
      ['error settings: authenticator is next-hop, and ses knows no users'],
    ],
    [
      'with a login that may be offered only',
      { authentication: 'offered', authenticator: 'next-hop', defaultNextHop: 'ses' },
      {},
      ['warning settings: authenticator is next-hop, and ses knows no users'],
    ],
    [
      'with a login in the clear at the hop',
      { authenticator: 'next-hop', defaultNextHop: 'smtp://h?tls=never' },
      {},
      ['error settings: authenticator is next-hop, which needs TLS, and defaultNextHop has tls=never'],
    ],
    [
      'without any domain',
      {},
      { domains: {} },
      ['error settings: relay is listed-domains and there is no domain: nothing is taken'],
    ],
    [
      'that relay for nobody',
      { relay: 'any-domain', authentication: 'none' },
      {},
      ['warning settings: relay any-domain is for no one: no login and no client with relay access'],
    ],
    [
      'that trust an address alone',
      { relay: 'any-domain', authentication: 'none' },
      { clients: { '10.0.0.0/8': { access: 'relay' } } },
      [
        'warning client#10.0.0.0/8: may send to any domain by its address alone: relay is any-domain and authentication is none',
      ],
    ],
    [
      'that trust everybody',
      { relay: 'any-domain' },
      { clients: { '0.0.0.0/0': { access: 'relay' }, '2000::/3': { access: 'relay' } } },
      [
        'error client#0.0.0.0/0: lets so many networks relay without a login that the server is an open relay',
        'error client#2000::/3: lets so many networks relay without a login that the server is an open relay',
      ],
    ],
    [
      'that trust somebody in vain',
      {},
      { clients: { '10.1.0.0/16': { access: 'relay' } } },
      [
        'note client#10.1.0.0/16: relay has no effect on where this client may send: relay of the settings is listed-domains',
      ],
    ],
    [
      'that deny everybody',
      {},
      { clients: { '::/0': { access: 'deny' } } },
      ['error client#::/0: denies everybody on IPv6'],
    ],
    [
      'without AUTH',
      {},
      { commands: { AUTH: { allowed: false } } },
      ['error command#AUTH: is off: no one can log in, and authentication is required'],
    ],
    [
      'without STARTTLS',
      {},
      { commands: { STARTTLS: { allowed: false } } },
      ['warning command#STARTTLS: is off, so that AUTH, which needs TLS, is left to listeners with TLS'],
    ],
    [
      'without MAIL',
      {},
      { commands: { MAIL: { allowed: false } } },
      ['error command#MAIL: is off: no mail can come in'],
    ],
    [
      'with HELO alone',
      {},
      { commands: { EHLO: { allowed: false } } },
      ['warning command#EHLO: is off: no TLS, no login, no limit of size is offered'],
    ],
    [
      'with an item of no effect',
      {},
      { commands: { NOOP: { maxOctets: 64 } } },
      ['note command#NOOP: same as profile modern; can be removed'],
    ],
    [
      'with an issuer and no login',
      { authentication: 'none' },
      { issuers: { l: { issuer: 'https://l.example/', audience: 'a' } } },
      ['warning issuer#l: has no effect: authentication is none'],
    ],
    [
      'with an issuer that the hop does not ask',
      { authenticator: 'next-hop' },
      { issuers: { l: { issuer: 'https://l.example/', audience: 'a' } } },
      ['warning issuer#l: has no effect: authenticator is next-hop'],
    ],
    [
      'with an issuer and no mechanism for it',
      { mechanisms: ['PLAIN'] },
      { issuers: { l: { issuer: 'https://l.example/', audience: 'a' } } },
      ['warning issuer#l: has no effect: mechanisms has neither of XOAUTH2, OAUTHBEARER'],
    ],
    [
      'with a MAIL that nothing fits',
      {},
      { commands: { MAIL: { maxOctets: 10 } } },
      ['error command#MAIL: up to 10 octets: no sender fits, and no mail can come in; it needs 20 at least'],
    ],
    [
      'with a MAIL that some do not fit',
      {},
      { commands: { MAIL: { maxOctets: 200 } } },
      ['warning command#MAIL: up to 200 octets: some senders do not fit: RFC 5321 allows a path of 256 octets'],
    ],
    [
      'with an AUTH that no login fits',
      {},
      { commands: { AUTH: { maxOctets: 40 } } },
      ['error command#AUTH: up to 40 octets: no one can log in; it needs 48 at least'],
    ],
    [
      'with a short AUTH that is not used',
      { authentication: 'none', relay: 'listed-domains' },
      { commands: { AUTH: { maxOctets: 40 } } },
      [],
    ],
    ['with the tight limits of a profile', { commandProfile: 'isa2000fp1' }, {}, []],
    [
      'with mechanisms of which one is unknown',
      { mechanisms: ['PLAIN', 'FOO'] },
      {},
      ['warning settings: mechanisms: FOO is never offered; the directory has PLAIN, LOGIN, XOAUTH2, OAUTHBEARER'],
    ],
    [
      'with mechanisms of which none is known',
      { mechanisms: ['FOO', 'SCRAM-SHA-256'] },
      {},
      [
        'warning settings: mechanisms: FOO, SCRAM-SHA-256 are never offered; the directory has PLAIN, LOGIN, XOAUTH2, OAUTHBEARER',
        'error settings: mechanisms: none of them is offered: no one can log in',
      ],
    ],
    [
      'with mechanisms that a hop may have',
      { authenticator: 'next-hop', mechanisms: ['SCRAM-SHA-256', 'FOO'] },
      {},
      ['note settings: mechanisms: FOO is offered only where the next hop has it'],
    ],
    [
      'with a domain that is an address',
      {},
      { domains: { '192.0.2.1': {}, '2001:db8::1': {} } },
      [
        'warning domain#192.0.2.1: is an IP address: no mail is addressed to it so',
        'warning domain#2001:db8::1: is an IP address: no mail is addressed to it so',
      ],
    ],
  ])('%s', (_what, settings, parts, expected) => {
    expect(texts(settingsFindings(server(settings, parts)))).toEqual(expected);
  });

  it('that are broken are not judged', () => {
    expect(settingsFindings(server({ hostname: 'not a name' }))).toEqual([]);
  });
});
