import { describe, expect, it } from 'vitest';
import type { PolicyAttributes } from './item.ts';
import { type SeedStore, seedServer } from './seed.ts';

class FakeStore implements SeedStore {
  readonly items = new Map<string, PolicyAttributes>();
  /** Writes that are let through before the store fails. */
  writesLeft = Number.POSITIVE_INFINITY;

  async has(server: string, item: string): Promise<boolean> {
    return this.items.has(`${server} ${item}`);
  }

  async putUnlessThere(item: PolicyAttributes): Promise<void> {
    if (this.writesLeft === 0) throw new Error('no answer');
    this.writesLeft -= 1;
    const key = `${String(item.server)} ${String(item.item)}`;
    if (!this.items.has(key)) this.items.set(key, item);
  }
}

const SETTINGS = { item: 'settings', hostname: 'mx1.example' };
const DOMAIN = { item: 'domain#example.com', note: 'first' };

describe('seedServer', () => {
  it('writes settings last, since they make a policy complete', async () => {
    const store = new FakeStore();

    expect(await seedServer(store, 'mx1', [SETTINGS, DOMAIN])).toBe('seeded');

    expect([...store.items.keys()]).toEqual(['mx1 domain#example.com', 'mx1 settings']);
    expect(store.items.get('mx1 settings')).toEqual({ ...SETTINGS, server: 'mx1' });
  });

  it('writes each item once', async () => {
    const store = new FakeStore();
    store.writesLeft = 2;

    expect(await seedServer(store, 'mx1', [SETTINGS, DOMAIN])).toBe('seeded');
  });

  it('leaves a server with settings alone, even what was deleted from it', async () => {
    const store = new FakeStore();
    await seedServer(store, 'mx1', [SETTINGS, DOMAIN]);
    store.items.delete('mx1 domain#example.com');

    expect(await seedServer(store, 'mx1', [{ ...SETTINGS, hostname: 'other.example' }, DOMAIN])).toBe('kept');

    expect([...store.items.values()]).toEqual([{ ...SETTINGS, server: 'mx1' }]);
  });

  it('completes a seed that was cut short, and overwrites nothing of it', async () => {
    const store = new FakeStore();
    store.writesLeft = 1;
    await expect(seedServer(store, 'mx1', [SETTINGS, DOMAIN])).rejects.toThrow('no answer');
    store.writesLeft = Number.POSITIVE_INFINITY;

    expect(await seedServer(store, 'mx1', [SETTINGS, { ...DOMAIN, note: 'second' }])).toBe('seeded');

    expect(store.items.get('mx1 domain#example.com')).toMatchObject({ note: 'first' });
    expect(store.items.has('mx1 settings')).toBe(true);
  });

  it('seeds a server beside another one', async () => {
    const store = new FakeStore();
    await seedServer(store, 'mx1', [SETTINGS]);

    expect(await seedServer(store, 'mx2', [SETTINGS])).toBe('seeded');
  });
});
