import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Roster, type RosterEntry } from './roster.ts';

it('has the members that a set would have, whoever comes and goes', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(20), { nil: undefined })), (moves) => {
      const roster = new Roster<number>();
      const expected = new Set<number>();
      const entries = new Map<number, RosterEntry<number>>();
      let next = 0;
      for (const leaving of moves) {
        const member = leaving === undefined ? undefined : [...entries.keys()][leaving];
        const entry = member === undefined ? undefined : entries.get(member);
        if (member === undefined || entry === undefined) {
          entries.set(next, roster.add(next));
          expected.add(next);
          next += 1;
        } else {
          roster.remove(entry);
          entries.delete(member);
          expected.delete(member);
        }
      }

      expect(new Set(roster.members)).toEqual(expected);
      expect(roster.size).toBe(expected.size);
    }),
  );
});
