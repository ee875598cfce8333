import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkRelayDecisionSchema } from '../../policy/decision.ts';
import type { PolicyAttributes } from '../../policy/item.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { CheckRelayRequest } from '../../policy/request.ts';
import { type Console, recordConsole } from '../test-support/invocation.ts';
import { checkRelay } from './check-relay.ts';
import { ItemsInForce } from './items-in-force.ts';
import type { RelayPolicyStore } from './relay-policy-store.ts';

const SETTINGS = { item: 'settings', hostname: 'mx1.example.com', defaultNextHop: 'smtp://out.example.com' };
const DOMAIN = { item: 'domain#example.com', nextHop: 'smtp://mail.example.com:2526' };
const BROKEN_SETTINGS = { ...SETTINGS, maxErrors: 'many' };
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

    const answer = await checkRelay(question({ recipient: 'Bob@EXAMPLE.com' }), policy, new ItemsInForce());

    expect(answer).toMatchObject({ ...TO_MAIL, scope: 'domain' });
    expect(policy.asked).toEqual([['mx1', ['settings', 'domain#example.com']]]);
    expect(checkRelayDecisionSchema.safeParse(JSON.parse(JSON.stringify(answer))).success).toBe(true);
    expect(logged.text()).toBe('');
  });

  it.each(['bob@example.net', 'bob@sub.example.com', 'bob@com'])(
    'rejects an unlisted domain: %s',
    async (recipient) => {
      const policy = new FakePolicy(SETTINGS, DOMAIN);

      expect(await checkRelay(question({ recipient }), policy, new ItemsInForce())).toMatchObject(DENIED);
      expect(logged.text()).toBe('');
    },
  );

  it('lets an identity and a trusted client go where the settings allow', async () => {
    const policy = new FakePolicy({ ...SETTINGS, relay: 'any-domain' });
    const recipient = 'carol@elsewhere.example';
    const permit = { kind: 'permit', nextHop: 'smtp://out.example.com:25?tls=offer', rule: 'settings#relay' };

    expect(await checkRelay(question({ recipient, identity: 'alice' }), policy, new ItemsInForce())).toMatchObject(
      permit,
    );
    expect(await checkRelay(question({ recipient, trusted: true }), policy, new ItemsInForce())).toMatchObject(permit);
    expect(await checkRelay(question({ recipient }), policy, new ItemsInForce())).toMatchObject(DENIED);
  });

  // No item can list these; the settings alone decide.
  it.each([
    ['postmaster alone', 'postmaster', { kind: 'permit', rule: 'postmaster' }],
    ['an address literal', 'bob@[192.0.2.1]', DENIED],
    ['no address', 'nonsense', { kind: 'reject', reply: REPLIES.badForwardPath }],
  ])('reads the settings alone for %s', async (_what, recipient, expected) => {
    const policy = new FakePolicy(SETTINGS, DOMAIN);

    expect(await checkRelay(question({ recipient }), policy, new ItemsInForce())).toMatchObject(expected);
    expect(policy.asked).toEqual([['mx1', ['settings']]]);
  });
});

describe('checkRelay without what it needs', () => {
  it('defers and says why when the store does not answer', async () => {
    const policy: RelayPolicyStore = { read: () => Promise.reject(new Error('table not found')) };

    expect(await checkRelay(question(), policy, new ItemsInForce())).toEqual(DEFER);
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
      expect(await checkRelay(question({ recipient }), new FakePolicy(...items), new ItemsInForce())).toEqual(DEFER);
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
    const inForce = new ItemsInForce();
    await checkRelay(question(), policy, inForce);
    policy.items = items;

    expect(await checkRelay(question(), policy, inForce)).toMatchObject(TO_MAIL);
    expect(logged.lines()).toMatchObject([{ item }]);
  });

  it('neither opens nor closes the server by broken settings', async () => {
    const policy = new FakePolicy({ ...SETTINGS, relay: 'listed-domains' }, DOMAIN);
    const inForce = new ItemsInForce();
    const elsewhere = question({ recipient: 'bob@elsewhere.example', identity: 'alice' });
    await checkRelay(elsewhere, policy, inForce);
    policy.items = [{ ...SETTINGS, relay: 'any-domain', maxErrors: 'many' }, DOMAIN];

    expect(await checkRelay(elsewhere, policy, inForce)).toMatchObject(DENIED);
  });

  it('rejects a domain that was deleted, and does not remember it', async () => {
    const policy = new FakePolicy(SETTINGS, DOMAIN);
    const inForce = new ItemsInForce();
    await checkRelay(question(), policy, inForce);

    policy.items = [SETTINGS];
    expect(await checkRelay(question(), policy, inForce)).toMatchObject(DENIED);

    policy.items = [SETTINGS, BROKEN_DOMAIN];
    expect(await checkRelay(question(), policy, inForce)).toEqual(DEFER);
  });

  it('takes a good edit at once', async () => {
    const policy = new FakePolicy(SETTINGS, DOMAIN);
    const inForce = new ItemsInForce();
    await checkRelay(question(), policy, inForce);
    policy.items = [SETTINGS, { ...DOMAIN, nextHop: 'smtp://new.example.com' }];

    expect(await checkRelay(question(), policy, inForce)).toMatchObject({
      nextHop: 'smtp://new.example.com:25?tls=offer',
    });
  });
});
