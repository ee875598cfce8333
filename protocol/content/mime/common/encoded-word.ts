/** Encoded words (RFC 2047), and the texts of octets whose charset is told or not. Text is Latin-1 until it is decoded. */

import { decodeBase64Leniently } from './transfer-decoding.ts';

/** Charsets that TextDecoder has under another name, or that mail uses for what it has. */
const ALIASES: Readonly<Record<string, string>> = {
  'utf-16': 'utf-16be',
  utf16: 'utf-16be',
  'utf-7': 'utf-8',
  'unicode-1-1-utf-7': 'utf-8',
  cp1252: 'windows-1252',
  unknown: 'windows-1252',
};

/** Charsets whose octets we do not read as others do. */
const READ_OTHERWISE: ReadonlySet<string> = new Set(['utf-7', 'unicode-1-1-utf-7']);
/** Charsets that TextDecoder lacks in which ASCII is ASCII: whoever reads them finds the same ending of a name. */
const LIKE_ASCII =
  /^(?:(?:cp|ibm|windows|ms)[-_]?(?:437|7\d\d|8[56]\d|874|932|936|949|950|125\d)|iso[-_]?8859[-_].*|latin[-_]?\d+|(?:x[-_])?unknown.*|default.*|ansi.*|x-mac.*|mac.*|x-user-defined|binary|8bit)$/;
/** Decoders by the labels that were asked for and are known; there are some hundreds. */
const DECODERS = new Map<string, InstanceType<typeof TextDecoder>>();

/** The decoder of a charset that TextDecoder has. None of them is fatal or keeps anything from one text to the next. */
function decoderOf(label: string): InstanceType<typeof TextDecoder> | undefined {
  const known = DECODERS.get(label);
  if (known !== undefined) return known;
  try {
    const decoder = new TextDecoder(ALIASES[label] ?? label);
    DECODERS.set(label, decoder);
    return decoder;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}

/** Whether a charset was asked for before, so that it costs next to nothing to ask again. */
export function isCheapCharset(charset: string): boolean {
  const label = charset.trim().toLowerCase();
  return isUtf8(label) || DECODERS.has(label);
}

function isUtf8(label: string): boolean {
  return label === 'utf-8' || label === 'us-ascii';
}

/** Whether others read text in a charset as we do: parsers know many that TextDecoder does not. */
export function isKnownCharset(charset: string): boolean {
  const label = charset.trim().toLowerCase();
  if (READ_OTHERWISE.has(label)) return false;
  return LIKE_ASCII.test(label) || decoderOf(label) !== undefined;
}

const WINDOWS_1252 = new TextDecoder('windows-1252');

/** Octets as text in a charset; as windows-1252, which has a character for each octet, where it is not known. */
export function decodeCharset(octets: Uint8Array, charset: string): string {
  const label = charset.trim().toLowerCase();
  if (isUtf8(label)) return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('utf8');
  return (decoderOf(label) ?? WINDOWS_1252).decode(octets);
}

/** Each text that a charset's octets may be: UTF-16 in both orders, and without its NULs for parsers that drop them. */
export function charsetReadings(octets: Uint8Array, charset: string): readonly string[] {
  const readings = [decodeCharset(octets, charset)];
  if (/^utf-?16|^ucs-?2|^utf-?32/i.test(charset.trim())) {
    readings.push(decodeCharset(octets, 'utf-16le'), decodeCharset(octets, 'utf-8').replaceAll('\0', ''));
  }
  return readings;
}

/** Latin-1 text as the UTF-8 it may be, or as itself. */
export function textOf(latin1: string): string {
  if (!/[\x80-\xFF]/.test(latin1)) return latin1;
  const text = Buffer.from(latin1, 'latin1').toString('utf8');
  return text.includes('\uFFFD') ? latin1 : text;
}

const WORD = /=\?([^?]{0,60})\?([bBqQ])\?([^?]*)(?:\?=|$)/g;
const BLANKS_BETWEEN = /(\?=)[ \t\r\n]+(?==\?)/g;

function octetsOf(encoding: string, text: string): Buffer {
  if (encoding === 'b' || encoding === 'B') return decodeBase64Leniently(text);
  const plain = text
    .replaceAll('_', ' ')
    .replace(/=([0-9A-Fa-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(plain, 'latin1');
}

/** The charsets of encoded words, without their languages. */
export function charsetsOf(latin1: string): readonly string[] {
  return [...latin1.matchAll(WORD)].map(([, label = '']) => label.replace(/\*.*$/, ''));
}

export function hasEncodedWord(latin1: string): boolean {
  return latin1.includes('=?') && latin1.search(WORD) !== -1;
}

/**
 * The text with its encoded words decoded, wherever they stand: inside quotes and other words too. A charset may be
 * followed by a language (RFC 2231 section 5). Words of one charset are joined before they are decoded, as their writers
 * split characters between them.
 */
export function decodeWords(
  latin1: string,
  read: (octets: Uint8Array, charset: string) => string = decodeCharset,
): string {
  const joined = latin1.replace(BLANKS_BETWEEN, '$1');
  let decoded = '';
  let end = 0;
  let pending: { readonly charset: string; readonly octets: Buffer[] } | undefined;
  const flush = (): void => {
    if (pending !== undefined) decoded += read(Buffer.concat(pending.octets), pending.charset);
    pending = undefined;
  };
  for (const match of joined.matchAll(WORD)) {
    const [all, label = '', encoding = '', text = ''] = match;
    const charset = label.replace(/\*.*$/, '').toLowerCase();
    if (match.index > end || pending?.charset !== charset) flush();
    decoded += textOf(joined.slice(end, match.index));
    pending ??= { charset, octets: [] };
    pending.octets.push(octetsOf(encoding, text));
    end = match.index + all.length;
  }
  flush();
  return decoded + textOf(joined.slice(end));
}
