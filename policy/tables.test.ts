import { describe, expect, it } from 'vitest';
import { keyNames, TABLE_SHAPES } from './tables.ts';

describe('keyNames', () => {
  it.each([
    ['of a table with both keys, the partition first', TABLE_SHAPES.policy, ['server', 'item']],
    ['of a table without a sort key', TABLE_SHAPES.users, ['user']],
    ['of an index', TABLE_SHAPES.held.index, ['serverState', 'at']],
  ])('are those %s', (_what, keys, names) => {
    expect(keyNames(keys)).toEqual(names);
  });
});
