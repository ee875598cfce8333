import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordConsole } from '../test-support/invocation.ts';
import { type Concurrency, releaseConcurrency, reserveConcurrency } from './reserve-concurrency.ts';
import { RESERVING_FUNCTIONS, sharesOf } from './shares.ts';

const FUNCTIONS = { authenticate: 'a', 'check-relay': 'r', 'check-limits': 'l', 'record-events': 'e' };

/** Lambda, which refuses whatever would leave others less than 100. */
class Account implements Concurrency {
  readonly reserved = new Map<string, number>();
  readonly #limit: number;

  constructor(limit: number, reserved: Readonly<Record<string, number>> = {}) {
    this.#limit = limit;
    for (const [name, executions] of Object.entries(reserved)) this.reserved.set(name, executions);
  }

  async unreserved(): Promise<number> {
    return this.#limit - [...this.reserved.values()].reduce((sum, one) => sum + one, 0);
  }

  async reservedBy(name: string): Promise<number> {
    return this.reserved.get(name) ?? 0;
  }

  async reserve(name: string, executions: number): Promise<void> {
    const left = (await this.unreserved()) + (await this.reservedBy(name)) - executions;
    if (left < 100) throw new Error('below its minimum value of [100]');
    this.reserved.set(name, executions);
  }

  async release(name: string): Promise<void> {
    this.reserved.delete(name);
  }
}

beforeEach(() => {
  recordConsole();
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('shares', () => {
  it.each([
    [10, {}],
    [100, {}],
    [129, {}],
    [130, { authenticate: 10, 'check-relay': 10, 'check-limits': 5, 'record-events': 5 }],
    [1000, { authenticate: 180, 'check-relay': 90, 'check-limits': 45, 'record-events': 45 }],
    [10_000, { authenticate: 1980, 'check-relay': 990, 'check-limits': 495, 'record-events': 495 }],
  ])('of %i executions are %j', (unreserved, shares) => {
    expect(Object.fromEntries(sharesOf(RESERVING_FUNCTIONS, unreserved))).toEqual(shares);
  });
});

describe('reserving', () => {
  it.each([10, 50, 100, 130, 131, 200, 1000, 3000])('is never refused by an account of %i', async (limit) => {
    const account = new Account(limit);

    const words = await reserveConcurrency(FUNCTIONS, account);

    expect(words).not.toContain('not changed');
    expect(account.reserved.size).toBe(limit < 130 ? 0 : 4);
  });

  it('changes nothing the second time, whoever else keeps some', async () => {
    const account = new Account(1000, { foreign: 300 });
    await reserveConcurrency(FUNCTIONS, account);
    const first = new Map(account.reserved);

    await reserveConcurrency(FUNCTIONS, account);

    expect(account.reserved).toEqual(first);
    expect(first.get('a')).toBe(120);
  });

  it('shrinks before it grows, and lets go where the quota was lowered', async () => {
    const account = new Account(500, { a: 10, r: 300, l: 20, e: 20 });
    expect(await reserveConcurrency(FUNCTIONS, account)).toBe(
      'authenticate 80, check-relay 40, check-limits 20, record-events 20',
    );

    const small = new Account(120, { a: 10, e: 5 });
    expect(await reserveConcurrency(FUNCTIONS, small)).toBe('none: 120 executions at once are too few to share out');
    expect(small.reserved.size).toBe(0);
  });

  it('says why not where Lambda does not answer, and does not fail', async () => {
    const account = new Account(1000);
    account.unreserved = () => Promise.reject(new Error('AccessDenied'));

    expect(await reserveConcurrency(FUNCTIONS, account)).toBe('not changed: Error: AccessDenied');
  });
});

it('releases all, though one of them is gone', async () => {
  const account = new Account(1000, { a: 10, r: 10 });
  const release = account.release.bind(account);
  account.release = (name) => (name === 'a' ? Promise.reject(new Error('not found')) : release(name));

  await releaseConcurrency(FUNCTIONS, account);

  expect([...account.reserved.keys()]).toEqual(['a']);
});
