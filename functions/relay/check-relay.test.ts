import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkRelayDecisionSchema, checkRelayDecisionsSchema } from '../../policy/decision.ts';
import type { PolicyAttributes } from '../../policy/item.ts';
import { RELAY_ITEMS } from '../../policy/relay-item.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { CheckRelayRequest } from '../../policy/request.ts';
import { ItemsInForce } from '../tables/items-in-force.ts';
import { type Console, recordConsole } from '../test-support/invocation.ts';
import { checkRelay } from './check-relay.ts';
import type { RelayPolicyStore } from './relay-policy-store.ts';

const SETTINGS = { item: 'settings', hostname: 'mx1.example.com', defaultNextHop: 'smtp://out.example.com' };
const DOMAIN = { item: 'domain#example.com', nextHop: 'smtp://mail.example.com:2526' };
const BROKEN_SETTINGS = { ...SETTINGS, maxErrors: 'many' };
const BROKEN_OTHER = { item: 'domain#other.example', nextHop: 'nowhere' };
const BROKEN_DOMAIN = { ...DOMAIN, nextHop: 'nowhere' };

const DEFER = { kind: 'defer', reply: REPLIES.decisionDeferred };
const TO_MAIL = { kind: 'permit', nextHop: 'smtp://mail.example.com:2526?tls=offer', rule: 'domain#example.com' };
const DENIED = { kind: 'reject', reply: REPLIES.relayDenied };

/** Its items can be changed between two questions, as people change the table. */
class FakePolicy implements RelayPolicyStore {
  readonly asked: (readonly [string, readonly string[]])[] = [];
  items: readonly PolicyAttributes[];

  constructor(...items: readonly PolicyAttributes[]) {
    this.items = items;
  }

  async read(server: string, keys: readonly string[]): Promise<ReadonlyMap<string, PolicyAttributes>> {
    this.asked.push([server, keys]);
    const found = this.items.filter(({ item }) => keys.includes(String(item)));
    return new Map(found.map((item) => [String(item.item), item]));
  }
}

function question(change: Partial<CheckRelayRequest> = {}): CheckRelayRequest {
  return {
    server: 'mx1',
    session: 's1',
    client: { address: '192.0.2.1', port: 4711, tls: false },
    recipient: 'bob@example.com',
    trusted: false,
    ...change,
  };
}

