import { describe, expect, it } from 'vitest';
import { crc32c } from './crc32c.ts';

describe('crc32c', () => {
  // The examples of RFC 3720 appendix B.4, and the check value that catalogues of checksums give.
  it.each<[string, Uint8Array, number]>([
    ['32 octets of zero', new Uint8Array(32), 0x8a91_36aa],
    ['32 octets of ones', new Uint8Array(32).fill(0xff), 0x62a8_ab43],
    ['32 octets that rise', Uint8Array.from({ length: 32 }, (_, at) => at), 0x46dd_794e],
    ['32 octets that fall', Uint8Array.from({ length: 32 }, (_, at) => 31 - at), 0x113f_db5c],
    ['the digits 1 to 9', Buffer.from('123456789'), 0xe306_9283],
    ['nothing', new Uint8Array(0), 0],
  ])('of %s', (_what, octets, expected) => {
    expect(crc32c(octets)).toBe(expected);
  });
});
