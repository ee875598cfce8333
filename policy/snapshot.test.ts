import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMAND_TABLES } from './command-profile.ts';
import { BOOKKEEPING_ATTRIBUTES, type PolicyAttributes, parsePolicyItem } from './item.ts';
import { makeSnapshot, type Policy, type Snapshot } from './snapshot.ts';

const SETTINGS = { server: 'mx1', item: 'settings', hostname: 'mx1.example', defaultNextHop: 'smtp://mail.example' };
const NO_VRFY = { server: 'mx1', item: 'command#VRFY', allowed: false };
const LONG_AUTH = { server: 'mx1', item: 'command#AUTH', maxOctets: 500 };
const OFFICE = { server: 'mx1', item: 'client#203.0.113.0/24', access: 'relay' };
const SPAMMER = { server: 'mx1', item: 'sender#spam.example', access: 'deny' };
const MALLORY = { server: 'mx1', item: 'sender#Mallory@example.net', access: 'deny' };
const ISSUER = { server: 'mx1', item: 'issuer#login', issuer: 'https://login.example', audience: 'postern' };
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
      deniedSenders: new Map(),
      hasIssuers: false,
      screens: [],
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

  it('lists denied senders with the items that deny them, and knows of issuers', () => {
    const { deniedSenders, hasIssuers } = policyOf(makeSnapshot([SETTINGS, SPAMMER, MALLORY, ISSUER]));

    expect([...deniedSenders]).toEqual([
      ['mallory@example.net', 'sender#Mallory@example.net'],
      ['*@spam.example', 'sender#spam.example'],
    ]);
    expect(hasIssuers).toBe(true);
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

it.each([
  [7, '7'],
  [['settings'], 'a list'],
  [undefined, 'nothing'],
])('makeSnapshot names an item whose key is %j as %s', (item, name) => {
  expect(makeSnapshot([SETTINGS, { item }]).problems).toEqual([{ item: name, problem: 'item: must be a string' }]);
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
    expect([...snapshot.inForce.values()]).not.toContain(undefined);
    expect(snapshot.problems).toEqual([{ item: 'settings', problem: expect.any(String) }]);
  });
});

describe('makeSnapshot of a task that has just started', () => {
  const BROKEN_AUTH = { ...LONG_AUTH, maxOctets: '5OO' };

  it('takes the last good copy that lies in the item', () => {
    const snapshot = makeSnapshot([SETTINGS, { ...BROKEN_AUTH, lastGood: { maxOctets: 500 } }]);

    expect(policyOf(snapshot)).toEqual(policyOf(makeSnapshot([SETTINGS, LONG_AUTH])));
    expect(snapshot.problems).toEqual([
      { item: 'command#AUTH', problem: 'maxOctets: "5OO" is not a number; 6 to 65536 are allowed' },
    ]);
  });

  it('starts by the last good settings', () => {
    const { server, item, ...lastGood } = SETTINGS;

    const snapshot = makeSnapshot([{ server, item, hostname: 'not a name', lastGood }]);

    expect(policyOf(snapshot)).toEqual(policyOf(makeSnapshot([SETTINGS])));
  });

  it('ignores a copy that does not parse', () => {
    const snapshot = makeSnapshot([SETTINGS, { ...BROKEN_AUTH, lastGood: { maxOctets: 0 } }]);

    expect(policyOf(snapshot).commands).toEqual(COMMAND_TABLES.modern);
    expect(snapshot.problems).toHaveLength(1);
  });

  it('that has a value in memory goes by that, whatever the copy says', () => {
    const before = makeSnapshot([SETTINGS, LONG_AUTH]);

    const after = makeSnapshot([SETTINGS, { ...BROKEN_AUTH, lastGood: { maxOctets: 600 } }], before);

    expect(after.policy).toEqual(before.policy);
  });
});

