/** The words of an HTML text: what is shown, and what is not. */

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  shy: '',
  zwnj: '',
  zwj: '',
  copy: '©',
  reg: '®',
  euro: '€',
  pound: '£',
  yen: '¥',
  cent: '¢',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  Auml: 'Ä',
  Ouml: 'Ö',
  Uuml: 'Ü',
  szlig: 'ß',
  agrave: 'à',
  aacute: 'á',
  acirc: 'â',
  atilde: 'ã',
  aring: 'å',
  aelig: 'æ',
  ccedil: 'ç',
  egrave: 'è',
  eacute: 'é',
  ecirc: 'ê',
  euml: 'ë',
  iacute: 'í',
  icirc: 'î',
  ntilde: 'ñ',
  oacute: 'ó',
  ocirc: 'ô',
  oslash: 'ø',
  uacute: 'ú',
  ucirc: 'û',
};

const ENTITY = /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z]{2,8}));?/g;
const MAX_CODE_POINT = 0x10_ffff;

function characterOf(code: number): string {
  return code > 0 && code <= MAX_CODE_POINT && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '';
}

function decodeEntities(text: string): string {
  return text.replace(ENTITY, (all, decimal?: string, hex?: string, name?: string) => {
    if (decimal !== undefined) return characterOf(Number(decimal));
    if (hex !== undefined) return characterOf(Number.parseInt(hex, 16));
    return ENTITIES[name ?? ''] ?? all;
  });
}

/** Tags that part words; all others may stand in the middle of one. */
const BLOCKS: ReadonlySet<string> = new Set(
  (
    'address article aside blockquote body br caption center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 head header hr ' +
    'html li main nav ol p pre section select option style script table tbody td tfoot th thead title tr ul'
  ).split(' '),
);
const LONGEST_BLOCK = 10;

/** Octets that may follow the `<` of a tag, a comment or a declaration. */
function beginsMarkup(code: number): boolean {
  return isLetter(code) || code === 0x2f || code === 0x21 || code === 0x3f;
}

function isLetter(code: number): boolean {
  const small = code | 0x20;
  return small >= 0x61 && small <= 0x7a;
}

/** Whether the tag that begins at `start` parts words. */
function isBlock(html: string, start: number): boolean {
  const from = html.charCodeAt(start + 1) === 0x2f ? start + 2 : start + 1;
  let end = from;
  while (end - from <= LONGEST_BLOCK && isWord(html.charCodeAt(end))) end += 1;
  return BLOCKS.has(html.slice(from, end).toLowerCase());
}

function isWord(code: number): boolean {
  return isLetter(code) || (code >= 0x30 && code <= 0x39) || code === 0x5f;
}

/** Where a tag or comment that begins at `start` ends; the text's end where it has none. */
function endOfMarkup(html: string, start: number): number {
  const isComment = html.startsWith('<!--', start);
  const end = isComment ? html.indexOf('-->', start + 4) : html.indexOf('>', start);
  if (end === -1) return html.length;
  return end + (isComment ? 3 : 1);
}

/**
 * The text without its markup. Tags inside words leave nothing, those that begin a block leave a blank; a comment leaves
 * nothing. `<` that begins no tag stays.
 */
export function textOfHtml(html: string): string {
  const pieces: string[] = [];
  let at = 0;
  for (let start = html.indexOf('<'); start !== -1; start = html.indexOf('<', at)) {
    if (!beginsMarkup(html.charCodeAt(start + 1))) {
      pieces.push(html.slice(at, start + 1));
      at = start + 1;
      continue;
    }
    const end = endOfMarkup(html, start);
    pieces.push(html.slice(at, start));
    if (isBlock(html, start)) pieces.push(' ');
    at = end;
  }
  pieces.push(html.slice(at));
  return decodeEntities(pieces.join(''));
}
