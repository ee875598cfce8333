import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONDITIONS, conditionsText, conditionText, conditionValue, nextNumber, renamedByMove } from './screens.ts';

describe('a rule that moves', () => {
  it.each<[names: readonly string[], from: number, to: number, renamed: readonly (readonly [string, string])[]]>([
    // Between its new neighbours.
    [['100-a', '200-b', '300-c'], 2, 1, [['300-c', '150-c']]],
    [['100-a', '200-b', '300-c'], 0, 2, [['100-a', '400-a']]],
    [['100-a', '200-b', '300-c'], 2, 0, [['300-c', '050-c']]],
    // Without room, all of them.
    [
      ['001-a', '002-b'],
      1,
      0,
      [
        ['002-b', '010-b'],
        ['001-a', '020-a'],
      ],
    ],
    // To where it is, or nowhere.
    [['100-a', '200-b'], 1, 1, []],
    [['100-a', '200-b'], 1, 2, []],
    [['100-a', '200-b'], 0, -1, []],
  ])('of %j from %d to %d is renamed %j', (names, from, to, renamed) => {
    expect([...renamedByMove(names, from, to)]).toEqual(renamed);
  });

  it('is where it was put, and all others stand as they stood', () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 999 }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(numbers, fc.nat(), fc.nat(), (drawn, a, b) => {
        const names = [...drawn].sort((x, y) => x - y).map((number) => `${String(number).padStart(3, '0')}-r${number}`);
        const [from, to] = [a % names.length, b % names.length];

        const renamed = renamedByMove(names, from, to);

        const rest = names.filter((_, index) => index !== from);
        const wanted = [...rest.slice(0, to), names[from] ?? '', ...rest.slice(to)].map((name) => name.slice(4));
        const now = names
          .map((name) => renamed.get(name) ?? name)
          .sort()
          .map((name) => name.slice(4));
        expect(now).toEqual(wanted);
      }),
    );
  });

  it('gets the next hundred when it is new', () => {
    expect([[], ['100-a'], ['100-a', '250-b'], ['990-z']].map(nextNumber)).toEqual(['100', '200', '300', '999']);
  });
});

describe('the words of a rule', () => {
  it.each<[given: Readonly<Record<string, unknown>>, text: string]>([
    [{ action: 'hold' }, 'every message'],
    [{ attachmentType: ['executable', 'script'] }, 'attachment types executable or script'],
    [
      { attachmentOctets: 1_048_576, exceptSender: ['a@b.example'] },
      'attachment over 1 MiB; except senders a@b.example',
    ],
    [{ words: ['free money'], where: 'subject' }, 'keywords free money (subject only)'],
  ])('of %j are %s', (given, text) => {
    expect(conditionsText(given)).toBe(text);
  });

  it('come back as they went', () => {
    const values = { lines: ['a b', 'c'], words: ['a', 'b'], number: 7, text: 'x' } as const;

    for (const field of CONDITIONS) {
      const value = values[field.kind];
      expect(conditionValue(field, conditionText(field, value))).toEqual(value);
    }
  });
});
