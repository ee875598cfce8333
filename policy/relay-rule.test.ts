import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carriesRouting, parseMailbox } from './address.ts';
import type { DomainItem } from './item.ts';
import { parsePolicyItem } from './item.ts';
import { decideRelay, isBarePostmaster, type RelayQuestion, relayDomain } from './relay-rule.ts';
import { REPLIES } from './reply.ts';
import { parseSettings, type Settings } from './settings.ts';

const OUT = 'smtp://out.example:25?tls=offer';
const IN = 'smtp://in.example:2526?tls=never';

function settings(relay: Settings['relay']): Settings {
  const result = parseSettings({ hostname: 'mx1.example', defaultNextHop: 'smtp://out.example', relay });
  if (!result.ok) throw new TypeError(result.problem);
  return result.value;
}

function listed(domain: string, nextHop?: string): DomainItem {
  const result = parsePolicyItem({ item: `domain#${domain}`, ...(nextHop === undefined ? {} : { nextHop }) });
  if (!result.ok || result.value.kind !== 'domain') throw new TypeError(`${domain} is not a domain item`);
  return result.value;
}

const ANYWHERE = settings('any-domain');
const LISTED_ONLY = settings('listed-domains');
const EXAMPLE = listed('example.com');

// Who asks. Identity and trust are worth the same.
const STRANGER = { trusted: false };
const USER = { identity: 'alice', trusted: false };
const RELAY_CLIENT = { trusted: true };

function decide(who: Omit<RelayQuestion, 'recipient'>, recipient: string, policy: Settings, item?: DomainItem) {
  return decideRelay({ ...who, recipient }, policy, item);
}

describe('decideRelay of a listed domain', () => {
  it.each([
    ['anybody', STRANGER],
    ['a user', USER],
    ['a relay client', RELAY_CLIENT],
  ])('permits %s, for each recipient of the domain', (_who, who) => {
    expect(decide(who, 'Bob@EXAMPLE.com', LISTED_ONLY, EXAMPLE)).toEqual({
      kind: 'permit',
      nextHop: OUT,
      scope: 'domain',
      cacheSeconds: 5,
      rule: 'domain#example.com',
    });
  });

  it('takes the next hop of the domain before the default one', () => {
    expect(decide(STRANGER, 'bob@example.com', ANYWHERE, listed('example.com', IN))).toMatchObject({ nextHop: IN });
    expect(decide(USER, 'bob@example.com', ANYWHERE, listed('example.com', IN))).toMatchObject({
      nextHop: IN,
      rule: 'domain#example.com',
    });
  });
});

describe('decideRelay of any other domain', () => {
  const permit = { kind: 'permit', nextHop: OUT, scope: 'domain', cacheSeconds: 5, rule: 'settings#relay' };
  const denied = { kind: 'reject', reply: REPLIES.relayDenied, scope: 'domain', cacheSeconds: 5 };

  it.each([
    ['a user anywhere', USER, ANYWHERE, permit],
    ['a relay client anywhere', RELAY_CLIENT, ANYWHERE, permit],
    ['a user of an empty name anywhere', { identity: '', trusted: false }, ANYWHERE, permit],
    ['a user to listed domains alone', USER, LISTED_ONLY, { ...denied, rule: 'settings#relay' }],
    ['a relay client to listed domains alone', RELAY_CLIENT, LISTED_ONLY, { ...denied, rule: 'settings#relay' }],
    ['a stranger nowhere', STRANGER, ANYWHERE, { ...denied, rule: 'relay-domains' }],
    ['a stranger nowhere, whatever users may', STRANGER, LISTED_ONLY, { ...denied, rule: 'relay-domains' }],
  ])('lets %s', (_what, who, policy, decision) => {
    expect(decide(who, 'carol@elsewhere.example', policy)).toEqual(decision);
  });

  it.each(['bob@[192.0.2.1]', 'bob@[IPv6:::1]', 'bob@127.0.0.1'])('denies a stranger the address %s', (recipient) => {
    expect(decide(STRANGER, recipient, ANYWHERE)).toEqual({ ...denied, rule: 'relay-domains' });
  });
});

// The forms that open relays were tested with.
const ROUTED = [
  'victim%elsewhere.example@example.com',
  'elsewhere.example!victim@example.com',
  '"victim@elsewhere.example"@example.com',
  '"victim\\@elsewhere.example"@example.com',
  '"victim%elsewhere.example"@example.com',
  '"elsewhere.example!victim"@example.com',
  '%@example.com',
];

