/** Globs over file names and field values: `*` any characters, `?` one; in any case. */

/** Code points that are not seen and that file systems or readers drop or reorder by: zero width, direction, soft hyphen. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}|\p{Cf}/gu;

const NOT_ASCII = /[^\x00-\x7F]/;

/** Text in the form in which it is compared. */
export function comparable(text: string): string {
  if (!NOT_ASCII.test(text)) return text.toLowerCase();
  return text.normalize('NFKC').replace(UNSEEN, '').toLowerCase();
}

export type Glob = readonly [first: string, ...others: string[]];

/** Splits a glob at its stars; each piece is compared with `?` as any one character. */
export function parseGlob(pattern: string): Glob {
  // A text that is split at something gives one piece at least.
  return comparable(pattern).split('*') as [string, ...string[]];
}

/** Whether a piece is at a place of a text that leaves room for it. */
function pieceAt(text: string, at: number, piece: string): boolean {
  for (let index = 0; index < piece.length; index += 1) {
    const wanted = piece.charCodeAt(index);
    if (wanted !== 0x3f && wanted !== text.charCodeAt(at + index)) return false;
  }
  return true;
}

function find(text: string, from: number, piece: string): number {
  if (!piece.includes('?')) return text.indexOf(piece, from);
  for (let at = from; at + piece.length <= text.length; at += 1) if (pieceAt(text, at, piece)) return at;
  return -1;
}

/**
 * Whether a glob matches all of a text, which is `comparable` already.
 *
 * Pieces are looked for from left to right, each at its first place, so that no pattern makes it go back: a regular
 * expression with stars would.
 */
export function matchesGlob(text: string, [first, ...rest]: Glob): boolean {
  if (first.length > text.length || !pieceAt(text, 0, first)) return false;
  const last = rest.pop();
  if (last === undefined) return text.length === first.length;
  let at = first.length;
  for (const piece of rest) {
    const found = find(text, at, piece);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && pieceAt(text, text.length - last.length, last);
}
