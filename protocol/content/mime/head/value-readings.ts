/**
 * Every value that a parser may read for a parameter of a Content-Type or Content-Disposition field.
 *
 * The parameter's name is looked for anywhere in the field, in comments and quotes too, and each ending of its value that
 * a parser is known to take is one reading: quotes, escapes, blanks, semicolons and comments are where they differ.
 */

import {
  charsetReadings,
  charsetsOf,
  decodeWords,
  hasEncodedWord,
  isCheapCharset,
  isKnownCharset,
  textOf,
} from '../common/encoded-word.ts';
import type { Findings } from '../common/findings.ts';
import { CHARSET_READING_OCTETS, WORD_READING_OCTETS } from '../common/limits.ts';

/** Readings of one field's parameter; more of them no one needs, and the field is odd anyway. */
const MAX_OCCURRENCES = 16;

interface Occurrence {
  /** Number of the piece (RFC 2231 section 3); absent where the value is whole. */
  readonly piece?: number;
  /** Charset and percent-encoding are used (section 4). */
  readonly isExtended: boolean;
  readonly values: readonly string[];
}

/** The field on one line, in each way in which line ends and the blanks after them are dropped. */
export function unfoldings(raw: string): readonly string[] {
  const trimmed = raw.replace(/[\r\n]+$/, '');
  if (!/[\r\n]/.test(trimmed)) return [trimmed];
  return [
    trimmed.replace(/[\r\n]+/g, ''),
    trimmed.replace(/[\r\n]+[ \t]*/g, ''),
    trimmed.replace(/[\r\n]+[ \t]*/g, ' '),
  ];
}

const COMMENT = /\((?:[^()\\]|\\.)*\)/g;
const NEXT_PARAMETER = /;\s*[A-Za-z][\w*-]*\s*=/;

function cutAt(text: string, end: number): string {
  return end === -1 ? text : text.slice(0, end);
}

function quotedReadings(text: string): readonly string[] {
  let escapedEnd = 1;
  while (escapedEnd < text.length && text[escapedEnd] !== '"') escapedEnd += text[escapedEnd] === '\\' ? 2 : 1;
  const inner = text.slice(1, escapedEnd);
  const last = text.lastIndexOf('"');
  const upTo = cutAt(text, text.search(NEXT_PARAMETER));
  const tail = cutAt(text.slice(escapedEnd + 1), text.slice(escapedEnd + 1).indexOf(';')).trim();
  return [
    inner.replace(/\\(.)/g, '$1'),
    inner,
    text.slice(1, Math.max(1, text.indexOf('"', 1))),
    last > 0 ? text.slice(1, last) : text.slice(1),
    upTo.replaceAll('"', '').trim(),
    ...(tail === '' ? [] : [`${inner}${tail}`, `${inner}${tail}`.replaceAll('"', ''), tail.replaceAll('"', '')]),
  ];
}

function bareReadings(text: string): readonly string[] {
  const upToSemicolon = cutAt(text, text.indexOf(';')).trim();
  const upToParameter = cutAt(text, text.search(NEXT_PARAMETER)).trim();
  return [
    upToSemicolon,
    cutAt(upToSemicolon, upToSemicolon.search(/[\s,]/)),
    upToParameter,
    upToSemicolon.replace(COMMENT, '').trim(),
    cutAt(upToSemicolon, upToSemicolon.indexOf('(')).trim(),
    cutAt(upToSemicolon, upToSemicolon.indexOf('"')),
    upToParameter.replace(/\\(.)/g, '$1').replaceAll('"', ''),
    upToSemicolon.replace(/\\$/, ''),
    upToSemicolon.slice(upToSemicolon.indexOf('"') + 1).replaceAll('"', ''),
    upToSemicolon.replace(/^'(.*)'$/, '$1').trim(),
  ];
}

/** A quoted value that ends the field, in which nothing is read in two ways. */
const PLAIN_QUOTED = /^"([\w +,.@~-]*)"$/;

function readingsOf(text: string): readonly string[] {
  const plain = PLAIN_QUOTED.exec(text)?.[1];
  if (plain !== undefined) return [plain];
  return text.startsWith('"') ? quotedReadings(text) : bareReadings(text);
}

