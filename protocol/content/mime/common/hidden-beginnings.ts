/** Where in text a field of a head, or a file in uuencode or yEnc, begins: at the start of a line. */

const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;
const BEFORE_DASH = 'content'.length;
const LETTER_B = 0x62;
const LETTER_C = 0x63;
const LETTER_T = 0x74;
const LETTER_Y = 0x79;
const EQUALS = 0x3d;
/** Makes a letter a small one. */
const SMALL = 0x20;
/** Places of a unit that are looked at one by one; where there are more, an expression is quicker. */
const FEW_PLACES = 32;
/** In the ways in which people write it. */
const BEGINS = ['begin', 'BEGIN', 'Begin'].map((text) => Buffer.from(text));
const FIELD_LINE = /(?<![^\r\n])content-[dt]/gi;
const FILE_LINE = /(?<![^\r\n])(?:=y)?begin[ \t-]/gi;
/** Octets of a unit that tell whether a letter is frequent, and how many of them must be. */
const SAMPLES = 64;
const MANY_OF_SAMPLES = 6;

export type BeginningReader = (start: number) => void;

/** Finds lines that begin with `content-`, whatever the case. */
export function eachFieldLine(unit: Buffer, read: BeginningReader): void {
  let at = unit.indexOf(DASH);
  for (let dashes = 0; at !== -1 && dashes < FEW_PLACES; dashes += 1) {
    const start = at - BEFORE_DASH;
    if (
      ((unit[at - 1] ?? 0) | SMALL) === LETTER_T &&
      ((unit[start] ?? 0) | SMALL) === LETTER_C &&
      isLineStart(unit, start)
    )
      read(start);
    at = unit.indexOf(DASH, at + 1);
  }
  if (at !== -1) eachMatch(unit, FIELD_LINE, Math.max(0, at - BEFORE_DASH), read);
}

/** Finds lines that begin with `begin` or `=ybegin`. */
export function eachFileLine(unit: Buffer, read: BeginningReader): void {
  // A search for `begin` stops at each b. Of a text that is full of them an expression makes less.
  if (isFullOf(unit, LETTER_B)) {
    eachMatch(unit, FILE_LINE, 0, read);
    return;
  }
  for (const begin of BEGINS) {
    let at = unit.indexOf(begin);
    for (let places = 0; at !== -1 && places < FEW_PLACES; places += 1) {
      if (isLineStart(unit, at)) read(at);
      else if (unit[at - 1] === LETTER_Y && unit[at - 2] === EQUALS && isLineStart(unit, at - 2)) read(at - 2);
      at = unit.indexOf(begin, at + 1);
    }
    // What other cases have been read for may be read again: a file is told of once.
    if (at !== -1) eachMatch(unit, FILE_LINE, Math.max(0, at - 2), read);
  }
}

/** Whether a small letter, or its capital, is so frequent that no search for what begins with it is quick. */
export function isFullOf(unit: Buffer, letter: number): boolean {
  let found = 0;
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    if (((unit[Math.floor((unit.length * sample) / SAMPLES)] ?? 0) | SMALL) === letter) found += 1;
  }
  return found >= MANY_OF_SAMPLES;
}

/** Reads each match that begins at `from` or after it. */
function eachMatch(unit: Buffer, pattern: RegExp, from: number, read: BeginningReader): void {
  const start = Math.max(0, from - 1);
  for (const { index } of unit.toString('latin1', start).matchAll(pattern))
    if (start + index >= from) read(start + index);
}

function isLineStart(unit: Buffer, at: number): boolean {
  return at === 0 || (at > 0 && (unit[at - 1] === LF || unit[at - 1] === CR));
}
