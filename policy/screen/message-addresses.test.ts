/** The quick way to an address's canonical form is the slow one's. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalAddress, parseMailbox } from '../address.ts';
import { addressesOf, canonicalAddressOf } from './message-addresses.ts';

const piece = fc.constantFrom(
  'a',
  'B',
  '0',
  '.',
  '-',
  '_',
  '+',
  '=',
  '@',
  '"',
  ' ',
  '[',
  ']',
  '127.0.0.1',
  'ü',
  'x'.repeat(63),
);

it('canonical forms are those of the parser', () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 6 }),
      fc.constantFrom('@', '', '@@', '.@'),
      fc.array(piece, { maxLength: 6 }),
      (local, at, domain) => {
        const address = local.join('') + at + domain.join('');
        const mailbox = parseMailbox(address);

        expect(canonicalAddressOf(address)).toBe(mailbox.ok ? canonicalAddress(mailbox.value) : undefined);
      },
    ),
    { numRuns: 5000 },
  );
});

it('finds addresses wherever they stand in a field', () => {
  expect(addressesOf('Boss <Boss@Example.COM.>, "x@y.example" <z@w.example> (q@r.example)')).toEqual([
    'boss@example.com',
    'x@y.example',
    'z@w.example',
    'q@r.example',
  ]);
});
