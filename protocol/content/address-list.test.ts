import { describe, expect, it } from 'vitest';
import { canonicalAddress } from '../../policy/address.ts';
import { FROM_FORMS } from '../../test/from-fields/forms.ts';
import { parseAddressList } from './address-list.ts';

function read(value: string): readonly string[] | 'unreadable' {
  return parseAddressList(value)?.map(canonicalAddress) ?? 'unreadable';
}

describe('the addresses of a list', () => {
  it.each(FROM_FORMS)('$from: $value', ({ value, read: expected }) => {
    expect(read(value)).toEqual(expected);
  });
});
