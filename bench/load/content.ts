/** Messages of a given size. */

const LINE = `${'All work and no play makes a dull mail. '.repeat(2).slice(0, 76)}\r\n`;
const HEADER = `From: Bench <alice@bench.example>\r\nTo: <bob@bench.example>\r\nSubject: A measured message\r\n\r\n`;

/**
 * A message of exactly `octets`, its terminator not counted but after it: header fields that SES asks for, then lines
 * of 78 octets, as mail has them.
 *
 * @throws RangeError when the header does not fit
 */
export function messageOf(octets: number): Buffer {
  const rest = octets - HEADER.length;
  if (rest < 2) throw new RangeError(`A message has at least ${HEADER.length + 2} octets, ${octets} were asked for`);
  const lines = LINE.repeat(Math.ceil(rest / LINE.length)).slice(0, rest - 2);
  // The cut may fall between CR and LF.
  const body = `${lines.replace(/\r$/, ' ')}\r\n`;
  return Buffer.from(`${HEADER}${body}.\r\n`, 'latin1');
}
