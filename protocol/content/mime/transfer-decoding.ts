/** Undoes transfer encodings, as leniently as the most lenient parser. */

const EQUALS = 0x3d;

/** Octets of the base64 alphabet as 1, `=` as 2, blanks and line ends as 3, all others as 0. */
export const BASE64_CLASS: Uint8Array = Uint8Array.from({ length: 256 }, (_none, octet) => {
  if (/[A-Za-z0-9+/]/.test(String.fromCharCode(octet))) return 1;
  if (octet === EQUALS) return 2;
  return octet === 0x20 || octet === 0x09 || octet === 0x0a || octet === 0x0d ? 3 : 0;
});

/** Base64 with everything left out that is none: what parsers see that skip it, and go on after padding. */
export function decodeBase64Leniently(text: string): Buffer {
  return Buffer.from(text.replace(/[^A-Za-z0-9+/]+/g, ''), 'base64');
}

/** Base64 decoded in pieces that end with their padding: what parsers see that start anew after it. */
export function decodeBase64Pieces(text: string): Buffer {
  const pieces = text.replace(/[^A-Za-z0-9+/=]+/g, '').split(/=+/);
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64')));
}

/** Quoted-printable; what is none stands for itself. */
export function decodeQuotedPrintable(text: string): string {
  return withoutBlanksAtEnds(text)
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Blanks at a line's end are none of its own (RFC 2045 section 6.7, rule 3). */
function withoutBlanksAtEnds(text: string): string {
  if (!/[ \t]\r?\n/.test(text)) return text;
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\r\n');
}

/** Whether parsers differ about it: `=` without two digits or a line end after it. */
export function isBrokenQuotedPrintable(text: string): boolean {
  return /=(?![0-9A-Fa-f]{2}|[ \t]*\r?(?:\n|$))/.test(text);
}

/** Lines of uuencoded data; those that are none end it. */
export function decodeUuencoded(text: string): Buffer {
  const octets: number[] = [];
  for (const line of text.split('\n')) {
    const length = (line.charCodeAt(0) - 32) & 63;
    if (length === 0 || line.startsWith('begin ') || line.length < 2) continue;
    const start = octets.length;
    for (let at = 1; at + 1 < line.length && octets.length - start < length; at += 4) {
      const [a, b, c, d] = [0, 1, 2, 3].map((offset) => (line.charCodeAt(at + offset) - 32) & 63) as [
        number,
        number,
        number,
        number,
      ];
      octets.push((a << 2) | (b >> 4), ((b & 15) << 4) | (c >> 2), ((c & 3) << 6) | d);
    }
    octets.length = Math.min(octets.length, start + length);
  }
  return Buffer.from(octets.map((octet) => octet & 255));
}
