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

const ALICE = 'alice@example.com';
const AL = 'al@own.example';

it.each<[string, string, readonly string[]]>([
  ['as many addresses as are taken', Array(100).fill(ALICE).join(), Array(100).fill(ALICE)],
  ['a group, a comma and one behind it', `Team: ${ALICE};, Al <${AL}>`, [ALICE, AL]],
  ['a name of an encoded word and a quoted string', `=?utf-8?q?Al?= "Liddell" <${ALICE}>`, [ALICE]],
  ['a comment in a name without a comma', `Al (Sales) Liddell <${ALICE}>`, [ALICE]],
  ['a comment behind an address, and a comma', `${ALICE} (Alice), ${AL}`, [ALICE, AL]],
  ['a host by its number', 'al@[192.0.2.1]', ['al@[192.0.2.1]']],
])('the addresses of a list are read: %s', (_what, value, expected) => {
  expect(read(value)).toEqual(expected);
});

it.each([
  ['a name whose second part is quoted', `Foo, "Inc." <${ALICE}>`],
  ['a name whose second part is quoted, before a name that is whole', `Foo, "Bar" <Baz, Inc. <${ALICE}>`],
  ['a name whose second part is empty', `Foo, <${ALICE}>`],
  ['a name with nothing between its commas', `Foo, , Inc. <${ALICE}>`],
  ['a name with a semicolon for its comma', `Foo; Inc. <${ALICE}>`],
  ['a name with a comment before its comma', `Foo (x), Inc. <${ALICE}>`],
  ['a name with a comment in its first part', `Foo (x) Bar, Inc. <${ALICE}>`],
  ['a name without an address, last', `${ALICE}, Foo,`],
  ['a name before that of a group', `Foo, Team: Al <${ALICE}>;`],
  ['a comma in an encoded word beside a quoted string', `=?utf-8?q?ceo,?= "x" <${ALICE}>`],
  ['two at signs before a bracket without an end', `ceo@bank.example@own.example <${ALICE}`],
  ['an address, and a bracket without an end', `${ALICE}, <${AL}`],
  ['an address, and brackets with nothing in them', `${ALICE}, <>`],
  ['a colon behind the bracket', `<${ALICE}>: ${AL}`],
  ['a full stop behind the bracket', `<${ALICE}>.`],
  ['a comment for an entry', `${ALICE}, (ceo)`],
  ['a group without a name', `: ${ALICE};`],
  ['a quoted address in the name of a group', `Team "ceo@bank.example": ${ALICE};`],
  ['a group in a group, and one end of both', `Team: Sales: ${ALICE};`],
  ['a group with two ends', `Team: ${ALICE};;`],
  ['a name right behind a group', `Team: ${ALICE}; Al <${AL}>`],
  ['a comment behind a group', `Team: ${ALICE}; (ceo)`],
  ['a soft hyphen, which IDNA drops', 'alice@exam\u00ADple.com'],
  ['a wide letter, which IDNA maps', 'al@\uFF4Fwn.example'],
])('the addresses of a list are not read: %s', (_what, value) => {
  expect(read(value)).toBe('unreadable');
});
