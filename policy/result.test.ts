import { describe, expect, it } from 'vitest';
import { assertNever, parsed, unparsed } from './result.ts';

describe('a parse result', () => {
  it('holds a value or a problem', () => {
    expect(parsed(7)).toEqual({ ok: true, value: 7 });
    expect(unparsed('is not a number')).toEqual({ ok: false, problem: 'is not a number' });
  });
});

describe('assertNever', () => {
  it('names the variant that a switch forgot', () => {
    expect(() => assertNever({ kind: 'new' } as never)).toThrow(new TypeError('Unexpected variant: {"kind":"new"}'));
  });
});
