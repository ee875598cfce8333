import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf, changed, parentOf, parseView, tokenIn, type View } from './address.ts';

describe('the address of a view', () => {
  it.each<[hash: string, view: View]>([
    ['', { path: ['overview'], query: {} }],
    ['#/', { path: ['overview'], query: {} }],
    ['#/sessions?server=inbound&q=a%20b', { path: ['sessions'], query: { server: 'inbound', q: 'a b' } }],
    ['#/held/in%2Fbound/x.1', { path: ['held', 'in/bound', 'x.1'], query: {} }],
    ['#/users/%zz', { path: ['users', '%zz'], query: {} }],
    ['#/try/inbound?from=a?b', { path: ['try', 'inbound'], query: { from: 'a?b' } }],
  ])('%s is read', (hash, view) => {
    expect(parseView(hash)).toEqual(view);
  });

  it('says whatever a view may hold', () => {
    const word = fc.string({ minLength: 1, unit: 'grapheme' });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), fc.dictionary(word, word), (path, query) => {
        expect(parseView(addressOf({ path, query }))).toEqual({ path, query: { ...query } });
      }),
    );
  });

  it('has no parameter without a value', () => {
    const view = { path: ['sessions'], query: { server: 'inbound', page: '2' } };

    expect(changed(view, { page: undefined, server: '', user: 'bob' }).query).toEqual({ user: 'bob' });
  });
});

describe('Esc', () => {
  it.each([
    ['#/session/abc', '#/sessions'],
    ['#/held/inbound/abc?state=denied', '#/held/inbound?state=denied'],
    ['#/held/inbound', '#/overview'],
    ['#/users/bob', '#/users'],
    ['#/users', '#/overview'],
    ['#/nowhere', '#/overview'],
  ])('goes from %s to %s', (from, to) => {
    expect(addressOf(parentOf(parseView(from)))).toBe(to);
  });
});

describe('the token', () => {
  const token = 'x'.repeat(43);

  it('is taken out of the address that was printed', () => {
    expect(tokenIn(`#token=${token}`)).toEqual({ token, hash: '#/overview' });
    expect(tokenIn(`#token=${token}&to=%2Fusers%2Fbob`)).toEqual({ token, hash: '#/users/bob' });
  });

  it.each(['', '#/overview', '#token=', '#token=short', `#/x?token=${token}`])('is not in %j', (hash) => {
    expect(tokenIn(hash)).toBeUndefined();
  });
});
