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

/** A domain name of 255 octets, which is as long as one may be. */
const LONGEST_DOMAIN = Array.from({ length: 4 }, () => 'd'.repeat(63)).join('.');

it.each<[string, string, readonly string[]]>([
  ['no sign', 'Undisclosed recipients', []],
  ['a sign alone', 'meet @ noon', []],
  ['a sign without a domain', 'bob@, carol@example.com', ['carol@example.com']],
  ['a sign without a local part', '@example.com, carol@example.com', ['carol@example.com']],
  ['an address before much text', `bob@example.com${' x'.repeat(200)}`, ['bob@example.com']],
  ['an address after much text', `${'x '.repeat(200)}bob@example.com`, ['bob@example.com']],
  ['an address on a line that goes on', 'Bob\r\n <bob@example.com>\r\n (home)', ['bob@example.com']],
  ['an address in a route', '<@relay.example:bob@example.com>', ['bob@example.com']],
  ['a domain as long as one may be', `<bob@${LONGEST_DOMAIN}>`, [`bob@${LONGEST_DOMAIN}`]],
  ['a domain that is too long', `<bob@e.${LONGEST_DOMAIN}>`, []],
])('finds the addresses of a field with %s', (_case, value, addresses) => {
  expect(addressesOf(value)).toEqual(addresses);
});

it('an address whose domain is too long has no canonical form', () => {
  expect(canonicalAddressOf(`bob@${LONGEST_DOMAIN}`)).toBe(`bob@${LONGEST_DOMAIN}`);
  expect(canonicalAddressOf(`bob@e.${LONGEST_DOMAIN}`)).toBeUndefined();
});

it('looks at the first thousand addresses of a field', () => {
  const addresses = Array.from({ length: 1001 }, (_, index) => `u${index}@example.com`);

  expect(addressesOf(addresses.join(', '))).toEqual(addresses.slice(0, 1000));
});
