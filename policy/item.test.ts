import { describe, expect, it } from 'vitest';
import { parseDomain } from './address.ts';
import {
  attributeNames,
  BOOKKEEPING_ATTRIBUTES,
  domainItemKeys,
  ownAttributes,
  parseLastGood,
  parsePolicyItem,
} from './item.ts';
import { isImplemented, UNIMPLEMENTED_VERBS, VERBS } from './verb.ts';

const KEYS = 'settings, command#VERB, domain#NAME, client#NETWORK, sender#ADDRESS, issuer#NAME and screen#NNN-NAME are';

function problem(item: string, attributes: object = {}): string {
  const result = parsePolicyItem({ server: 'mx1', item, ...attributes });
  return result.ok ? 'parsed' : result.problem;
}

function value(item: string, attributes: object = {}): unknown {
  const result = parsePolicyItem({ server: 'mx1', item, ...attributes });
  return result.ok ? result.value : result.problem;
}

describe('parsePolicyItem', () => {
  it('reads settings', () => {
    expect(value('settings', { hostname: 'mx1.example', defaultNextHop: 'smtp://mail' })).toMatchObject({
      kind: 'settings',
      settings: { hostname: 'mx1.example', maxErrors: 20 },
    });
  });

  it('names what is wrong in settings', () => {
    expect(problem('settings', { hostname: 'mx1.example', defaultNextHop: 'smtp://mail', maxErrors: 0 })).toMatch(
      /^maxErrors: /,
    );
  });

  it.each([
    ['', `"" is not an item: ${KEYS}`],
    ['setting', `"setting" is not an item: ${KEYS}`],
    ['settings#x', `"settings#x" is not an item: ${KEYS}`],
    ['user#alice', `"user#alice" is not an item: ${KEYS}`],
    ['x#command#AUTH', `"x#command#AUTH" is not an item: ${KEYS}`],
    // Outside the ranges of keys that are read, so never found.
    ['Domain#example.com', '"Domain#example.com" must be written domain#example.com'],
    [' COMMAND # AUTH', '" COMMAND # AUTH" must be written command#AUTH'],
    ['Settings', '"Settings" must be written settings'],
    ['settings ', '"settings " must be written settings'],
    ['Sender#a#b@spam.example', '"Sender#a#b@spam.example" must be written sender#a#b@spam.example'],
  ])('refuses the key %j', (key, expected) => {
    expect(problem(key)).toBe(expected);
  });

  it.each([undefined, 7, ['settings']])('refuses the key %j, which is no string', (item) => {
    expect(parsePolicyItem({ server: 'mx1', item })).toEqual({ ok: false, problem: 'item: must be a string' });
  });
});

describe('a command item', () => {
  it.each(VERBS)('can turn %s off', (verb) => {
    expect(value(`command#${verb}`, { allowed: false })).toEqual({ kind: 'command', verb, allowed: false });
  });

  it.each(VERBS.filter(isImplemented))('can allow %s', (verb) => {
    expect(value(`command#${verb}`, { allowed: true, note: 'why' })).toEqual({ kind: 'command', verb, allowed: true });
  });

  it.each(UNIMPLEMENTED_VERBS)('cannot allow %s', (verb) => {
    expect(problem(`command#${verb}`, { allowed: true })).toBe(
      `allowed: ${verb} cannot be allowed, Postern does not carry it out`,
    );
  });

  it('leaves to the profile what it leaves out', () => {
    expect(value('command#NOOP')).toEqual({ kind: 'command', verb: 'NOOP' });
  });

  it.each([6, 65_536])('can set a limit of %i octets', (maxOctets) => {
    expect(value('command#AUTH', { maxOctets })).toEqual({ kind: 'command', verb: 'AUTH', maxOctets });
  });

  it.each([
    [5, '5 is out of range'],
    [65_537, '65537 is out of range'],
    [6.5, '6.5 is not a whole number'],
    ['5OO', '"5OO" is not a number'],
    [null, 'null is not a number'],
  ])('cannot set a limit of %j octets', (maxOctets, expected) => {
    expect(problem('command#AUTH', { maxOctets })).toBe(`maxOctets: ${expected}; 6 to 65536 are allowed`);
  });

  it.each([
    [{ allowed: 'yes' }, /^allowed: /],
    [{ maxOctet: 500 }, /^"maxOctet" is not an attribute here; allowed, maxOctets are$/],
  ])('refuses %j', (attributes, expected) => {
    expect(problem('command#AUTH', attributes)).toMatch(expected);
  });

  it.each(['auth', ' Auth '])('knows the verb %j', (verb) => {
    expect(value(`command#${verb}`, { maxOctets: 500 })).toEqual({ kind: 'command', verb: 'AUTH', maxOctets: 500 });
  });

  it.each(['', 'XCLIENT', 'AUTH#x'])('refuses the verb %j', (verb) => {
    expect(problem(`command#${verb}`)).toBe(`"${verb}" is not a verb that Postern knows: ${VERBS.join(', ')}`);
  });
});

