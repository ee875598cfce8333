/**
 * Which addresses of the internal MTA earlier starts wrote into policy: `mta-addresses`, one a line.
 *
 * A start adds its own before it writes items and drops the others after, so that none is forgotten when it is cut
 * short in between.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export class MtaAddresses {
  readonly #path: string;

  constructor(home: string) {
    this.#path = join(home, 'mta-addresses');
  }

  read(): readonly string[] {
    try {
      return readFileSync(this.#path, 'utf8')
        .split('\n')
        .filter((line) => line !== '');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return [];
    }
  }

  write(addresses: readonly string[]): void {
    const draft = `${this.#path}.tmp`;
    writeFileSync(draft, `${[...new Set(addresses)].join('\n')}\n`, { mode: 0o600 });
    renameSync(draft, this.#path);
  }
}
