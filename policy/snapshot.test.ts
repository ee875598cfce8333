import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMAND_TABLES } from './command-profile.ts';
import type { PolicyAttributes } from './item.ts';
import { makeSnapshot, type Policy, type Snapshot } from './snapshot.ts';

const SETTINGS = { server: 'mx1', item: 'settings', hostname: 'mx1.example', defaultNextHop: 'smtp://mail.example' };
const NO_VRFY = { server: 'mx1', item: 'command#VRFY', allowed: false };
const LONG_AUTH = { server: 'mx1', item: 'command#AUTH', maxOctets: 500 };
const OFFICE = { server: 'mx1', item: 'client#203.0.113.0/24', access: 'relay' };
const ATTACKER = { server: 'mx1', item: 'client#198.51.100.7', access: 'deny' };

function policyOf(snapshot: Snapshot): Policy {
  if (snapshot.policy === undefined) throw new TypeError('no policy');
  return snapshot.policy;
}

describe('makeSnapshot', () => {
  it('makes a policy of settings alone', () => {
    const snapshot = makeSnapshot([SETTINGS]);

    expect(snapshot.problems).toEqual([]);
    expect([...snapshot.inForce.keys()]).toEqual(['settings']);
    expect(policyOf(snapshot)).toEqual({
      version: expect.stringMatching(/^[0-9a-f]{16}$/),
      settings: expect.objectContaining({ hostname: 'mx1.example', maxErrors: 20 }),
      commands: COMMAND_TABLES.modern,
      clients: [],
    });
  });

  it('lets command items override what they name, and nothing else', () => {
    const { commands } = policyOf(
      makeSnapshot([
        { ...SETTINGS, commandProfile: 'rfc5321' },
        NO_VRFY,
        LONG_AUTH,
        { item: 'command#HELP', allowed: false, maxOctets: 6 },
        { item: 'command#NOOP' },
      ]),
    );

    expect(commands).toEqual({
      ...COMMAND_TABLES.rfc5321,
      VRFY: { allowed: false, maxOctets: 512 },
      AUTH: { allowed: true, maxOctets: 500 },
      HELP: { allowed: false, maxOctets: 6 },
    });
    expect(COMMAND_TABLES.rfc5321.VRFY).toEqual({ allowed: true, maxOctets: 512 });
  });

  it('lists client rules in the order of their keys', () => {
    const { clients } = policyOf(makeSnapshot([OFFICE, SETTINGS, ATTACKER]));

    expect(clients).toEqual([
      { network: { family: 4, bits: 0xc6336407n, prefix: 32 }, access: 'deny', rule: 'client#198.51.100.7' },
      { network: { family: 4, bits: 0xcb007100n, prefix: 24 }, access: 'relay', rule: 'client#203.0.113.0/24' },
    ]);
  });

  it('names what is broken and leaves it out where there is no good value', () => {
    const snapshot = makeSnapshot([SETTINGS, { ...OFFICE, access: 'allow' }, { item: 'nonsense' }, NO_VRFY]);

    expect(snapshot.problems).toEqual([
      { item: 'client#203.0.113.0/24', problem: expect.stringMatching(/^access: /) },
      { item: 'nonsense', problem: expect.stringMatching(/^"nonsense" is not an item/) },
    ]);
    expect([...snapshot.inForce.keys()]).toEqual(['settings', 'command#VRFY']);
    expect(policyOf(snapshot).clients).toEqual([]);
  });
});

describe('makeSnapshot after a bad edit', () => {
  const before = makeSnapshot([SETTINGS, NO_VRFY, OFFICE]);

  it.each([
    ['settings', [{ ...SETTINGS, maxErrors: 'many', relay: 'any-domain' }, NO_VRFY, OFFICE], 'settings'],
    ['a command', [SETTINGS, { ...NO_VRFY, allowed: 'no' }, OFFICE], 'command#VRFY'],
    ['a client', [SETTINGS, NO_VRFY, { ...OFFICE, access: 'allow' }], 'client#203.0.113.0/24'],
    ['settings, which were deleted', [NO_VRFY, OFFICE], 'settings'],
  ])('keeps the last good value of %s in force', (_what, items, item) => {
    const after = makeSnapshot(items, before);

    expect(after.policy).toEqual(before.policy);
    expect(after.problems).toEqual([{ item, problem: expect.any(String) }]);
    expect(makeSnapshot(items, after).policy).toEqual(before.policy);
  });

  it('says that settings are missing', () => {
    expect(makeSnapshot([NO_VRFY], before).problems).toEqual([{ item: 'settings', problem: 'is missing' }]);
  });

  it('drops a deleted item at once, though it was broken in between', () => {
    const broken = makeSnapshot([SETTINGS, NO_VRFY, { ...OFFICE, access: 'allow' }], before);

    expect(policyOf(makeSnapshot([SETTINGS], broken)).clients).toEqual([]);
  });

  it('takes a good edit beside a bad one', () => {
    const after = makeSnapshot([{ ...SETTINGS, maxErrors: 5 }, NO_VRFY, { ...OFFICE, access: 'allow' }], before);

    expect(policyOf(after)).toMatchObject({ settings: { maxErrors: 5 }, clients: [{ access: 'relay' }] });
  });

  it.each([
    ['no items', []],
    ['no settings', [NO_VRFY, OFFICE]],
    ['settings that never parsed', [{ ...SETTINGS, hostname: '' }, OFFICE]],
  ])('makes no policy of %s', (_what, items) => {
    const snapshot = makeSnapshot(items);

    expect(snapshot).not.toHaveProperty('policy');
    expect(snapshot.problems).toEqual([{ item: 'settings', problem: expect.any(String) }]);
  });
});

