/** Blanks round a text, dropped in one pass: ` +$` as a regular expression costs the square of the blanks within. */

const BLANK = 0x20;

export function withoutFinalBlanks(text: string): string {
  return text.slice(0, endWithoutBlanks(text, 0));
}

/** What stands after `start`, without the blanks at its beginning and its end. */
export function withoutOuterBlanks(text: string, start: number): string {
  let from = start;
  while (text.charCodeAt(from) === BLANK) from += 1;
  return text.slice(from, endWithoutBlanks(text, from));
}

function endWithoutBlanks(text: string, start: number): number {
  let end = text.length;
  while (end > start && text.charCodeAt(end - 1) === BLANK) end -= 1;
  return end;
}