describe('decideRelay of a routed local part', () => {
  it.each(ROUTED)('refuses %s from a stranger, in a listed domain too', (recipient) => {
    const decision = {
      kind: 'reject',
      reply: REPLIES.relayDenied,
      scope: 'recipient',
      cacheSeconds: 5,
      rule: 'routed-local-part',
    };

    expect(decide(STRANGER, recipient, ANYWHERE, EXAMPLE)).toEqual(decision);
    expect(decide(STRANGER, recipient, ANYWHERE)).toEqual(decision);
  });

  it.each(ROUTED)('leaves %s to a user, for that recipient alone', (recipient) => {
    expect(decide(USER, recipient, LISTED_ONLY, EXAMPLE)).toMatchObject({ kind: 'permit', scope: 'recipient' });
    expect(decide(RELAY_CLIENT, recipient, ANYWHERE)).toMatchObject({ kind: 'permit', scope: 'recipient' });
    expect(decide(USER, recipient, LISTED_ONLY)).toMatchObject({ kind: 'reject', scope: 'recipient' });
  });
});

describe('decideRelay of other text', () => {
  it.each(['postmaster', 'Postmaster', 'POSTMASTER'])('takes <%s> without a domain from anybody', (recipient) => {
    expect(decide(STRANGER, recipient, LISTED_ONLY)).toEqual({
      kind: 'permit',
      nextHop: OUT,
      scope: 'recipient',
      cacheSeconds: 5,
      rule: 'postmaster',
    });
  });

  it('takes postmaster of a listed domain alone', () => {
    expect(decide(STRANGER, 'postmaster@example.com', ANYWHERE, EXAMPLE)).toMatchObject({ kind: 'permit' });
    expect(decide(STRANGER, 'postmaster@elsewhere.example', ANYWHERE)).toMatchObject({ kind: 'reject' });
  });

  it.each([
    '',
    'bob',
    '"postmaster"',
    'postmaster ',
    'bob@',
    '@example.com',
    'bob@example.com@elsewhere.example',
    '@relay.example:victim@elsewhere.example',
    '@relay.example,@example.com:victim@elsewhere.example',
    '<bob@example.com>',
    'bob@example.com ',
    'bob@bücher.example/elsewhere.example',
  ])('refuses %j, which is no address, from all', (recipient) => {
    const decision = {
      kind: 'reject',
      reply: REPLIES.badForwardPath,
      scope: 'recipient',
      cacheSeconds: 5,
      rule: 'recipient-syntax',
    };

    expect(decide(STRANGER, recipient, ANYWHERE, EXAMPLE)).toEqual(decision);
    expect(decide(USER, recipient, ANYWHERE, EXAMPLE)).toEqual(decision);
  });
});

describe('decideRelay whatever the strings', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('a', '@', '"', '\\', '%', '!', '.', '[', ']', ':', ' ', '\u00e9', '<', '>') }),
    fc.emailAddress(),
    fc.constantFrom(...ROUTED),
  );

  it('permits an untrusted client no unlisted domain', async () => {
    await fc.assert(
      fc.property(text, fc.constantFrom(ANYWHERE, LISTED_ONLY), (recipient, policy) => {
        const decision = decide(STRANGER, recipient, policy);

        expect(decision.kind === 'reject' || recipient.toLowerCase() === 'postmaster').toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('permits an untrusted client no routing into a listed domain', async () => {
    await fc.assert(
      fc.property(text, text, (local, more) => {
        const recipient = `${local}${more}@example.com`;
        const decision = decide(STRANGER, recipient, ANYWHERE, EXAMPLE);
        if (decision.kind !== 'permit') return;
        const mailbox = parseMailbox(recipient);

        expect(mailbox.ok && !carriesRouting(mailbox.value.localPart)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('isBarePostmaster', () => {
  it.each(['postmaster', 'PostMaster'])('is %j', (recipient) => {
    expect(isBarePostmaster(recipient)).toBe(true);
  });

  it.each(['', 'postmaster@example.com', 'postmasters', ' postmaster'])('is not %j', (recipient) => {
    expect(isBarePostmaster(recipient)).toBe(false);
  });
});

describe('relayDomain', () => {
  it.each([
    ['Bob@EXAMPLE.com', 'example.com'],
    ['bob@bücher.example', 'xn--bcher-kva.example'],
    ['bob@[192.0.2.1]', '[192.0.2.1]'],
    ['postmaster', undefined],
    ['nonsense', undefined],
  ])('of %j is %j', (recipient, domain) => {
    expect(relayDomain(recipient)).toBe(domain);
  });
});