describe('a domain item', () => {
  it('lists a domain, with and without a next hop of its own', () => {
    expect(value('domain#example.com', { note: 'ours' })).toEqual({ kind: 'domain', domain: 'example.com' });
    expect(value('domain#xn--bcher-kva.example', { nextHop: 'smtp://mail:26?tls=never' })).toEqual({
      kind: 'domain',
      domain: 'xn--bcher-kva.example',
      nextHop: { kind: 'smtp', hosts: [{ host: 'mail', port: 26 }], tls: 'never' },
    });
  });

  it.each([
    ['domain#Example.com', {}, /^"domain#Example.com" must be written domain#example.com$/],
    ['domain# example.com', {}, /^"domain# example.com" must be written domain#example.com$/],
    [
      'domain#Bücher.example',
      {},
      /^"domain#Bücher.example" must be written domain#xn--bcher-kva.example or domain#bücher.example$/,
    ],
    // The same to the eye: u and a combining mark, as some keyboards give it.
    ['domain#bu\u0308cher.example', {}, / must be written domain#xn--bcher-kva.example or domain#bücher.example$/],
    ['domain#', {}, /^"" is not a domain name$/],
    ['domain#*.example.com', {}, /^"\*.example.com" is not a domain name$/],
    ['domain#[192.0.2.1]', {}, /^"\[192.0.2.1\]" is not a domain name$/],
    ['domain#a#b', {}, /^"a#b" is not a domain name$/],
    ['domain#example.com', { nextHop: 'mail' }, /^nextHop: "mail" is not a next hop/],
    ['domain#example.com', { nexthop: 'smtp://mail' }, /^"nexthop" must be written nextHop$/],
  ])('refuses %s with %j', (key, attributes, expected) => {
    expect(problem(key, attributes)).toMatch(expected);
  });
});

it('finds a domain under the names that DNS and people have for it', () => {
  expect(value('domain#bücher.example', { nextHop: 'ses' })).toEqual({
    kind: 'domain',
    domain: 'xn--bcher-kva.example',
    nextHop: { kind: 'ses' },
  });
  for (const name of ['bücher.example', 'straße.example', 'пример.example', 'example.com', 'xn--a.example']) {
    const domain = parseDomain(name);
    if (!domain.ok) continue;
    for (const key of domainItemKeys(domain.value)) expect(value(key)).toMatchObject({ domain: domain.value });
  }
});

it.each([
  ['has no other', 'example.com'],
  ['has A-labels that are none', 'xn--a.example'],
  // A reader of URLs takes it for an IPv4 address that is none, and has no name for it.
  ['ends in a number', 'mail.1'],
])('looks for a domain under its one name where it %s', (_why, domain) => {
  expect(domainItemKeys(domain)).toEqual([`domain#${domain}`]);
});

describe('a client item', () => {
  it.each(['deny', 'relay'])('gives a network the access %s', (access) => {
    expect(value('client#203.0.113.0/24', { access, note: 'office' })).toEqual({
      kind: 'client',
      network: { family: 4, bits: 0xcb007100n, prefix: 24 },
      access,
      rule: 'client#203.0.113.0/24',
    });
  });

  it.each([
    ['client#office', { access: 'deny' }, /^"office" is not an IP network/],
    [
      'client#203.0.113.9/24',
      { access: 'deny' },
      /^"203.0.113.9\/24" is an address in a network: did you mean 203.0.113.0\/24\?$/,
    ],
    ['client#203.0.113.0/24', {}, /^access: is missing$/],
    ['client#203.0.113.0/24', { access: 'allow' }, /^access: "allow" is not allowed; deny, relay are$/],
    ['client#203.0.113.0/24', { access: 'deny', acess: 'relay' }, /^"acess" is not an attribute here; access is$/],
  ])('refuses %s with %j', (key, attributes, expected) => {
    expect(problem(key, attributes)).toMatch(expected);
  });
});

describe('a sender item', () => {
  it.each([
    ['sender#spam.example', '*@spam.example'],
    ['sender#*@spam.example', '*@spam.example'],
    ['sender#Bücher.example', '*@xn--bcher-kva.example'],
    ['sender# Mallory@Spam.Example ', 'mallory@spam.example'],
  ])('%s denies %s', (key, pattern) => {
    expect(value(key, { access: 'deny' })).toEqual({ kind: 'sender', pattern, access: 'deny', rule: key });
  });

  it.each([
    ['sender#', { access: 'deny' }, '"" is neither an address nor a domain'],
    ['sender#*', { access: 'deny' }, '"*" is neither an address nor a domain'],
    ['sender#a b@spam.example', { access: 'deny' }, '"a b@spam.example" is neither an address nor a domain'],
    ['sender#spam.example', {}, 'access: is missing'],
    ['sender#spam.example', { access: 'relay' }, 'access: "relay" is not allowed; deny is'],
    ['sender#spam.example', { access: 'deny', until: 'May' }, '"until" is not an attribute here; access is'],
  ])('refuses %s with %j', (key, attributes, expected) => {
    expect(problem(key, attributes)).toBe(expected);
  });
});

describe('an issuer item', () => {
  const ISSUER = { issuer: 'https://login.example/', audience: 'postern' };

  it('has defaults for what is seldom given', () => {
    expect(value('issuer#login', ISSUER)).toEqual({
      kind: 'issuer',
      name: 'login',
      ...ISSUER,
      skewSeconds: 60,
      userClaim: 'email',
    });
  });

  it('takes all that may be given', () => {
    const given = { ...ISSUER, jwksUri: 'https://login.example/keys', skewSeconds: 0, userClaim: 'sub' };

    expect(value('issuer#login', given)).toEqual({ kind: 'issuer', name: 'login', ...given });
  });

  it('cannot have a name that a JSON object may lose', () => {
    expect(problem('issuer#__proto__', ISSUER)).toBe('"__proto__" is not a name');
  });

  it.each([
    [{ issuer: undefined }, 'issuer: is missing'],
    [{ issuer: 'http://login.example/' }, 'issuer: "http://login.example/" is not a URL that begins with https://'],
    [{ issuer: 'login' }, 'issuer: "login" is not a URL that begins with https://'],
    [{ audience: ' ' }, 'audience: is empty'],
    [{ jwksUri: 'ftp://login.example' }, 'jwksUri: "ftp://login.example" is not a URL that begins with https://'],
    [{ skewSeconds: 601 }, 'skewSeconds: 601 is out of range; 0 to 600 are allowed'],
    [{ userClaim: 7 }, 'userClaim: 7 is not text'],
  ])('refuses %j', (change, expected) => {
    expect(problem('issuer#login', { ...ISSUER, ...change })).toBe(expected);
  });
});

describe('bookkeeping', () => {
  const ITEMS = [
    ['settings', { hostname: 'mx1.example', defaultNextHop: 'ses' }],
    ['command#AUTH', { maxOctets: 500 }],
    ['domain#example.com', {}],
    ['client#203.0.113.7', { access: 'deny' }],
    ['sender#spam.example', { access: 'deny' }],
    ['issuer#login', { issuer: 'https://login.example', audience: 'postern' }],
  ] as const;

  it.each(ITEMS)('of any type changes nothing in %s', (key, attributes) => {
    for (const anything of ['text', 7, true, null, { nested: [1] }, new Set(['x'])]) {
      const bookkeeping = Object.fromEntries(BOOKKEEPING_ATTRIBUTES.map((name) => [name, anything]));

      expect(value(key, { ...attributes, ...bookkeeping })).toEqual(value(key, attributes));
    }
  });

  it('is no own attribute, nor are the keys', () => {
    const bookkeeping = Object.fromEntries(BOOKKEEPING_ATTRIBUTES.map((name) => [name, 'x']));

    expect(ownAttributes({ server: 'mx1', item: 'command#AUTH', maxOctets: 500, ...bookkeeping })).toEqual({
      maxOctets: 500,
    });
  });

  it.each(ITEMS)('the names that %s may have hold all that it needs', (key, attributes) => {
    expect(attributeNames(key)).toEqual(expect.arrayContaining(Object.keys(attributes)));
  });

  it('no names are known of what is no item', () => {
    expect(attributeNames('nonsense')).toEqual([]);
  });
});

describe('parseLastGood', () => {
  it('reads the copy by the key of its item', () => {
    const item = { server: 'mx1', item: 'command#AUTH', maxOctets: '5OO', lastGood: { maxOctets: 500 } };

    expect(parseLastGood(item)).toEqual({ kind: 'command', verb: 'AUTH', maxOctets: 500 });
  });

  it.each([
    undefined,
    null,
    'maxOctets',
    7,
    [],
    ['x'],
    new Set(['x']),
    { maxOctets: '5OO' },
    { item: 'command#NOOP', maxOctets: 0 },
  ])('ignores a copy that is %j', (lastGood) => {
    expect(parseLastGood({ item: 'command#AUTH', maxOctets: '5OO', lastGood })).toBeUndefined();
  });
});
