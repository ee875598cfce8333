import { describe, expect, it } from 'vitest';
import { POLICY_ITEMS } from '../../policy/item.ts';
import { ItemsInForce } from './items-in-force.ts';

const GOOD = { server: 'mx1', item: 'domain#example.com', nextHop: 'smtp://mail.example.com' };
const BROKEN = { ...GOOD, nextHop: 'nowhere' };
const VALUE = expect.objectContaining({ kind: 'domain', domain: 'example.com' });

describe('ItemsInForce', () => {
  it('gives the value of an item that parses', () => {
    expect(new ItemsInForce(POLICY_ITEMS).update('mx1', GOOD.item, GOOD)).toEqual({ value: VALUE });
  });

  it('gives the last good value of an item that no longer parses, and the problem', () => {
    const items = new ItemsInForce(POLICY_ITEMS);
    items.update('mx1', GOOD.item, GOOD);

    expect(items.update('mx1', GOOD.item, BROKEN)).toEqual({
      value: VALUE,
      problem: expect.stringContaining('"nowhere" is not a next hop'),
    });
  });

  it('gives the copy in the item where it remembers none, and remembers it', () => {
    const items = new ItemsInForce(POLICY_ITEMS);

    expect(items.update('mx1', GOOD.item, { ...BROKEN, lastGood: { nextHop: 'smtp://mail.example.com' } })).toEqual({
      value: VALUE,
      problem: expect.stringContaining('"nowhere" is not a next hop'),
    });
    expect(items.update('mx1', GOOD.item, BROKEN).value).toEqual(VALUE);
  });

  it('goes by what it remembers, whatever the copy says, and ignores a broken copy', () => {
    const items = new ItemsInForce(POLICY_ITEMS);
    items.update('mx1', GOOD.item, GOOD);

    expect(items.update('mx1', GOOD.item, { ...BROKEN, lastGood: { nextHop: 'ses' } }).value).toEqual(VALUE);
    expect(items.update('mx2', GOOD.item, { ...BROKEN, lastGood: BROKEN }).value).toBeUndefined();
  });

  it('gives no value of an item that never parsed', () => {
    expect(new ItemsInForce(POLICY_ITEMS).update('mx1', GOOD.item, BROKEN).value).toBeUndefined();
  });

  it('lends no value of one server to another, however their names are cut', () => {
    const items = new ItemsInForce(POLICY_ITEMS);
    items.update('mx1', GOOD.item, GOOD);

    expect(items.recall('mx2', GOOD.item)).toBeUndefined();
    expect(items.recall('mx1#domain', 'example.com')).toBeUndefined();
  });

  it('forgets a deleted item, and that one alone', () => {
    const items = new ItemsInForce(POLICY_ITEMS);
    items.update('mx1', GOOD.item, GOOD);
    items.update('mx2', GOOD.item, GOOD);

    items.forget('mx1', GOOD.item);

    expect(items.recall('mx1', GOOD.item)).toBeUndefined();
    expect(items.recall('mx2', GOOD.item)).toEqual(VALUE);
  });

  it('keeps as many items as it may and drops the one unused for longest', () => {
    const items = new ItemsInForce(POLICY_ITEMS, 2);
    items.update('mx1', GOOD.item, GOOD);
    items.update('mx2', GOOD.item, GOOD);
    items.recall('mx1', GOOD.item);

    items.update('mx3', GOOD.item, GOOD);

    expect(['mx1', 'mx2', 'mx3'].filter((server) => items.recall(server, GOOD.item) !== undefined)).toEqual([
      'mx1',
      'mx3',
    ]);
  });

  it('keeps an item that is read again and again', () => {
    const items = new ItemsInForce(POLICY_ITEMS, 2);

    for (let round = 0; round < 5; round += 1) {
      items.update('mx1', 'settings', {
        item: 'settings',
        hostname: 'mx1.example',
        defaultNextHop: 'smtp://a.example',
      });
      items.update('mx1', `domain#d${round}.example`, { item: `domain#d${round}.example` });
    }

    expect(items.recall('mx1', 'settings')).toMatchObject({ kind: 'settings' });
    expect(items.recall('mx1', 'domain#d4.example')).toMatchObject({ kind: 'domain' });
    expect(items.recall('mx1', 'domain#d3.example')).toBeUndefined();
  });
});
