/** The transparency of RFC 5321 section 4.5.2: each line that begins with a dot gets one more, the last line its end. */

/** Octets of a piece, so that a slow hop need not have it all in its buffer. */
const PIECE_OCTETS = 65_536;
const CRLF = Buffer.from('\r\n');
const CRLF_DOT = Buffer.from('\r\n.');
const DOT = Buffer.from('.');

/** The message as it goes between DATA and the end of data, in pieces. Only CR LF ends a line. */
export function* dotStuffed(message: Buffer): Generator<Uint8Array> {
  if (message.subarray(0, 1).equals(DOT)) yield DOT;
  let from = 0;
  for (;;) {
    const next = message.indexOf(CRLF_DOT, from);
    const end = next === -1 ? message.length : next + 2;
    for (let at = from; at < end; at += PIECE_OCTETS) yield message.subarray(at, Math.min(at + PIECE_OCTETS, end));
    if (next === -1) break;
    yield DOT;
    from = end;
  }
  const endsLine = message.length === 0 || message.subarray(-2).equals(CRLF);
  if (!endsLine) yield CRLF;
}
