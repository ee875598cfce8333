/** Finds what SES would refuse a message for, before a call is spent on it. */
import { UNREPEATABLE_FIELDS } from '../../../policy/ses-unrepeatable-fields.ts';

/**
 * Octets from the start that are looked at. A header section is never longer in honest mail, and a crafted one must
 * not hold the event loop up; what lies after is for SES to judge, with the same outcome.
 */
export const MAX_SCANNED_OCTETS = 262_144;

const CRLF = Buffer.from('\r\n');
const COLON = 0x3a;
const SPACE = 0x20;
const TAB = 0x09;
const UNREPEATABLE: ReadonlyMap<string, string> = new Map(
  UNREPEATABLE_FIELDS.map((name) => [name.toLowerCase(), name]),
);
const LONGEST_NAME_OCTETS = Math.max(...UNREPEATABLE_FIELDS.map((name) => name.length));

/**
 * The name, as SES writes it, of the first field in the header section that stands there a second time though SES
 * takes it only once; `undefined` when there is none.
 *
 * @param message not dot-stuffed; lines end with CR LF
 */
export function repeatedField(message: Uint8Array): string | undefined {
  const octets = Buffer.from(message.buffer, message.byteOffset, Math.min(message.byteLength, MAX_SCANNED_OCTETS));
  const seen = new Set<string>();
  let from = 0;
  // An empty line ends the header section: RFC 5322 section 2.1.
  for (let to = octets.indexOf(CRLF); to > from; to = octets.indexOf(CRLF, from)) {
    const name = unrepeatableNameOf(octets.subarray(from, to));
    if (name !== undefined && seen.has(name)) return name;
    if (name !== undefined) seen.add(name);
    from = to + CRLF.length;
  }
  return undefined;
}

/** The field's name when the line begins a field that must not stand twice. */
function unrepeatableNameOf(line: Buffer): string | undefined {
  // A line that begins with white space goes on with the field before it: RFC 5322 section 2.2.3.
  if (line[0] === SPACE || line[0] === TAB) return undefined;
  let end = line.indexOf(COLON);
  // White space before the colon is old syntax, read by all (RFC 5322 section 4.5).
  while (end > 0 && (line[end - 1] === SPACE || line[end - 1] === TAB)) end -= 1;
  if (end < 1 || end > LONGEST_NAME_OCTETS) return undefined;
  return UNREPEATABLE.get(line.toString('latin1', 0, end).toLowerCase());
}
