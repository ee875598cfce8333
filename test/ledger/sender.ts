/** One client of a published server: a session after another, new letters and those that are to be tried again. */
import { setTimeout as delay } from 'node:timers/promises';
import type { PublishedServer } from '../../local/names.ts';
import type { Random } from '../fuzz/random.ts';
import type { Cloud } from '../support/cloud.ts';
import { openInbound, openSubmission } from '../support/cloud-session.ts';
import type { SmtpClient } from '../support/smtp-client.ts';
import { type Entry, openRecipients } from './entry.ts';
import { contentOf, digestOf, type LetterSource, newLetter } from './letter.ts';
import { type Tried, transact } from './transact.ts';

/** Milliseconds. */
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 2000;
const THINK_MS = 250;
const RECONNECT_MS = 150;

interface Queued {
  readonly entry: Entry;
  dueAtMs: number;
  waitMs: number;
}

export interface SenderOptions {
  readonly cloud: Cloud;
  readonly server: PublishedServer;
  readonly source: LetterSource;
  readonly random: Random;
  /** Part of every token. */
  readonly name: string;
}

export class Sender {
  readonly entries: Entry[] = [];
  /** Sessions that could be opened. */
  sessions = 0;
  readonly #options: SenderOptions;
  readonly #queue: Queued[] = [];
  #client: SmtpClient | undefined;
  #isWriting = true;
  #isClosed = false;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Letters that wait for another try. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Sends until `finish`, then until nothing waits, or `close`. */
  async run(): Promise<void> {
    while (!this.#isClosed && (this.#isWriting || this.#queue.length > 0)) await this.#step();
    this.#client?.write('QUIT\r\n');
    this.#client?.end();
  }

  /** No new letters. */
  finish(): void {
    this.#isWriting = false;
  }

  /** No more tries either. */
  close(): void {
    this.#isClosed = true;
  }

  async #step(): Promise<void> {
    const { random } = this.#options;
    this.#client ??= await this.#open();
    const queued = this.#client === undefined ? undefined : this.#next();
    if (this.#client === undefined || queued === undefined) {
      await delay(RECONNECT_MS);
      return;
    }
    const tried = await this.#try(this.#client, queued.entry);
    if (tried.ending === 'lost' || tried.reply.startsWith('421')) this.#client = undefined;
    else if (random.once(5)) this.#leave();
    this.#requeue(queued);
    await delay(random.below(THINK_MS));
  }

  #leave(): void {
    this.#client?.write('QUIT\r\n');
    this.#client?.end();
    this.#client = undefined;
  }

  async #open(): Promise<SmtpClient | undefined> {
    const { cloud, server } = this.#options;
    try {
      const client = await (server === 'submission' ? openSubmission(cloud) : openInbound(cloud));
      this.sessions += 1;
      return client;
    } catch {
      // Down, or no login to be had: a queue waits, and nothing was said of any letter.
      return undefined;
    }
  }

  /** The first that is due, else a new one. */
  #next(): Queued | undefined {
    const index = this.#queue.findIndex(({ dueAtMs }) => dueAtMs <= Date.now());
    if (index !== -1) return this.#queue.splice(index, 1)[0];
    if (!this.#isWriting) return undefined;
    const { random, source, name } = this.#options;
    const letter = newLetter(random, source, `${name}n${this.entries.length}`);
    const entry: Entry = { letter, digest: digestOf(contentOf(letter)), attempts: [] };
    this.entries.push(entry);
    return { entry, dueAtMs: 0, waitMs: FIRST_RETRY_MS };
  }

  async #try(client: SmtpClient, entry: Entry): Promise<Tried> {
    const { cloud, server, random } = this.#options;
    const { letter } = entry;
    const startedAtMs = Date.now();
    const incarnation = cloud.part(server).starts;
    const transaction = { letter, addresses: openRecipients(entry), content: contentOf(letter) };
    const tried = await transact(client, transaction, random);
    entry.attempts.push({ ...tried, startedAtMs, endedAtMs: Date.now(), incarnation });
    return tried;
  }

  #requeue(queued: Queued): void {
    if (!queued.entry.letter.isPatient || openRecipients(queued.entry).length === 0) return;
    queued.dueAtMs = Date.now() + queued.waitMs;
    queued.waitMs = Math.min(queued.waitMs * 2, LAST_RETRY_MS);
    this.#queue.push(queued);
  }
}