describe('the policy version', () => {
  const version = (...items: PolicyAttributes[]) => policyOf(makeSnapshot(items)).version;
  const base = version(SETTINGS, NO_VRFY, OFFICE);

  it.each<[string, ...PolicyAttributes[]]>([
    ['a setting', { ...SETTINGS, maxErrors: 21 }, NO_VRFY, OFFICE],
    ['the default next hop', { ...SETTINGS, defaultNextHop: 'smtp://mail.example:26' }, NO_VRFY, OFFICE],
    [
      'the TLS of the default next hop',
      { ...SETTINGS, defaultNextHop: 'smtp://mail.example?tls=never' },
      NO_VRFY,
      OFFICE,
    ],
    ['what is allowed', SETTINGS, { ...NO_VRFY, allowed: true }, OFFICE],
    ['a limit', SETTINGS, { ...NO_VRFY, maxOctets: 511 }, OFFICE],
    ['an access', SETTINGS, NO_VRFY, { ...OFFICE, access: 'deny' }],
    ['a network', SETTINGS, NO_VRFY, { ...OFFICE, item: 'client#203.0.112.0/24' }],
  ])('changes with %s', (_what, ...items) => {
    expect(version(...items)).not.toBe(base);
  });

  it('does not change with what is written otherwise and means the same', () => {
    expect(version({ ...SETTINGS, maxErrors: 20 }, { ...NO_VRFY, maxOctets: 512 }, OFFICE)).toBe(base);
    expect(version({ ...SETTINGS, defaultNextHop: 'smtp://MAIL.example:25/?tls=offer' }, NO_VRFY, OFFICE)).toBe(base);
    expect(version({ ...SETTINGS, note: 'for people' }, { ...NO_VRFY, note: 'too' }, OFFICE)).toBe(base);
    expect(version(Object.fromEntries(Object.entries(SETTINGS).toReversed()), NO_VRFY, OFFICE)).toBe(base);
  });
});

/** Items of one server with keys of their own: settings, good and broken ones. */
const good = fc.oneof(
  fc.record({
    item: fc.constantFrom('command#MAIL', 'command#RCPT', 'command#AUTH', 'command#NOOP'),
    maxOctets: fc.integer({ min: 6, max: 600 }),
  }),
  fc.record({ item: fc.ipV4().map((address) => `client#${address}`), access: fc.constantFrom('deny', 'relay') }),
  fc.record({ item: fc.constantFrom('domain#example.com', 'domain#example.net', 'domain#Broken') }),
);
const broken = fc.record({ item: fc.string(), access: fc.constant('allow'), allowed: fc.constant('no') });
const items = fc.uniqueArray(fc.oneof(good, broken), { selector: ({ item }) => item, maxLength: 12 });

describe('makeSnapshot whatever the items', () => {
  it('makes the same policy of the same items in any order', async () => {
    const pairs = items.chain((list) => {
      const all: PolicyAttributes[] = [SETTINGS, ...list.filter(({ item }) => item !== 'settings')];
      return fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }));
    });
    await fc.assert(
      fc.property(pairs, ([list, shuffled]) => {
        expect(makeSnapshot(shuffled).policy).toEqual(makeSnapshot(list).policy);
      }),
    );
  });

  it('changes no other value by a broken item', async () => {
    await fc.assert(
      fc.property(items, items, fc.nat(), ([...earlier], [...later], at) => {
        const previous = makeSnapshot([SETTINGS, ...earlier]);
        const list: PolicyAttributes[] = [SETTINGS, ...later];
        const victim = list[at % list.length] ?? SETTINGS;
        const key = String(victim.item);
        const edited = list.map((item) => (item === victim ? { ...item, bogus: 'x' } : item));

        const expected = new Map(makeSnapshot(list, previous).inForce);
        const actual = new Map(makeSnapshot(edited, previous).inForce);

        expect(actual.get(key)).toEqual(previous.inForce.get(key));
        expected.delete(key);
        actual.delete(key);
        expect(actual).toEqual(expected);
      }),
    );
  });
});
