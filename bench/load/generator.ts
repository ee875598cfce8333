/** Sends what a load asks for, and takes the time. Every message that is not answered with 250 is a failure. */
import { percentiles } from '../statistics.ts';
import { messageOf } from './content.ts';
import type { Load, Sent, Stretch } from './load.ts';
import { type Envelope, LoadClient } from './smtp-client.ts';

/** Connections being made at once, of those that last: more would overrun the backlog of some subjects. */
const OPENED_AT_ONCE = 100;

export class Generator {
  readonly #load: Load;
  readonly #content: Buffer;
  readonly #clients: readonly LoadClient[];
  #domain = 0;

  constructor(load: Load) {
    this.#load = load;
    this.#content = messageOf(load.contentOctets);
    this.#clients = Array.from({ length: load.sessions }, (_, number) => new LoadClient(load, number));
  }

  /** Makes the connections that last. */
  async open(): Promise<void> {
    if (this.#load.connections === 'new') return;
    for (let index = 0; index < this.#clients.length; index += OPENED_AT_ONCE) {
      await Promise.all(this.#clients.slice(index, index + OPENED_AT_ONCE).map((client) => client.open()));
    }
  }

  async run({ seconds, messages }: Stretch): Promise<Sent> {
    const startMs = performance.now();
    const untilMs = startMs + seconds * 1000;
    const latenciesMs: number[] = [];
    let left = messages;
    const isOver = (): boolean => left <= 0 || performance.now() >= untilMs;
    const work = async (client: LoadClient): Promise<void> => {
      while (!isOver()) {
        left -= 1;
        latenciesMs.push(await this.#sendOne(client));
      }
    };
    await Promise.all(this.#clients.map(work));
    return {
      messages: latenciesMs.length,
      octets: latenciesMs.length * this.#load.contentOctets,
      seconds: (performance.now() - startMs) / 1000,
      latencyMs: percentiles(latenciesMs),
    };
  }

  async close(): Promise<void> {
    if (this.#load.connections === 'standing') await Promise.all(this.#clients.map((client) => client.leave()));
    for (const client of this.#clients) client.destroy();
  }

  /** Milliseconds that it took. */
  async #sendOne(client: LoadClient): Promise<number> {
    const isNew = this.#load.connections === 'new';
    const startMs = performance.now();
    if (isNew) await client.open();
    await client.transact(this.#nextEnvelope(), this.#content);
    const latencyMs = performance.now() - startMs;
    if (isNew) await client.leave();
    return latencyMs;
  }

  #nextEnvelope(): Envelope {
    const { sender, recipients, domains } = this.#load;
    const addresses = Array.from({ length: recipients }, (_, index) => {
      const domain = domains[this.#domain % domains.length] ?? '';
      this.#domain += 1;
      return `RCPT TO:<bob${index}@${domain}>\r\n`;
    });
    return { mail: `MAIL FROM:<${sender}>\r\n`, recipients: addresses };
  }
}
