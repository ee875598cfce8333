import { describe, expect, it } from 'vitest';
import { IssuersInForce } from './issuers-in-force.ts';

const GOOD = { item: 'issuer#a', issuer: 'https://a.example', audience: 'postern' };
const BROKEN = { ...GOOD, audience: 7 };
const PROBLEM = { item: 'issuer#a', problem: 'audience: 7 is not text' };

function names(inForce: IssuersInForce, server: string, items: object[]): readonly [string, string][] {
  const { known } = inForce.update(server, items as never);
  return known.map(({ name, audience }) => [name, audience]);
}

describe('IssuersInForce', () => {
  it('gives issuers in the order of their keys', () => {
    const found = new IssuersInForce().update('mx1', [GOOD, { ...GOOD, item: 'issuer#b', audience: 'other' }]);

    expect(found).toMatchObject({
      known: [
        { kind: 'issuer', name: 'a', issuer: 'https://a.example', audience: 'postern', skewSeconds: 60 },
        { name: 'b', audience: 'other' },
      ],
      problems: [],
      isAnyLost: false,
    });
  });

  it('keeps the value of an item that was broken, and says what is wrong with it', () => {
    const inForce = new IssuersInForce();
    inForce.update('mx1', [GOOD]);

    expect(inForce.update('mx1', [BROKEN])).toMatchObject({
      known: [{ name: 'a', audience: 'postern' }],
      problems: [PROBLEM],
      isAnyLost: false,
    });
  });

  it('takes the last good value that stands in the item where there is none in memory', () => {
    const lastGood = { issuer: 'https://a.example', audience: 'kept' };

    expect(names(new IssuersInForce(), 'mx1', [{ ...BROKEN, lastGood }])).toEqual([['a', 'kept']]);
  });

  it('has lost an item that never parsed', () => {
    const found = new IssuersInForce().update('mx1', [BROKEN, { ...GOOD, item: 'issuer#b' }]);

    expect(found).toMatchObject({ known: [{ name: 'b' }], problems: [PROBLEM], isAnyLost: true });
  });

  it('keeps nothing of an item that was deleted', () => {
    const inForce = new IssuersInForce();
    inForce.update('mx1', [GOOD]);

    expect(names(inForce, 'mx1', [])).toEqual([]);
    expect(inForce.update('mx1', [BROKEN])).toMatchObject({ known: [], isAnyLost: true });
  });

  it('lends no value of one server to another', () => {
    const inForce = new IssuersInForce();
    inForce.update('mx1', [GOOD]);

    expect(names(inForce, 'mx2', [BROKEN])).toEqual([]);
    expect(names(inForce, 'mx1', [BROKEN])).toEqual([['a', 'postern']]);
  });
});
