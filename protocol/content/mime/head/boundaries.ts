/** The multiparts that are open at a place in a message, and what a line is to them. */
import type { Findings } from '../common/findings.ts';

export interface OpenMultipart {
  /** All that may be its boundary; one where its head is plain. */
  readonly boundaries: readonly string[];
  /** Depth at which its parts lie. */
  readonly depth: number;
  /** Its parts are messages where they do not say otherwise (RFC 2046 section 5.1.5). */
  readonly isDigest: boolean;
  hasDelimiter: boolean;
  isClosed: boolean;
}

export type Delimiter =
  | { readonly kind: 'none' }
  /** @param level index of the multipart whose part ends */
  | { readonly kind: 'next' | 'close'; readonly level: number };

const NONE: Delimiter = { kind: 'none' };

/** What follows a boundary in its line: blanks are allowed (RFC 2046 section 5.1.1), but not all parsers drop them. */
function kindOfTail(tail: string, findings: Findings): 'next' | 'close' | undefined {
  const isClose = tail.startsWith('--');
  const rest = isClose ? tail.slice(2) : tail;
  if (rest === '') return isClose ? 'close' : 'next';
  if (!/^[ \t]+$/.test(rest)) return undefined;
  findings.odd('ambiguous', 'blank-after-boundary');
  return isClose ? 'close' : 'next';
}

/**
 * What a line that begins with two dashes is, by the open multiparts, innermost first.
 *
 * @param line the line without its end
 */
export function delimiterOf(line: string, open: readonly OpenMultipart[], findings: Findings): Delimiter {
  let prefixLevel = -1;
  for (let level = open.length - 1; level >= 0; level -= 1) {
    for (const boundary of open[level]?.boundaries ?? []) {
      if (!line.startsWith(boundary, 2)) continue;
      const kind = kindOfTail(line.slice(2 + boundary.length), findings);
      if (kind !== undefined) return { kind, level };
      prefixLevel = Math.max(prefixLevel, level);
    }
  }
  if (prefixLevel === -1) return NONE;
  findings.odd('ambiguous', 'boundary-prefix');
  return { kind: 'next', level: prefixLevel };
}

/** Whether of two multiparts one could be taken for the other: a parser that looks at the beginning only would. */
export function isConfusable(boundaries: readonly string[], open: readonly OpenMultipart[]): boolean {
  return open.some((other) =>
    other.boundaries.some((theirs) => boundaries.some((ours) => ours.startsWith(theirs) || theirs.startsWith(ours))),
  );
}
