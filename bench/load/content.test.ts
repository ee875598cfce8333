import { expect, it } from 'vitest';
import { messageOf } from './content.ts';

const TERMINATOR_OCTETS = '.\r\n'.length;

it.each([200, 1024, 1025, 1026, 1100, 4096, 1_048_576])(
  'a message of %i octets has as many, and ends once',
  (octets) => {
    const message = messageOf(octets).toString('latin1');

    expect(message).toHaveLength(octets + TERMINATOR_OCTETS);
    expect(message.indexOf('\r\n.\r\n')).toBe(octets - 2);
    expect(message.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  },
);

it('refuses a size that has no room for the header', () => {
  expect(() => messageOf(50)).toThrow(RangeError);
});
