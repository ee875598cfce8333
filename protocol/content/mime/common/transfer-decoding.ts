/** Undoes transfer encodings, as leniently as the most lenient parser. */

const EQUALS = 0x3d;

/** Octets of the base64 alphabet as 1, `=` as 2, blanks and line ends as 3, all others as 0. */
export const BASE64_CLASS: Uint8Array = Uint8Array.from({ length: 256 }, (_none, octet) => {
  if (/[A-Za-z0-9+/]/.test(String.fromCharCode(octet))) return 1;
  if (octet === EQUALS) return 2;
  return octet === 0x20 || octet === 0x09 || octet === 0x0a || octet === 0x0d ? 3 : 0;
});

/** Octets of the shortest unit for which a second way to count pays. */
const MANY_OCTETS = 1024;
const CR = 0x0d;
const LF = 0x0a;
const DECODED = Buffer.allocUnsafe(65_536);

/** What regular base64 says. */
export interface RegularBase64 {
  /** Octets of the alphabet in the unit. */
  readonly octets: number;
  /** What is decoded, valid until the next unit of any part is read; and what is left of the last four octets. */
  readonly decoded: Buffer;
  readonly left: string;
}

/**
 * Reads a unit of base64 that is regular: lines of one length, and nothing but the alphabet in them; `undefined` where it
 * is not, or where it is too short to be asked.
 *
 * The decoder judges, some times faster than a loop: octets of the alphabet are as many as it decodes, and all that is
 * left is line ends, which are looked at one by one.
 *
 * @param before what was left of the unit before, up to three octets
 */
export function readRegularBase64(before: string, unit: Buffer): RegularBase64 | undefined {
  const length = unit.indexOf(LF) + 1;
  if (unit.length < MANY_OCTETS || length < 6 || unit.length % length !== 0) return undefined;
  const octets = unit.length - 2 * (unit.length / length);
  for (let end = length - 1; end < unit.length; end += length) {
    if (unit[end] !== LF || unit[end - 1] !== CR) return undefined;
  }
  // The decoder takes these too, which are of another alphabet.
  if (unit.includes(0x2d) || unit.includes(0x5f)) return undefined;
  const whole = before.length + octets;
  const leftOctets = whole % 4;
  const decodedOctets = ((whole - leftOctets) / 4) * 3;
  if (leftOctets > length - 2 || decodedOctets > DECODED.length) return undefined;
  const text = before + unit.toString('latin1', 0, unit.length - 2 - leftOctets);
  const left = unit.toString('latin1', unit.length - 2 - leftOctets, unit.length - 2);
  if (DECODED.write(text, 'base64') !== decodedOctets || !/^[A-Za-z0-9+/]*$/.test(left)) return undefined;
  return { octets, decoded: DECODED.subarray(0, decodedOctets), left };
}

/** Base64 with everything left out that is none: what parsers see that skip it, and go on after padding. */
export function decodeBase64Leniently(text: string): Buffer {
  return Buffer.from(text.replace(/[^A-Za-z0-9+/]+/g, ''), 'base64');
}

/** Base64 decoded in pieces that end with their padding: what parsers see that start anew after it. */
export function decodeBase64Pieces(text: string): Buffer {
  const pieces = text.replace(/[^A-Za-z0-9+/=]+/g, '').split(/=+/);
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64')));
}

const EMPTY = Buffer.alloc(0);
/** Values of hex digits in either case; -1 of all other octets. */
const HEX: Int8Array = Int8Array.from({ length: 256 }, (_none, octet) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(octet).toLowerCase());
  return octet === 0 ? -1 : digit;
});

/** Quoted-printable; what is none stands for itself. */
export function decodeQuotedPrintable(given: Buffer): Buffer {
  const octets = withoutBlanksAtEnds(given);
  let equals = octets.indexOf(EQUALS);
  if (equals === -1) return octets;
  const decoded = Buffer.allocUnsafe(octets.length);
  let filled = 0;
  let at = 0;
  while (equals !== -1) {
    // Most of these are short: a call costs more than to copy them here.
    if (equals - at > 200) filled += octets.copy(decoded, filled, at, equals);
    else for (; at < equals; at += 1) decoded[filled++] = octets[at] ?? 0;
    const [first = 0, second = 0] = [octets[equals + 1], octets[equals + 2]];
    const [high = -1, low = -1] = [HEX[first], HEX[second]];
    at = equals + 3;
    if (high >= 0 && low >= 0) {
      decoded[filled] = high * 16 + low;
      filled += 1;
    } else if (first === LF) at = equals + 2;
    else if (first !== CR || second !== LF) {
      decoded[filled] = EQUALS;
      filled += 1;
      at = equals + 1;
    }
    equals = octets.indexOf(EQUALS, at);
  }
  filled += octets.copy(decoded, filled, at);
  return filled === 0 ? EMPTY : decoded.subarray(0, filled);
}

/** Blanks at a line's end are none of its own (RFC 2045 section 6.7, rule 3). */
function withoutBlanksAtEnds(octets: Buffer): Buffer {
  if (!hasBlanksAtEnds(octets)) return octets;
  const lines = octets.toString('latin1').split('\n');
  return Buffer.from(lines.map((line) => line.replace(/[ \t\r]{0,998}$/, '')).join('\r\n'), 'latin1');
}

function hasBlanksAtEnds(octets: Buffer): boolean {
  for (let at = octets.indexOf(LF); at !== -1; at = octets.indexOf(LF, at + 1)) {
    const last = octets[at - 1] === CR ? octets[at - 2] : octets[at - 1];
    if (last === 0x20 || last === 0x09) return true;
  }
  return false;
}

export function isHexDigit(octet: number): boolean {
  return (HEX[octet] ?? -1) >= 0;
}

/** Lines of uuencoded data; those that are none end it. */
export function decodeUuencoded(text: string): Buffer {
  const decoded = Buffer.allocUnsafe(text.length);
  let filled = 0;
  for (const line of text.split('\n')) {
    const length = (line.charCodeAt(0) - 32) & 63;
    if (length === 0 || line.startsWith('begin ') || line.length < 2) continue;
    const bits = (at: number): number => (line.charCodeAt(at) - 32) & 63;
    const end = filled + length;
    let full = filled;
    for (let at = 1; at + 1 < line.length && full < end; at += 4) {
      const [a, b, c, d] = [bits(at), bits(at + 1), bits(at + 2), bits(at + 3)];
      decoded[full] = (a << 2) | (b >> 4);
      decoded[full + 1] = (b << 4) | (c >> 2);
      decoded[full + 2] = (c << 6) | d;
      full += 3;
    }
    filled = Math.min(full, end);
  }
  return decoded.subarray(0, filled);
}
