/** Finds the replies of an SMTP server in what it sends. */

export class ReplyReader {
  #rest = '';
  #lines = '';

  /** Takes text, returns the replies that are whole with it, each with all its lines. */
  receive(text: string): string[] {
    this.#rest += text;
    const replies: string[] = [];
    let start = 0;
    for (;;) {
      const end = this.#rest.indexOf('\r\n', start);
      if (end === -1) break;
      const line = this.#rest.slice(start, end);
      start = end + 2;
      // RFC 5321 section 4.2.1: every line but the last has a hyphen after its code.
      if (line[3] === '-') {
        this.#lines += `${line}\n`;
        continue;
      }
      replies.push(this.#lines + line);
      this.#lines = '';
    }
    this.#rest = this.#rest.slice(start);
    return replies;
  }
}
