import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PolicyAttributes } from '../policy/item.ts';
import type { Policy, PolicyProblem } from '../policy/snapshot.ts';
import { type TestLog, testLog } from '../test/support/edge-proxy-log.ts';
import type { PolicyStore } from './policy-store.ts';
import { PolicyWatch } from './policy-watch.ts';

const SETTINGS = { item: 'settings', hostname: 'mx.example.com', defaultNextHop: 'smtp://mta:25' };

class TestStore implements PolicyStore {
  items: readonly PolicyAttributes[];
  error: Error | undefined;
  /** What was read, by the names of the methods. */
  reads: string[] = [];

  constructor(items: readonly PolicyAttributes[]) {
    this.items = items;
  }

  async readSettings(): Promise<PolicyAttributes | undefined> {
    return this.#read('settings').find(({ item }) => item === 'settings');
  }

  async readOthers(): Promise<readonly PolicyAttributes[]> {
    return this.#read('others').filter(({ item }) => item !== 'settings');
  }

  #read(what: string): readonly PolicyAttributes[] {
    this.reads.push(what);
    if (this.error !== undefined) throw this.error;
    return this.items;
  }
}

interface Bed {
  readonly store: TestStore;
  readonly log: TestLog;
  readonly watch: PolicyWatch;
  readonly changes: Policy[];
  readonly problems: { readonly problem: PolicyProblem; readonly policy: Policy }[];
}

/** @param readSeconds all is read at each look, where nothing else is said */
async function start(
  items: readonly PolicyAttributes[] = [SETTINGS],
  store = new TestStore(items),
  readSeconds: number | undefined = 5,
): Promise<Bed> {
  const log = testLog();
  const changes: Bed['changes'] = [];
  const problems: Bed['problems'] = [];
  const watch = await PolicyWatch.start({
    store,
    server: 'mx1',
    log: log.log,
    readSeconds,
    onChange: (policy) => void changes.push(policy),
    onProblem: (problem, policy) => void problems.push({ problem, policy }),
  });
  return { store, log, watch, changes, problems };
}

