/** Mail that lies at a hop of a test's cloud. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type HopName = 'mta' | 'ses';

export interface CloudMail {
  readonly octets: Buffer;
  readonly mailFrom: string;
  readonly rcptTo: readonly string[];
}

/** All of it, one at a time: it may be more than memory holds. */
export function* mailAt(home: string, hop: HopName): Generator<CloudMail> {
  const directory = join(home, 'mail', hop);
  for (const name of readdirSync(directory)) {
    if (!name.endsWith('.eml')) continue;
    const { mailFrom, rcptTo } = JSON.parse(readFileSync(join(directory, name.replace(/eml$/, 'json')), 'utf8'));
    yield { octets: readFileSync(join(directory, name)), mailFrom, rcptTo };
  }
}

/** How often a message with `text` in it lies there. */
export function copiesAt(home: string, hop: HopName, text: string): number {
  let copies = 0;
  for (const { octets } of mailAt(home, hop)) if (octets.includes(text)) copies += 1;
  return copies;
}
