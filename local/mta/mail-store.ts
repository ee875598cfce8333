/**
 * Keeps what the internal MTA took: `ID.eml`, the message's raw octets, and beside it `ID.json`, its envelope.
 *
 * Each appears whole, the envelope first, so that who sees `ID.eml` finds both.
 */

import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Envelope {
  /** The reverse-path; empty for the null one. */
  readonly mailFrom: string;
  readonly rcptTo: readonly string[];
  /** Parameters of MAIL, as SIZE and BODY. */
  readonly parameters: Readonly<Record<string, string | true>>;
  /** Who handed the message over. */
  readonly client: { readonly address: string; readonly helo: string; readonly tls: boolean };
}

const DRAFT = '.draft';

export class MailStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(directory)) if (name.endsWith(DRAFT)) rmSync(join(directory, name), { force: true });
  }

  /**
   * Writes one message and returns its id; nothing stays of one that breaks off.
   *
   * Written and named, not synced: it survives the end of any process, not a power cut, which a developer's mailbox
   * need not.
   */
  async keep(message: Readable, envelope: Envelope): Promise<string> {
    const receivedAt = new Date();
    const id = `${receivedAt.toISOString().replaceAll(/[-:.]/g, '')}-${randomBytes(4).toString('hex')}`;
    const eml = join(this.#directory, `${id}.eml`);
    const json = join(this.#directory, `${id}.json`);
    try {
      const file = createWriteStream(`${eml}${DRAFT}`, { flags: 'wx', mode: 0o600 });
      await pipeline(message, file);
      const facts = { id, receivedAt: receivedAt.toISOString(), octets: file.bytesWritten, ...envelope };
      await writeFile(`${json}${DRAFT}`, `${JSON.stringify(facts, undefined, 2)}\n`, { mode: 0o600 });
      await rename(`${json}${DRAFT}`, json);
      await rename(`${eml}${DRAFT}`, eml);
      return id;
    } catch (error) {
      await Promise.all([eml, json].map((path) => rm(`${path}${DRAFT}`, { force: true })));
      throw error;
    }
  }
}