function occurrencesIn(field: string, name: string, findings: Findings): readonly Occurrence[] {
  const found: Occurrence[] = [];
  const pattern = new RegExp(
    `${name}(?:\\([^()]{0,40}\\))?[ \\t]{0,40}(\\*(\\d\\w{0,7})?(\\*)?)?[ \\t\\\\]{0,40}=[ \\t\\\\]{0,40}`,
    'gi',
  );
  for (const match of field.matchAll(pattern)) {
    const text = field.slice(match.index + match[0].length);
    if (!findings.takeReading(text.length)) break;
    const [, star, piece, secondStar] = match;
    if (piece !== undefined && !/^\d{1,4}$/.test(piece)) findings.odd('ambiguous', 'bad-parameter');
    found.push({
      ...(piece !== undefined && { piece: Number(piece) || 0 }),
      isExtended: piece === undefined ? star !== undefined : secondStar !== undefined,
      values: readingsOf(text),
    });
    if (found.length >= MAX_OCCURRENCES) break;
  }
  return found;
}

function percentDecoded(text: string): Buffer {
  const octets = text.replace(/%([0-9A-Fa-f]{2})/g, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(octets, 'latin1');
}

/** Readings of a value with `charset'language'` in front and octets percent-encoded; also where either is missing. */
function extendedReadings(value: string, findings: Findings): readonly string[] {
  const [charset = '', , ...rest] = value.split("'");
  const hasCharset = rest.length > 0;
  if (hasCharset && charset !== '' && !isKnownCharset(charset)) findings.odd('ambiguous', 'unknown-charset');
  const readings = charsetReadings(
    percentDecoded(hasCharset ? rest.join("'") : value),
    hasCharset && charset !== '' ? charset : 'utf-8',
  );
  return hasCharset ? [...readings, textOf(percentDecoded(value).toString('latin1'))] : readings;
}

function costOfCharsets(value: string): number {
  const costs = charsetsOf(value).map((each) => (isCheapCharset(each) ? WORD_READING_OCTETS : CHARSET_READING_OCTETS));
  return costs.reduce((sum, cost) => sum + cost, 0);
}

/** A value with whatever encoding stands in it undone. */
function decodedReadings(value: string, isExtended: boolean, findings: Findings): readonly string[] {
  const readings = [textOf(value)];
  if (isExtended || /%[0-9A-Fa-f]{2}/.test(value)) readings.push(...extendedReadings(value, findings));
  if (hasEncodedWord(value)) {
    if (!findings.takeReading(4 * value.length + costOfCharsets(value))) return readings;
    readings.push(decodeWords(value));
    if (!charsetsOf(value).every(isKnownCharset)) findings.odd('ambiguous', 'unknown-charset');
    if (/utf-?16|ucs/i.test(value)) {
      for (const turn of [1, 2])
        readings.push(decodeWords(value, (octets, charset) => charsetReadings(octets, charset)[turn] ?? ''));
    }
  }
  return readings;
}

/** Values of pieces joined: in the order of their numbers, and as they stand. */
function joined(pieces: readonly Occurrence[]): readonly string[] {
  const first = ({ values }: Occurrence): string => values[0] ?? '';
  const sorted = [...pieces].sort((a, b) => (a.piece ?? 0) - (b.piece ?? 0));
  const unique = sorted.filter((each, index) => each.piece !== sorted[index - 1]?.piece);
  return [sorted, pieces, unique].map((order) => order.map(first).join(''));
}

/** All readings of a parameter in the fields given, which may be one field twice. Empty where none has it. */
export function parameterReadings(raws: readonly string[], name: string, findings: Findings): ReadonlySet<string> {
  const readings = new Set<string>();
  const ways = raws.map(unfoldings);
  for (let way = 0; way < 3; way += 1) {
    const occurrences = ways.flatMap((fields) =>
      occurrencesIn(fields[way] ?? (way === 0 ? '' : (fields[0] ?? '')), name, findings),
    );
    const pieces = occurrences.filter(({ piece }) => piece !== undefined);
    const isExtended = pieces.some((each) => each.isExtended);
    const values = occurrences.flatMap((each) =>
      each.values.flatMap((value) => decodedReadings(value, each.isExtended, findings)),
    );
    for (const value of values) readings.add(value);
    for (const whole of pieces.length > 0 ? joined(pieces) : []) {
      for (const value of decodedReadings(whole, isExtended, findings)) readings.add(value);
    }
    if (ways.every((fields) => fields.length === 1)) break;
  }
  readings.delete('');
  return readings;
}
