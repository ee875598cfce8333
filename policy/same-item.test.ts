import { describe, expect, it } from 'vitest';
import { type PolicyItem, parsePolicyItem } from './item.ts';
import { canonicalKey, overruled } from './same-item.ts';

function valuesOf(...items: readonly (readonly [string, object?])[]): ReadonlyMap<string, PolicyItem> {
  return new Map(
    items.map(([item, attributes]) => {
      const result = parsePolicyItem({ item, ...attributes });
      if (!result.ok) throw new TypeError(result.problem);
      return [item, result.value];
    }),
  );
}

describe('canonicalKey', () => {
  it.each([
    ['command#auth', 'command#AUTH'],
    ['command# AUTH ', 'command#AUTH'],
    ['domain#bücher.example', 'domain#xn--bcher-kva.example'],
    ['domain#example.com', 'domain#example.com'],
    ['client#203.0.113.7', 'client#203.0.113.7/32'],
    ['client#::ffff:203.0.113.0/120', 'client#203.0.113.0/24'],
    ['client#2001:DB8:0::/32', 'client#2001:db8::/32'],
    ['sender#Spam.example', 'sender#spam.example'],
    ['sender#*@spam.example', 'sender#spam.example'],
    ['sender#Eve@Spam.Example', 'sender#eve@spam.example'],
    ['sender#a*@spam.example', 'sender#a*@spam.example'],
    // What is no such name stands for itself alone.
    ['command#XYZZY', 'command#XYZZY'],
    ['client#203.0.113.7/24', 'client#203.0.113.7/24'],
    ['issuer#Login', 'issuer#Login'],
    ['settings', 'settings'],
    ['__proto__#x', '__proto__#x'],
  ])('of %s is %s', (key, expected) => {
    expect(canonicalKey(key)).toBe(expected);
  });
});

describe('overruled', () => {
  it('finds nothing among items that differ', () => {
    const values = valuesOf(
      ['command#AUTH'],
      ['command#noop'],
      ['domain#example.com'],
      ['client#203.0.113.7', { access: 'deny' }],
      ['client#203.0.113.0/24', { access: 'relay' }],
      ['sender#spam.example', { access: 'deny' }],
      ['sender#eve@spam.example', { access: 'deny' }],
    );

    expect([...overruled(values)]).toEqual([]);
  });

  it.each([
    ['deny', 'relay', 'client#2001:DB8::/32', 'client#2001:db8::/32'],
    ['relay', 'deny', 'client#2001:db8::/32', 'client#2001:DB8::/32'],
    ['deny', 'deny', 'client#2001:db8::/32', 'client#2001:DB8::/32'],
    ['relay', 'relay', 'client#2001:db8::/32', 'client#2001:DB8::/32'],
  ])('lets a denial win over a network that may relay: %s and %s', (other, canonical, winner, loser) => {
    const items = [
      ['client#2001:DB8::/32', { access: other }],
      ['client#2001:db8::/32', { access: canonical }],
    ] as const;

    for (const order of [items, items.toReversed()]) {
      expect([...overruled(valuesOf(...order))]).toEqual([[loser, winner]]);
    }
  });

  it('gives way to the canonical key, in whatever order', () => {
    const items = [
      ['command#AUTH'],
      ['command#auth'],
      ['domain#xn--bcher-kva.example'],
      ['domain#bücher.example'],
    ] as const;

    for (const order of [items, items.toReversed()]) {
      expect(new Map(overruled(valuesOf(...order)))).toEqual(
        new Map([
          ['command#auth', 'command#AUTH'],
          ['domain#bücher.example', 'domain#xn--bcher-kva.example'],
        ]),
      );
    }
  });

  it('gives way to the first key where none is canonical', () => {
    expect([...overruled(valuesOf(['command#auth'], ['command#Auth']))]).toEqual([['command#auth', 'command#Auth']]);
  });
});
