/** Paths at their bounds, and as `lenient` takes them. */
import { describe, expect, it } from 'vitest';
import type { EnvelopeSyntax } from '../../policy/settings.ts';
import { parsePathArgument } from './path.ts';

const LABEL_63 = 'd'.repeat(63);
/** Domain of 191 octets. */
const LONG_DOMAIN = `${LABEL_63}.${LABEL_63}.${LABEL_63}`;

function kindOf(argument: string, syntax: EnvelopeSyntax): string | undefined {
  return parsePathArgument(argument, 'TO:', syntax)?.path.kind;
}

// 256 octets with both brackets (RFC 5321 section 4.5.3.1.3).
describe('a path', () => {
  const ROUTE = `@${LONG_DOMAIN}:bob@example.com`;

  it.each([
    [256, 'source-route'],
    [257, 'bad'],
    [258, 'bad'],
  ])('of %i octets that is a source route is told as %s', (octets, kind) => {
    const inner = ROUTE.replace('bob', 'b'.repeat(octets - 2 - (ROUTE.length - 3)));
    expect(inner.length + 2).toBe(octets);

    expect(kindOf(`TO:<${inner}>`, 'strict')).toBe(kind);
  });

  it.each([
    [254, 'mailbox'],
    [255, 'bad'],
    [256, 'bad'],
  ])('of %i octets that needs two quotes more is %s', (octets, kind) => {
    const inner = `a..${'a'.repeat(octets - 2 - LONG_DOMAIN.length - 4)}@${LONG_DOMAIN}`;
    expect(inner.length + 2).toBe(octets);

    expect(kindOf(`TO:<${inner}>`, 'lenient')).toBe(kind);
  });

  it.each(['strict', 'lenient'] as const)(
    'may have several blanks before its bracket, whatever it holds: %s',
    (syntax) => {
      expect(kindOf('TO:   <"a b"@example.com>', syntax)).toBe('mailbox');
    },
  );
});

describe('with lenient', () => {
  it.each(['TO:', 'TO:   '])('an empty path without brackets is bad: %j', (argument) => {
    expect(parsePathArgument(argument, 'TO:', 'lenient')).toEqual({ path: { kind: 'bad' }, rest: '' });
  });

  it.each([
    ['TO:<bob@example.com>', ''],
    ['TO:<bob@example.com> A=b', ' A=b'],
    ['TO:<bob@example.com>A=b', ' A=b'],
    ['TO:bob@example.com A=b', ' A=b'],
    ['TO:bob@example.com', ''],
  ])('what stands after the path of %s is %j', (argument, rest) => {
    expect(parsePathArgument(argument, 'TO:', 'lenient')).toMatchObject({ path: { kind: 'mailbox' }, rest });
  });
});
