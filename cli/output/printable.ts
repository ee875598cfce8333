/**
 * Text that a terminal shows and does not obey.
 *
 * Names, command lines and replies come from clients and next hops; an escape sequence among them could rewrite the
 * screen of whoever looks at it.
 */

/** Controls of both sets, line and paragraph separators, and what turns the direction of writing. */
const COMMANDING = /[\x00-\x1F\x7F-\x9F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g;

export function printable(text: string): string {
  return text.toWellFormed().replace(COMMANDING, escapeOf);
}

function escapeOf(character: string): string {
  const code = character.charCodeAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** JSON on one line, or indented, whose text is escaped likewise; it parses to the same. */
export function printableJson(value: unknown, indent = 0): string {
  const json = JSON.stringify(value, undefined, indent);
  return json.replace(/[\x7F-\x9F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