let logged: Console;
beforeEach(() => {
  logged = recordConsole();
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('checkRelay', () => {
  it('permits a recipient of a listed domain and names its next hop', async () => {
    const policy = new FakePolicy(SETTINGS, DOMAIN);

    const answer = await checkRelay(question({ recipient: 'Bob@EXAMPLE.com' }), policy, new ItemsInForce(RELAY_ITEMS));

    expect(answer).toMatchObject({ ...TO_MAIL, scope: 'domain' });
    expect(policy.asked).toEqual([['mx1', ['settings', 'domain#example.com']]]);
    expect(checkRelayDecisionSchema.safeParse(JSON.parse(JSON.stringify(answer))).success).toBe(true);
    expect(logged.text()).toBe('');
  });

  it.each(['bob@example.net', 'bob@sub.example.com', 'bob@com'])(
    'rejects an unlisted domain: %s',
    async (recipient) => {
      const policy = new FakePolicy(SETTINGS, DOMAIN);

      expect(await checkRelay(question({ recipient }), policy, new ItemsInForce(RELAY_ITEMS))).toMatchObject(DENIED);
      expect(logged.text()).toBe('');
    },
  );

  it('lets an identity and a trusted client go where the settings allow', async () => {
    const policy = new FakePolicy({ ...SETTINGS, relay: 'any-domain' });
    const recipient = 'carol@elsewhere.example';
    const permit = { kind: 'permit', nextHop: 'smtp://out.example.com:25?tls=offer', rule: 'settings#relay' };

    expect(
      await checkRelay(question({ recipient, identity: 'alice' }), policy, new ItemsInForce(RELAY_ITEMS)),
    ).toMatchObject(permit);
    expect(
      await checkRelay(question({ recipient, trusted: true }), policy, new ItemsInForce(RELAY_ITEMS)),
    ).toMatchObject(permit);
    expect(await checkRelay(question({ recipient }), policy, new ItemsInForce(RELAY_ITEMS))).toMatchObject(DENIED);
  });

  // No item can list these; the settings alone decide.
  it.each([
    ['postmaster alone', 'postmaster', { kind: 'permit', rule: 'postmaster' }],
    ['an address literal', 'bob@[192.0.2.1]', DENIED],
    ['no address', 'nonsense', { kind: 'reject', reply: REPLIES.badForwardPath }],
  ])('reads the settings alone for %s', async (_what, recipient, expected) => {
    const policy = new FakePolicy(SETTINGS, DOMAIN);

    expect(await checkRelay(question({ recipient }), policy, new ItemsInForce(RELAY_ITEMS))).toMatchObject(expected);
    expect(policy.asked).toEqual([['mx1', ['settings']]]);
  });
});

describe('checkRelay of a domain that is written in Unicode', () => {
  const A_LABEL = { item: 'domain#xn--bcher-kva.example', nextHop: 'smtp://a.example.com' };
  const UNICODE = { item: 'domain#bücher.example', nextHop: 'smtp://u.example.com' };
  const BROKEN_A_LABEL = { ...A_LABEL, nextHop: 'nowhere' };
  const BROKEN_UNICODE = { ...UNICODE, nextHop: 'nowhere' };
  const BY_A_LABEL = { kind: 'permit', nextHop: 'smtp://a.example.com:25?tls=offer' };
  const BY_UNICODE = { kind: 'permit', nextHop: 'smtp://u.example.com:25?tls=offer' };

  it('asks for both keys at once, whichever the client wrote', async () => {
    for (const recipient of ['bob@BÜCHER.example', 'bob@xn--bcher-kva.example']) {
      const policy = new FakePolicy(SETTINGS, UNICODE);

      expect(await checkRelay(question({ recipient }), policy, new ItemsInForce(RELAY_ITEMS))).toMatchObject(
        BY_UNICODE,
      );
      expect(policy.asked).toEqual([['mx1', ['settings', A_LABEL.item, UNICODE.item]]]);
    }
  });

  it.each([
    ['the A-labels win', [A_LABEL, UNICODE], BY_A_LABEL],
    ['the A-labels win though they stand second', [UNICODE, A_LABEL], BY_A_LABEL],
    ['a broken item without a last good value gives way', [BROKEN_A_LABEL, UNICODE], BY_UNICODE],
    [
      'a broken item with its last good copy does not',
      [{ ...BROKEN_A_LABEL, lastGood: { nextHop: 'smtp://a.example.com' } }, UNICODE],
      BY_A_LABEL,
    ],
    ['both broken is deferred', [BROKEN_A_LABEL, BROKEN_UNICODE], DEFER],
    ['one broken alone is deferred', [BROKEN_UNICODE], DEFER],
    ['neither is refused', [], DENIED],
  ])('%s', async (_what, items, expected) => {
    const policy = new FakePolicy(SETTINGS, ...items);
    const recipient = 'bob@bücher.example';

    expect(await checkRelay(question({ recipient }), policy, new ItemsInForce(RELAY_ITEMS))).toMatchObject(expected);
  });
});

describe('checkRelay without what it needs', () => {
  it('defers and says why when the store does not answer', async () => {
    const policy: RelayPolicyStore = { read: () => Promise.reject(new Error('table not found')) };

    expect(await checkRelay(question(), policy, new ItemsInForce(RELAY_ITEMS))).toEqual(DEFER);
    expect(logged.lines()).toEqual([
      { level: 'error', server: 'mx1', session: 's1', problem: 'Cannot read policy: Error: table not found' },
    ]);
  });

  it.each([
    ['there are no settings', [DOMAIN], 'settings', 'is missing'],
    ['the settings never parsed', [BROKEN_SETTINGS, DOMAIN], 'settings', 'maxErrors: '],
    ['the domain never parsed', [SETTINGS, BROKEN_DOMAIN], 'domain#example.com', 'nextHop: "nowhere"'],
  ])('defers and names the item when %s', async (_what, items, item, problem) => {
    for (const recipient of ['bob@example.com']) {
      expect(
        await checkRelay(question({ recipient }), new FakePolicy(...items), new ItemsInForce(RELAY_ITEMS)),
      ).toEqual(DEFER);
    }
    expect(logged.lines()).toEqual([
      { level: 'error', server: 'mx1', session: 's1', item, problem: expect.stringContaining(problem) },
    ]);
  });
});

describe('checkRelay after an edit', () => {
  it.each([
    ['broken settings', [BROKEN_SETTINGS, DOMAIN], 'settings'],
    ['deleted settings', [DOMAIN], 'settings'],
    ['a broken domain', [SETTINGS, BROKEN_DOMAIN], 'domain#example.com'],
  ])('goes on by the last good value of %s and names the item', async (_what, items, item) => {
    const policy = new FakePolicy(SETTINGS, DOMAIN);
    const inForce = new ItemsInForce(RELAY_ITEMS);
    await checkRelay(question(), policy, inForce);
    policy.items = items;

    expect(await checkRelay(question(), policy, inForce)).toMatchObject(TO_MAIL);
    expect(logged.lines()).toMatchObject([{ item }]);
  });

  it('goes by the copies in the items from its first question on', async () => {
    const { item: _settings, ...goodSettings } = SETTINGS;
    const { item: _domain, ...goodDomain } = DOMAIN;
    const policy = new FakePolicy(
      { ...BROKEN_SETTINGS, lastGood: goodSettings },
      { ...BROKEN_DOMAIN, lastGood: goodDomain },
    );

    expect(await checkRelay(question(), policy, new ItemsInForce(RELAY_ITEMS))).toMatchObject(TO_MAIL);
    expect(logged.lines()).toMatchObject([{ item: 'settings' }, { item: 'domain#example.com' }]);
  });

  it('neither opens nor closes the server by broken settings', async () => {
    const policy = new FakePolicy({ ...SETTINGS, relay: 'listed-domains' }, DOMAIN);
    const inForce = new ItemsInForce(RELAY_ITEMS);
    const elsewhere = question({ recipient: 'bob@elsewhere.example', identity: 'alice' });
    await checkRelay(elsewhere, policy, inForce);
    policy.items = [{ ...SETTINGS, relay: 'any-domain', maxErrors: 'many' }, DOMAIN];

    expect(await checkRelay(elsewhere, policy, inForce)).toMatchObject(DENIED);
  });

  it('rejects a domain that was deleted, and does not remember it', async () => {
    const policy = new FakePolicy(SETTINGS, DOMAIN);
    const inForce = new ItemsInForce(RELAY_ITEMS);
    await checkRelay(question(), policy, inForce);

    policy.items = [SETTINGS];
    expect(await checkRelay(question(), policy, inForce)).toMatchObject(DENIED);

    policy.items = [SETTINGS, BROKEN_DOMAIN];
    expect(await checkRelay(question(), policy, inForce)).toEqual(DEFER);
  });

  it('takes a good edit at once', async () => {
    const policy = new FakePolicy(SETTINGS, DOMAIN);
    const inForce = new ItemsInForce(RELAY_ITEMS);
    await checkRelay(question(), policy, inForce);
    policy.items = [SETTINGS, { ...DOMAIN, nextHop: 'smtp://new.example.com' }];

    expect(await checkRelay(question(), policy, inForce)).toMatchObject({
      nextHop: 'smtp://new.example.com:25?tls=offer',
    });
  });
});

describe('checkRelay of a group', () => {
  it('decides each in its place by one reading of the items', async () => {
    const policy = new FakePolicy(SETTINGS, DOMAIN, BROKEN_OTHER);
    const others = ['carol@elsewhere.example', 'postmaster', 'dora@other.example', 'Eve@EXAMPLE.com'];

    const answer = await checkRelay(question({ others }), policy, new ItemsInForce(RELAY_ITEMS));

    expect(answer).toMatchObject({
      decisions: [TO_MAIL, DENIED, { kind: 'permit', rule: 'postmaster' }, DEFER, TO_MAIL],
    });
    expect(checkRelayDecisionsSchema.safeParse(answer).error).toBeUndefined();
    expect(policy.asked).toEqual([
      ['mx1', ['settings', 'domain#example.com', 'domain#elsewhere.example', 'domain#other.example']],
    ]);
  });

  it('names a broken item once', async () => {
    const policy = new FakePolicy(SETTINGS, BROKEN_DOMAIN);

    await checkRelay(
      question({ others: ['carol@example.com', 'dora@example.com'] }),
      policy,
      new ItemsInForce(RELAY_ITEMS),
    );

    expect(logged.lines()).toMatchObject([{ item: 'domain#example.com' }]);
  });

  it('defers all of it when the store does not answer', async () => {
    const policy: RelayPolicyStore = { read: () => Promise.reject(new Error('table not found')) };

    const answer = await checkRelay(question({ others: ['carol@example.com'] }), policy, new ItemsInForce(RELAY_ITEMS));

    expect(answer).toEqual({ decisions: [DEFER, DEFER] });
  });
});
