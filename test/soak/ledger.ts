/** Every message that was answered 250, and what became of it: each must be found once, octet for octet. */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

const TOKEN = /^Subject: (soak-\d+)\r$/m;

interface Entry {
  readonly octets: number;
  readonly digest: string;
  isAnswered: boolean;
}

export class Ledger {
  found = 0;
  readonly problems: string[] = [];
  readonly #sent = new Map<string, Entry>();
  readonly #foundTokens = new Set<string>();
  #next = 0;

  newToken(): string {
    this.#next += 1;
    return `soak-${this.#next}`;
  }

  /** Messages that were answered 250 and not found yet. */
  get missing(): readonly string[] {
    return [...this.#sent].filter(([, entry]) => entry.isAnswered).map(([token]) => token);
  }

  /** To be called before the message goes out: it may be found before its reply is heard. */
  willSend(token: string, content: Buffer): void {
    this.#sent.set(token, { octets: content.length, digest: digestOf(content), isAnswered: false });
  }

  wasAnswered(token: string): void {
    const entry = this.#sent.get(token);
    if (entry !== undefined) entry.isAnswered = true;
  }

  /** Checks and removes what is in a directory of the embedded run's mail. */
  async collect(directory: string): Promise<void> {
    for (const name of await readdir(directory)) {
      if (!name.endsWith('.eml')) continue;
      const path = join(directory, name);
      this.#check(await readFile(path));
      await Promise.all([path, path.replace(/eml$/, 'json')].map((file) => rm(file, { force: true })));
    }
  }

  #check(octets: Buffer): void {
    const token = TOKEN.exec(octets.toString('latin1', 0, 4096))?.[1] ?? '';
    const entry = this.#sent.get(token);
    if (entry === undefined) {
      // Honest clients of the attackers' kind are not ours; a message of ours twice is.
      if (this.#foundTokens.has(token)) this.problems.push(`${token} was delivered twice`);
      return;
    }
    // After our own Received field.
    const content = octets.subarray(octets.length - entry.octets);
    if (digestOf(content) !== entry.digest) this.problems.push(`${token} was changed on its way`);
    this.#sent.delete(token);
    this.#foundTokens.add(token);
    this.found += 1;
  }
}

function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('base64');
}
