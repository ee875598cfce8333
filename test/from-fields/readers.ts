/** Who the author of a message is, as the readers of npm see it. */
import { simpleParser } from 'mailparser';
import addressparser from 'nodemailer/lib/addressparser/index.js';
import PostalMime from 'postal-mime';

/** Addresses by reader; the name where there is no address, since it is what is shown then. */
export type Authors = Readonly<Record<string, readonly string[]>>;

interface ReadEntry {
  readonly name?: string | undefined;
  readonly address?: string | undefined;
  readonly group?: readonly ReadEntry[] | undefined;
}

export async function npmAuthors(message: Buffer): Promise<Authors> {
  const [parsed, postal] = await Promise.all([
    simpleParser(message, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true }),
    PostalMime.parse(message),
  ]);
  const mailparser = parsed.headers.get('from');
  return {
    mailparser: [mailparser ?? []].flat().flatMap((field) => shownOf((field as { value?: ReadEntry[] }).value ?? [])),
    nodemailer: fromValues(message).flatMap((value) => shownOf(addressparser(value))),
    'postal-mime': shownOf(postal.from === undefined ? [] : [postal.from]),
  };
}

function shownOf(entries: readonly ReadEntry[]): readonly string[] {
  return entries.flatMap(({ name, address, group }) => {
    if (group !== undefined) return [name ?? '', ...shownOf(group)];
    return [address === undefined || address === '' ? (name ?? '') : address];
  });
}

/** The values of all From fields as a lenient reader finds them: nodemailer's own parser reads values alone. */
function fromValues(message: Buffer): readonly string[] {
  const text = message.toString('utf8');
  const end = text.indexOf('\r\n\r\n');
  const unfolded = (end === -1 ? text : text.slice(0, end)).replace(/\r\n(?=[ \t])/g, '');
  return unfolded.split('\r\n').flatMap((line) => {
    const colon = line.indexOf(':');
    return colon !== -1 && line.slice(0, colon).trim().toLowerCase() === 'from' ? [line.slice(colon + 1)] : [];
  });
}