/** Lets one look at the table pass. */
async function look(): Promise<void> {
  await vi.advanceTimersByTimeAsync(5000);
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

// No policy, no server: the reason is named.
describe('start without a policy', () => {
  it.each<[string, readonly PolicyAttributes[], string]>([
    ['no items', [], 'There is no policy for mx1: settings is missing'],
    [
      'settings that do not parse',
      [{ ...SETTINGS, maxErrors: 'many' }],
      'There is no policy for mx1: settings maxErrors: "many" is not a number; 1 to 1000000 are allowed',
    ],
    [
      'other items alone, one of them broken',
      [{ item: 'command#VRFY', allowed: 'yes' }],
      'There is no policy for mx1: command#VRFY allowed: "yes" is neither true nor false; settings is missing',
    ],
  ])('throws with the names of what is wrong: %s', async (_claim, items, problem) => {
    await expect(start(items)).rejects.toThrow(problem);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('throws with the cause when the table cannot be read', async () => {
    const store = new TestStore([]);
    store.error = new Error('table not found');

    await expect(start([], store)).rejects.toMatchObject({
      message: 'Cannot read policy of mx1',
      cause: { message: 'table not found' },
    });
  });

  it('starts with a broken item beside good settings, and reports it', async () => {
    const { watch, problems } = await start([SETTINGS, { item: 'client#here', access: 'deny' }]);

    expect(watch.policy.settings.hostname).toBe('mx.example.com');
    expect(problems).toMatchObject([{ problem: { item: 'client#here' }, policy: { version: watch.policy.version } }]);
  });
});

describe('a fault of ours', () => {
  it('in who is told of a change keeps neither the policy nor the next change from being in force', async () => {
    const store = new TestStore([SETTINGS]);
    const log = testLog();
    const faulty = (): never => {
      throw new TypeError('a fault of ours');
    };
    const watch = await PolicyWatch.start({ store, server: 'mx1', log: log.log, onChange: faulty, onProblem: faulty });

    const inForce: number[] = [];
    for (const maxErrors of [3, 4]) {
      store.items = [{ ...SETTINGS, maxErrors }, { item: `client#here${maxErrors}` }];
      await look();
      inForce.push(watch.policy.settings.maxErrors);
      await look();
    }

    expect(inForce).toEqual([3, 4]);
    expect(log.of('fault').map(({ place }) => place)).toEqual([
      'policy-change',
      'policy-problem',
      'policy-change',
      'policy-problem',
    ]);
    expect(log.of('policy-unreadable')).toEqual([]);
  });

  it('in the reading itself is told, and the table is looked at again', async () => {
    const { store, log, watch } = await start();
    // What no store returns.
    const { readOthers } = store;
    store.readOthers = async () => [null as unknown as PolicyAttributes];
    await look();

    Object.assign(store, { readOthers, items: [{ ...SETTINGS, maxErrors: 3 }] });
    await look();

    expect(log.of('fault')).toMatchObject([{ place: 'policy-watch' }]);
    expect(watch.policy.settings.maxErrors).toBe(3);
  });
});

describe('an edit', () => {
  it('is in force within 5 s, and told', async () => {
    const { store, watch, changes, log } = await start();
    const before = watch.policy.version;

    store.items = [{ ...SETTINGS, maxErrors: 3 }];
    await vi.advanceTimersByTimeAsync(4999);
    const atFirst = watch.policy.settings.maxErrors;
    await vi.advanceTimersByTimeAsync(1);

    expect([atFirst, watch.policy.settings.maxErrors]).toEqual([20, 3]);
    expect(watch.policy.version).not.toBe(before);
    expect(changes).toEqual([watch.policy]);
    expect(log.lines).toEqual([{ event: 'policy-in-force', policyVersion: watch.policy.version }]);
  });

  it('that changes nothing is not told', async () => {
    const { store, changes, log } = await start();

    store.items = [{ ...SETTINGS, maxErrors: 20 }];
    await look();

    expect([changes, log.lines]).toEqual([[], []]);
  });

  it('that is bad keeps the last good value, and is reported once for each distinct problem', async () => {
    const { store, watch, changes, problems, log } = await start([{ ...SETTINGS, maxErrors: 7 }]);
    const good = watch.policy.version;

    store.items = [{ ...SETTINGS, maxErrors: 'many' }];
    await look();
    await look();
    store.items = [{ ...SETTINGS, maxErrors: -1 }];
    await look();
    await look();
    await look();

    expect([watch.policy.version, watch.policy.settings.maxErrors]).toEqual([good, 7]);
    expect(changes).toEqual([]);
    expect(problems.map(({ problem }) => problem)).toEqual([
      { item: 'settings', problem: expect.stringMatching(/^maxErrors: .*; 1 to 1000000 are allowed$/) },
      { item: 'settings', problem: 'maxErrors: -1 is out of range; 1 to 1000000 are allowed' },
    ]);
    expect(log.of('policy-invalid')).toHaveLength(2);
  });

  it('that is bad does not keep a good one beside it from being in force', async () => {
    const { store, watch } = await start();

    store.items = [
      { ...SETTINGS, maxErrors: 'many' },
      { item: 'client#192.0.2.0/24', access: 'deny' },
    ];
    await look();

    expect(watch.policy.clients.map(({ rule }) => rule)).toEqual(['client#192.0.2.0/24']);
  });

  it('that mends a bad one is in force, and the same mistake later is reported again', async () => {
    const { store, watch, problems } = await start();
    store.items = [{ ...SETTINGS, maxErrors: 'many' }];
    await look();
    await look();

    store.items = [{ ...SETTINGS, maxErrors: 9 }];
    await look();
    expect(watch.policy.settings.maxErrors).toBe(9);
    store.items = [{ ...SETTINGS, maxErrors: 'many' }];
    await look();
    await look();

    expect(problems).toHaveLength(2);
    expect(watch.policy.settings.maxErrors).toBe(9);
  });

  it('that says itself by the second look what is wrong is logged, and no event', async () => {
    const { store, problems, log } = await start();
    store.items = [{ ...SETTINGS, maxErrors: -1 }];
    await look();
    store.items = [{ ...SETTINGS, maxErrors: -1, problem: 'maxErrors: -1 is out of range; 1 to…' }];
    await look();
    await look();

    expect(log.of('policy-invalid')).toHaveLength(1);
    expect(problems).toEqual([]);
  });

  it('that says something else of itself is an event', async () => {
    const { store, problems } = await start();
    store.items = [{ ...SETTINGS, maxErrors: -1, problem: 'hostname: is missing' }];
    await look();
    await look();

    expect(problems).toHaveLength(1);
  });
});

describe('a deleted item', () => {
  it('is gone at the next look', async () => {
    const { store, watch, problems } = await start([
      SETTINGS,
      { item: 'client#192.0.2.0/24', access: 'deny' },
      { item: 'command#VRFY', allowed: true },
    ]);

    store.items = [SETTINGS];
    await look();

    expect(watch.policy.clients).toEqual([]);
    expect(watch.policy.commands.VRFY.allowed).toBe(false);
    expect(problems).toEqual([]);
  });

  it('leaves its last value in force and is reported when it is settings', async () => {
    const { store, watch, problems, log } = await start();

    store.items = [];
    await look();
    await look();

    expect(watch.policy.settings.hostname).toBe('mx.example.com');
    // Its deletion is an event already.
    expect(problems).toEqual([]);
    expect(log.of('policy-invalid')).toMatchObject([{ item: 'settings', problem: 'is missing' }]);
  });
});

describe('a look', () => {
  const CLIENT = { item: 'client#192.0.2.0/24', access: 'deny' };

  it('is one read while nothing changes, whatever items there are', async () => {
    const { store } = await start([SETTINGS, CLIENT], new TestStore([SETTINGS, CLIENT]), 300);
    store.reads = [];

    for (let looks = 0; looks < 59; looks += 1) await look();

    expect(store.reads).toEqual(Array.from({ length: 59 }, () => 'settings'));
  });

  it('reads all when the settings have another revision, or are others', async () => {
    const { store, watch } = await start([SETTINGS], new TestStore([SETTINGS]), 300);

    store.items = [{ ...SETTINGS, revision: '1' }, CLIENT];
    await look();
    const afterRevision = watch.policy.clients.length;
    store.items = [{ ...SETTINGS, revision: '1', maxErrors: 3 }];
    await look();

    expect([afterRevision, watch.policy.clients.length, watch.policy.settings.maxErrors]).toEqual([1, 0, 3]);
  });

  it('sees the change that came while the others were read', async () => {
    const { store, watch } = await start([SETTINGS], new TestStore([SETTINGS]), 300);
    const readOthers = store.readOthers.bind(store);
    store.readOthers = async () => {
      const others = await readOthers();
      store.items = [{ ...SETTINGS, revision: '2' }, CLIENT];
      store.readOthers = readOthers;
      return others;
    };

    store.items = [{ ...SETTINGS, revision: '1' }];
    await look();
    await look();

    expect(watch.policy.clients).toHaveLength(1);
  });

  it('reads all now and then though nothing says that it changed', async () => {
    const { store, watch } = await start([SETTINGS], new TestStore([SETTINGS]), 20);

    store.items = [SETTINGS, CLIENT];
    await look();
    await look();
    await look();
    const before = watch.policy.clients.length;
    await look();

    expect([before, watch.policy.clients.length]).toEqual([0, 1]);
  });

  it('reads all once more after a mistake, to see whether the item says it', async () => {
    const { store, problems } = await start([SETTINGS], new TestStore([SETTINGS]), 300);
    const broken = { item: 'command#AUTH', maxOctets: '5OO' };

    store.items = [{ ...SETTINGS, revision: '1' }, broken];
    await look();
    store.items = [
      { ...SETTINGS, revision: '1' },
      { ...broken, problem: 'maxOctets: "5OO" is not a number…' },
    ];
    await look();
    store.reads = [];
    await look();

    expect([problems, store.reads]).toEqual([[], ['settings']]);
  });
});

describe('a table that cannot be read', () => {
  it('keeps the policy in force, is logged once, and recovers', async () => {
    const { store, watch, log, changes } = await start();

    store.error = new Error('throttled');
    await look();
    await look();
    await look();
    const whileDown = [...log.lines];
    store.error = undefined;
    store.items = [{ ...SETTINGS, maxErrors: 3 }];
    await look();

    expect(whileDown).toEqual([{ event: 'policy-unreadable', problem: 'throttled' }]);
    expect(log.of('policy-readable')).toHaveLength(1);
    expect(changes).toHaveLength(1);
    expect(watch.policy.settings.maxErrors).toBe(3);
  });

  it('is logged again when it fails again later', async () => {
    const { store, log } = await start();
    store.error = new Error('throttled');
    await look();
    store.error = undefined;
    await look();

    store.error = new Error('throttled');
    await look();

    expect(log.of('policy-unreadable')).toHaveLength(2);
  });
});

describe('close', () => {
  it('ends the looking', async () => {
    const { store, watch } = await start();

    watch.close();
    await look();

    expect(store.reads).toEqual(['settings', 'others']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells no one of what was being read', async () => {
    const { store, watch, changes, log } = await start();
    const held = Promise.withResolvers<readonly PolicyAttributes[]>();
    store.readOthers = () => held.promise;
    await look();

    watch.close();
    held.resolve([{ item: 'client#192.0.2.0/24', access: 'deny' }]);
    await vi.advanceTimersByTimeAsync(0);

    expect([changes, log.lines]).toEqual([[], []]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
