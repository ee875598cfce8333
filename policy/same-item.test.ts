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
    ['command#auth', {}, 'command#AUTH'],
    ['domain#bücher.example', {}, 'domain#xn--bcher-kva.example'],
    ['domain#example.com', {}, 'domain#example.com'],
    ['client#203.0.113.7/32', { access: 'deny' }, 'client#203.0.113.7/32'],
    ['sender#Spam.example', { access: 'deny' }, 'sender#Spam.example'],
  ])('of %s', (key, attributes, expected) => {
    const value = valuesOf([key, attributes]).get(key);

    expect(value && canonicalKey(key, value)).toBe(expected);
  });
});

describe('overruled', () => {
  it('finds nothing among items that differ', () => {
    const values = valuesOf(
      ['command#AUTH'],
      ['command#noop'],
      ['domain#example.com'],
      // On a tie of networks deny wins, which is a rule of its own.
      ['client#203.0.113.7', { access: 'deny' }],
      ['client#203.0.113.7/32', { access: 'relay' }],
    );

    expect([...overruled(values)]).toEqual([]);
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
