/** Blanks at the end of a text, dropped in one pass: ` +$` as a regular expression costs the square of the blanks within. */

export function withoutFinalBlanks(text: string): string {
  let end = text.length;
  while (text[end - 1] === ' ') end -= 1;
  return text.slice(0, end);
}
