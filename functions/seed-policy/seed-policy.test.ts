import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PolicyAttributes } from '../../policy/item.ts';
import type { SeedStore } from '../../policy/seed.ts';
import { recordConsole } from '../test-support/invocation.ts';
import { type FirstItemsEvent, firstItemsEventSchema } from './first-items-event.ts';
import { seedPolicy } from './seed-policy.ts';

const SETTINGS = { item: 'settings', hostname: 'mx1.example.com', defaultNextHop: 'ses', maxErrors: 7 };

class ListStore implements SeedStore {
  readonly items: PolicyAttributes[] = [];

  async has(): Promise<boolean> {
    return this.items.length > 0;
  }

  async putUnlessThere(item: PolicyAttributes): Promise<void> {
    this.items.push(item);
  }
}

function event(RequestType: FirstItemsEvent['RequestType']): FirstItemsEvent {
  return { RequestType, ResourceProperties: { Server: 'mx1', Items: [SETTINGS] } };
}

beforeEach(() => {
  recordConsole();
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('seedPolicy', () => {
  it.each(['Create', 'Update'] as const)('writes first items at %s', async (type) => {
    const store = new ListStore();

    await seedPolicy(event(type), store);

    expect(store.items).toEqual([{ ...SETTINGS, server: 'mx1' }]);
  });

  it('leaves the policy where it is at Delete', async () => {
    const store = new ListStore();

    await seedPolicy(event('Delete'), store);

    expect(store.items).toEqual([]);
  });

  it('names its resource the same for ever, since CloudFormation deletes one whose id changes', async () => {
    const ids = await Promise.all(
      (['Create', 'Update', 'Delete'] as const).map((type) => seedPolicy(event(type), new ListStore())),
    );

    expect(new Set(ids.map(({ PhysicalResourceId }) => PhysicalResourceId))).toEqual(new Set(['first-items-mx1']));
  });
});

describe('an event of CloudFormation', () => {
  const read = (Items: unknown) =>
    firstItemsEventSchema.safeParse({ RequestType: 'Create', ResourceProperties: { Server: 'mx1', Items } });

  it('brings its items as JSON, so that numbers stay numbers', () => {
    expect(read(JSON.stringify([SETTINGS])).data?.ResourceProperties.Items).toEqual([SETTINGS]);
  });

  it.each([
    [[SETTINGS], 'expected string'],
    ['', 'is not JSON of a list of items'],
    ['{}', 'is not JSON of a list of items'],
    [JSON.stringify([{ ...SETTINGS, maxErrors: 'seven' }]), 'settings: maxErrors: '],
  ])('with %j for items is refused', (items, problem) => {
    expect(read(items).error?.issues[0]?.message).toContain(problem);
  });
});
