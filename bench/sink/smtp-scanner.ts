/**
 * As much of an SMTP server as a sink needs: it takes whatever comes, answers each line that is a command, and counts
 * messages and their octets. It screens nothing and keeps nothing, so that it costs next to nothing.
 */

const CRLF = '\r\n';
const END = Buffer.from('\r\n.\r\n');
/** Octets of content kept back, which may be the beginning of its end. */
const KEPT = END.length - 1;

/** What EHLO offers: what a mail server of today does, so that no subject has to do without. */
const EHLO = `250-sink.example
250-PIPELINING
250-SIZE 1073741824
250-8BITMIME
250-SMTPUTF8
250-ENHANCEDSTATUSCODES
250-AUTH PLAIN
250 HELP
`.replaceAll('\n', CRLF);

export const GREETING = `220 sink.example ESMTP${CRLF}`;

const REPLIES: Readonly<Record<string, string>> = {
  EHLO,
  HELO: `250 sink.example${CRLF}`,
  DATA: `354 go on${CRLF}`,
  QUIT: `221 2.0.0 bye${CRLF}`,
  AUTH: `235 2.7.0 ok${CRLF}`,
};
const OK = `250 2.0.0 ok${CRLF}`;

export interface SinkCounts {
  messages: number;
  /** Content without its terminator, dots stuffed as they came. */
  octets: number;
}

export class SmtpScanner {
  /** The client said QUIT. */
  hasQuit = false;
  readonly #counts: SinkCounts;
  #isContent = false;
  /** Half a command line. */
  #line = '';
  /** The last octets of content that came; at its beginning the CR LF of DATA, for content that is a dot alone. */
  #tail = Buffer.alloc(0);

  constructor(counts: SinkCounts) {
    this.#counts = counts;
  }

  /** Takes octets, returns the replies to them, which go out in one write. */
  receive(chunk: Buffer): string {
    let replies = '';
    let rest: Buffer = chunk;
    while (rest.length > 0) {
      if (this.#isContent) {
        const end = this.#endOfContent(rest);
        if (end === -1) return replies;
        rest = rest.subarray(end);
        replies += OK;
      } else {
        const newline = rest.indexOf(10);
        if (newline === -1) {
          this.#line += rest.toString('latin1');
          return replies;
        }
        replies += this.#command(this.#line + rest.toString('latin1', 0, newline));
        this.#line = '';
        rest = rest.subarray(newline + 1);
      }
    }
    return replies;
  }

  #command(line: string): string {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'DATA') {
      this.#isContent = true;
      this.#tail = Buffer.from(CRLF);
      // The line break before the content is not of it.
      this.#counts.octets -= CRLF.length;
    } else if (verb === 'QUIT') this.hasQuit = true;
    return REPLIES[verb] ?? OK;
  }

  /** The index after the terminator, -1 when it has not come. */
  #endOfContent(chunk: Buffer): number {
    const head = Buffer.concat([this.#tail, chunk.subarray(0, KEPT)]);
    const inHead = head.indexOf(END);
    const end = inHead === -1 ? chunk.indexOf(END) + END.length : inHead + END.length - this.#tail.length;
    if (inHead === -1 && end < END.length) {
      this.#keepTail(chunk, head);
      return -1;
    }
    // The first CR LF of the terminator is the content's last.
    this.#counts.octets += this.#tail.length + end - (END.length - CRLF.length);
    this.#counts.messages += 1;
    this.#isContent = false;
    return end;
  }

  #keepTail(chunk: Buffer, head: Buffer): void {
    // A copy: a view would keep the whole chunk from being freed.
    const tail = Buffer.from((chunk.length >= KEPT ? chunk : head).subarray(-KEPT));
    this.#counts.octets += this.#tail.length + chunk.length - tail.length;
    this.#tail = tail;
  }
}
