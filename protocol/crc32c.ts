/** CRC32C, the checksum of a PROXY protocol header; that of `node:zlib` is another polynomial. */

/** Castagnoli's polynomial, bits reversed; RFC 3720 appendix B.4. */
const POLYNOMIAL = 0x82f6_3b78;

/** As an unsigned number. A loop over bits without a table: a header has at most some thousand octets, once a connection. */
export function crc32c(octets: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const octet of octets) {
    crc ^= octet;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
  }
  return ~crc >>> 0;
}
