/** The tokens of a list of addresses (RFC 5322 section 3.2); comments and blanks are read and left out. */

export interface ListToken {
  /** A `mark` is one of `< > : ; , @ .`, alone; or nothing, at the list's end. */
  readonly kind: 'word' | 'quoted' | 'encoded' | 'literal' | 'mark';
  /** As it was written, quotes and brackets included. */
  readonly text: string;
  /** What stands before it; a comment has the blanks about it. */
  readonly gap: 'none' | 'blank' | 'comment';
}

/** Control characters that are no blank and no fold: in no token, for some readers skip them and others end at them. */
const CONTROL = /[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]|\r(?!\n[ \t])|(?<!\r)\n/;
const BLANKS = /(?:[ \t]|\r\n)+/y;
/** RFC 5322 section 3.2.3, with the UTF-8 of RFC 6532 section 3.2. */
const WORD = /[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u00A0-\u{10FFFF}]+/uy;
/** RFC 2047 section 2; also with dots and commas, which programs leave as they are. */
const ENCODED = /=\?[A-Za-z0-9*_-]+\?[BQbq]\?[A-Za-z0-9!#$%&'*+\-/=^_`{|}~.,]*\?=(?=[ \t\r<(]|$)/y;
const LITERAL = /\[[\x21-\x5A\x5E-\x7E]*\]/y;
const MARKS = '<>:;,@.';
/** What a comment that is nested or folded must not hold: some readers end it elsewhere. */
const ODD_IN_COMMENT = /[@<>",;:]/;

/** The last one is the end's; `undefined` when an octet belongs to no token, comment or blank, or a quoted string or comment has no end. */
export function tokensOf(value: string): readonly ListToken[] | undefined {
  if (CONTROL.test(value)) return undefined;
  const tokens: ListToken[] = [];
  let gap: ListToken['gap'] = 'none';
  let at = 0;
  while (at < value.length) {
    const isComment = value.charAt(at) === '(';
    const skipped = isComment ? commentAt(value, at) : matchAt(BLANKS, value, at);
    if (skipped !== undefined) {
      if (isComment || gap === 'none') gap = isComment ? 'comment' : 'blank';
      at += skipped.length;
      continue;
    }
    const token = tokenAt(value, at);
    if (token === undefined) return undefined;
    tokens.push({ ...token, gap });
    gap = 'none';
    at += token.text.length;
  }
  return [...tokens, { kind: 'mark', text: '', gap }];
}

function tokenAt(value: string, at: number): Pick<ListToken, 'kind' | 'text'> | undefined {
  const character = value.charAt(at);
  if (MARKS.includes(character)) return { kind: 'mark', text: character };
  if (character === '"') return tokenOf('quoted', quotedAt(value, at));
  if (character === '[') return tokenOf('literal', matchAt(LITERAL, value, at));
  const encoded = character === '=' ? matchAt(ENCODED, value, at) : undefined;
  return encoded === undefined ? tokenOf('word', matchAt(WORD, value, at)) : { kind: 'encoded', text: encoded };
}

function tokenOf(kind: ListToken['kind'], text: string | undefined): Pick<ListToken, 'kind' | 'text'> | undefined {
  return text === undefined ? undefined : { kind, text };
}

function matchAt(pattern: RegExp, value: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(value)?.[0];
}

/** A quoted string with its quotes; a backslash takes the meaning from the character after it. */
function quotedAt(value: string, start: number): string | undefined {
  for (let at = start + 1; at < value.length; at += 1) {
    const character = value.charAt(at);
    if (character === '\\') at += 1;
    if (character !== '"') continue;
    const quoted = value.slice(start, at + 1);
    // Some readers end it at the fold.
    return quoted.includes('\r') && quoted.includes('@') ? undefined : quoted;
  }
  return undefined;
}

/**
 * A comment with its parentheses. Many readers end it at the first of them that closes, whatever comes before: what
 * follows that one must be no address for them, nor go on with one.
 */
function commentAt(value: string, start: number): string | undefined {
  let depth = 0;
  let isOdd = false;
  for (let at = start; at < value.length; at += 1) {
    const character = value.charAt(at);
    isOdd ||= character === '\r' || (character === '(' && depth > 0);
    if (character === '\\') {
      at += 1;
      if ('()'.includes(value.charAt(at))) return undefined;
    } else if (character === '(') {
      depth += 1;
    } else if (character === ')') {
      depth -= 1;
      if (depth > 0 && !' \t)'.includes(value.charAt(at + 1))) return undefined;
    }
    if (depth === 0) {
      const comment = value.slice(start, at + 1);
      return isOdd && ODD_IN_COMMENT.test(comment) ? undefined : comment;
    }
  }
  return undefined;
}
