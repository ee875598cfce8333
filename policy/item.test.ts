import { describe, expect, it } from 'vitest';
import { parsePolicyItem } from './item.ts';
import { UNIMPLEMENTED_VERBS, VERBS } from './verb.ts';

const KEYS = 'settings, command#VERB, domain#NAME and client#NETWORK are';

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
    ['Domain#example.com', `"Domain#example.com" is not an item: ${KEYS}`],
    ['user#alice', `"user#alice" is not an item: ${KEYS}`],
    ['x#command#AUTH', `"x#command#AUTH" is not an item: ${KEYS}`],
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

  it.each(VERBS.filter((verb) => !UNIMPLEMENTED_VERBS.includes(verb)))('can allow %s', (verb) => {
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

  it.each([5, 65_537, 6.5, '500', null])('cannot set a limit of %j octets', (maxOctets) => {
    expect(problem('command#AUTH', { maxOctets })).toMatch(/^maxOctets: /);
  });

  it.each([
    [{ allowed: 'yes' }, /^allowed: /],
    [{ maxOctet: 500 }, /"maxOctet"/],
    [{ note: 7 }, /^note: /],
  ])('refuses %j', (attributes, expected) => {
    expect(problem('command#AUTH', attributes)).toMatch(expected);
  });

  it.each(['', 'auth', 'XCLIENT', 'AUTH#x'])('refuses the verb %j', (verb) => {
    expect(problem(`command#${verb}`)).toBe(`"${verb}" is not a verb that Postern knows: ${VERBS.join(', ')}`);
  });
});

describe('a domain item', () => {
  it('lists a domain, with and without a next hop of its own', () => {
    expect(value('domain#example.com', { note: 'ours' })).toEqual({ kind: 'domain', domain: 'example.com' });
    expect(value('domain#xn--bcher-kva.example', { nextHop: 'smtp://mail:26?tls=never' })).toEqual({
      kind: 'domain',
      domain: 'xn--bcher-kva.example',
      nextHop: { kind: 'smtp', host: 'mail', port: 26, tls: 'never' },
    });
  });

  it.each([
    ['domain#Example.com', {}, /^"Example.com" must be written example.com: lower case, A-labels$/],
    ['domain#bücher.example', {}, /^"bücher.example" must be written xn--bcher-kva.example: lower case, A-labels$/],
    ['domain#', {}, /^"" is not a domain name$/],
    ['domain#*.example.com', {}, /^"\*.example.com" is not a domain name$/],
    ['domain#[192.0.2.1]', {}, /^"\[192.0.2.1\]" is not a domain name$/],
    ['domain#a#b', {}, /^"a#b" is not a domain name$/],
    ['domain#example.com', { nextHop: 'mail' }, /^nextHop: "mail" is not a next hop/],
    ['domain#example.com', { nexthop: 'smtp://mail' }, /"nexthop"/],
    ['domain#example.com', { note: 7 }, /^note: /],
  ])('refuses %s with %j', (key, attributes, expected) => {
    expect(problem(key, attributes)).toMatch(expected);
  });
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
    ['client#203.0.113.0/24', {}, /^access: /],
    ['client#203.0.113.0/24', { access: 'allow' }, /^access: .*"deny"/],
    ['client#203.0.113.0/24', { access: 'deny', acess: 'relay' }, /"acess"/],
    ['client#203.0.113.0/24', { access: 'deny', note: 7 }, /^note: /],
  ])('refuses %s with %j', (key, attributes, expected) => {
    expect(problem(key, attributes)).toMatch(expected);
  });
});
