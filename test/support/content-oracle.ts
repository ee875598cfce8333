/**
 * What ought to become of content after DATA, worked out the slow way: cut out the end of data, take off the
 * stuffing, correct the newlines. Nothing of the scanner's is used.
 */
import type { ContentFault } from '../../protocol/content/data-scanner.ts';

const NON_ASCII = /[^\x00-\x7F]/;

export interface ExpectedContent {
  /** Offset after the terminator; -1 when there is none. */
  readonly end: number;
  /** Content un-stuffed, as it was sent. */
  readonly octets: number;
  readonly fault: ContentFault | undefined;
  /** The line of the first octet that no message may have, whether it is the fault or not. */
  readonly badLine: number | undefined;
  /** The message as its reader sees it. */
  readonly message: string;
}

export interface OracleOptions {
  readonly maxOctets: number;
  readonly bareNewline: 'reject' | 'normalise';
  readonly mustBeAscii?: { readonly header: boolean; readonly body: boolean };
}

/** @param input octets as Latin-1, from after the 354 reply */
export function expectedContent(
  input: string,
  { maxOctets, bareNewline, mustBeAscii }: OracleOptions,
): ExpectedContent {
  // With CR LF in front, the terminator at the very start looks like any other.
  const framed = `\r\n${input}`;
  const terminator = framed.indexOf('\r\n.\r\n');
  const stuffed = terminator === -1 ? framed : framed.slice(0, terminator + 2);
  const sent = unstuffed(stuffed.slice(2));
  const message = sent.replace(/\r\n|\r|\n/g, '\r\n');
  const isBad = sent.includes('\0') || (bareNewline === 'reject' && message !== sent);
  const firstBad = sent.search(bareNewline === 'reject' ? /\0|\r(?!\n)|(?<!\r)\n/ : /\0/);
  const emptyLine = `\r\n${message}`.indexOf('\r\n\r\n');
  const header = emptyLine === -1 ? message : message.slice(0, emptyLine);
  const is8BitHeader = mustBeAscii?.header === true && NON_ASCII.test(header);
  const is8BitBody = mustBeAscii?.body === true && NON_ASCII.test(message.slice(header.length));
  const received = header.split('\r\n').filter((line) => /^received:/i.test(line)).length;
  return {
    end: terminator === -1 ? -1 : terminator + 3,
    octets: sent.length,
    fault: firstFault({ isTooLarge: sent.length > maxOctets, isBad, isLoop: received > 50, is8BitHeader, is8BitBody }),
    badLine: firstBad === -1 ? undefined : sent.slice(0, firstBad).split(/\r\n|\r|\n/).length,
    message,
  };
}

/** The message as a reader after DATA sees `content`: one leading dot of each line taken off (RFC 5321 section 4.5.2). */
export function unstuffed(content: string): string {
  return `\r\n${content}`.replaceAll('\r\n.', '\r\n').slice(2);
}

/**
 * `message` as it stands after our Received field: lines of an mbox file in front are fields, and a header that would
 * begin with a blank is none.
 */
export function behindReceived(message: string): string {
  const mailboxLines = /^(?:>{0,64}From [^\r]*\r\n)*/.exec(message)?.[0] ?? '';
  const rest = message.slice(mailboxLines.length);
  return `${mailboxLines.replaceAll(/^(?=>*From )/gm, 'X-Mailbox-Line: ')}${/^[ \t]/.test(rest) ? '\r\n' : ''}${rest}`;
}

interface Faults {
  readonly isTooLarge: boolean;
  readonly isBad: boolean;
  readonly isLoop: boolean;
  readonly is8BitHeader: boolean;
  readonly is8BitBody: boolean;
}

/** One of those that there are: all but the size are equal in rank, and the scanner tells the one that it meets first. */
function firstFault(found: Faults): ContentFault | undefined {
  if (found.isTooLarge) return 'too-large';
  if (found.isBad) return 'bad-content';
  if (found.isLoop) return 'mail-loop';
  if (found.is8BitHeader) return '8-bit-header';
  return found.is8BitBody ? '8-bit-body' : undefined;
}