describe('makeSnapshot of two items that mean the same', () => {
  const LOWER = { server: 'mx1', item: 'command#auth', maxOctets: 700 };
  const MIXED = { server: 'mx1', item: 'command#Auth', maxOctets: 800 };

  it.each([
    ['the canonical key', [LOWER, LONG_AUTH, MIXED], 500, 'command#AUTH', ['command#auth', 'command#Auth']],
    ['else the first key', [LOWER, MIXED], 800, 'command#Auth', ['command#auth']],
  ])('goes by %s and names the others, in any order', (_which, items, maxOctets, winner, losers) => {
    for (const order of [items, items.toReversed()]) {
      const snapshot = makeSnapshot([SETTINGS, ...order]);

      expect(policyOf(snapshot).commands.AUTH.maxOctets).toBe(maxOctets);
      expect(new Set(snapshot.problems)).toEqual(
        new Set(losers.map((item) => ({ item, problem: `means the same as ${winner}, which is in force` }))),
      );
    }
  });

  it('goes by the other one while the canonical one has never parsed', () => {
    const snapshot = makeSnapshot([SETTINGS, { ...LONG_AUTH, maxOctets: '5OO' }, LOWER]);

    expect(policyOf(snapshot).commands.AUTH.maxOctets).toBe(700);
    expect(snapshot.problems.map(({ item }) => item)).toEqual(['command#AUTH']);
  });

  it('goes back to the other one when the canonical one is deleted', () => {
    const before = makeSnapshot([SETTINGS, LONG_AUTH, LOWER]);

    expect(policyOf(makeSnapshot([SETTINGS, LOWER], before)).commands.AUTH.maxOctets).toBe(700);
  });

  it('names one item for a sender that two deny', () => {
    const upper = { ...SPAMMER, item: 'sender#Spam.example' };

    for (const order of [
      [SPAMMER, upper],
      [upper, SPAMMER],
    ]) {
      const snapshot = makeSnapshot([SETTINGS, ...order]);
      expect([...policyOf(snapshot).deniedSenders]).toEqual([['*@spam.example', 'sender#spam.example']]);
      expect(snapshot.problems).toEqual([
        { item: 'sender#Spam.example', problem: 'means the same as sender#spam.example, which is in force' },
      ]);
    }
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
    ['a denied sender', SETTINGS, NO_VRFY, OFFICE, SPAMMER],
    ['an issuer', SETTINGS, NO_VRFY, OFFICE, ISSUER],
    ['mechanisms', { ...SETTINGS, mechanisms: ['PLAIN'] }, NO_VRFY, OFFICE],
    ['networks of proxies', { ...SETTINGS, proxyProtocolNetworks: ['10.0.0.0/8'] }, NO_VRFY, OFFICE],
  ])('changes with %s', (_what, ...items) => {
    expect(version(...items)).not.toBe(base);
  });

  it('is another one for each network of proxies', () => {
    const networks = ['10.0.0.0/8', '10.0.0.0/9', '11.0.0.0/8', 'a00::/8'];
    const versions = networks.map((network) => version({ ...SETTINGS, proxyProtocolNetworks: [network] }));

    expect(new Set(versions).size).toBe(networks.length);
  });

  it('does not change with what is written otherwise and means the same', () => {
    expect(version({ ...SETTINGS, maxErrors: 20 }, { ...NO_VRFY, maxOctets: 512 }, OFFICE)).toBe(base);
    expect(version({ ...SETTINGS, defaultNextHop: 'smtp://MAIL.example:25/?tls=offer' }, NO_VRFY, OFFICE)).toBe(base);
    expect(version({ ...SETTINGS, maxErrors: ' 20 ', enabled: 'TRUE' }, { ...NO_VRFY, allowed: 'False' }, OFFICE)).toBe(
      base,
    );
    expect(version(SETTINGS, { ...NO_VRFY, item: 'command#vrfy' }, OFFICE)).toBe(base);
    expect(version(Object.fromEntries(Object.entries(SETTINGS).toReversed()), NO_VRFY, OFFICE)).toBe(base);
  });
});

describe('the policy version and bookkeeping', () => {
  const { version } = policyOf(makeSnapshot([SETTINGS, NO_VRFY, OFFICE]));

  it.each(BOOKKEEPING_ATTRIBUTES)('does not change with %s', (name) => {
    for (const value of ['for people', { allowed: true }, 7]) {
      const items = [SETTINGS, NO_VRFY, OFFICE].map((item) => ({ ...item, [name]: value }));

      expect(policyOf(makeSnapshot(items)).version).toBe(version);
    }
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

/** What DynamoDB can hold, and more. */
const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withSet: true,
  withTypedArray: true,
  withNullPrototype: true,
});
const garbage = fc.dictionary(
  fc.oneof(
    fc.string(),
    fc.constantFrom('allowed', 'maxOctets', 'access', 'hostname', 'maxErrors', 'mechanisms', 'lastGood', '__proto__'),
  ),
  anything,
);
const KEYS = ['settings', 'command#AUTH', 'client#203.0.113.0/24', 'domain#example.com', 'sender#spam.example'];

describe('makeSnapshot whatever is typed', () => {
  const ISSUED = [SETTINGS, LONG_AUTH, OFFICE, { item: 'domain#example.com' }, SPAMMER];
  const before = makeSnapshot(ISSUED);

  it('never throws, and keeps the value in force of an item that does not parse', async () => {
    await fc.assert(
      fc.property(fc.constantFrom(...KEYS), garbage, (key, attributes) => {
        const edited = ISSUED.map((item) => (item.item === key ? { ...attributes, item: key } : item));

        const after = makeSnapshot(edited, before);

        if (parsePolicyItem({ ...attributes, item: key }).ok) return;
        expect(after.inForce).toEqual(before.inForce);
        expect(after.policy).toEqual(before.policy);
        expect(after.problems).toEqual([{ item: key, problem: expect.stringMatching(/./) }]);
      }),
      { numRuns: 1000 },
    );
  });

  it('never throws for any key', async () => {
    const key = fc.oneof(
      anything,
      fc.tuple(fc.constantFrom(...KEYS, 'issuer#', 'COMMAND#'), fc.string()).map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.property(key, garbage, (item, attributes) => {
        const { problems } = makeSnapshot([...ISSUED, { ...attributes, item }]);
        for (const { problem } of problems) expect(problem).not.toBe('');
      }),
      { numRuns: 1000 },
    );
  });
});
