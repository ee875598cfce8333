/** Breaks parts at random, by a seed: SIGKILL, and SIGSTOP for a while; each comes back after some time. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../fuzz/random.ts';
import type { Cloud, PartName } from '../support/cloud.ts';

/** Milliseconds. */
const LONGEST_DOWN_MS = 900;
const LONGEST_STOP_MS = 3500;
const LONGEST_GAP_MS = 1300;
/** SES's own time for a message, so that blows fall between the commits of a transaction with two hops. */
const SES_DELAY_MS = 150;

export interface Blow {
  readonly part: PartName;
  readonly kind: 'kill' | 'stop';
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

export class Killer {
  readonly blows: Blow[] = [];
  readonly #cloud: Cloud;
  readonly #random: Random;
  readonly #mending = new Map<PartName, Promise<void>>();
  #failure: unknown;

  constructor(cloud: Cloud, random: Random) {
    this.#cloud = cloud;
    this.#random = random;
  }

  get kills(): number {
    return this.blows.filter(({ kind }) => kind === 'kill').length;
  }

  /** Resolves when so many parts were killed, and all of them run again. */
  async run(kills: number): Promise<void> {
    const names = this.#cloud.parts.map(({ name }) => name as PartName);
    await this.#slowSes();
    while (this.kills < kills && this.#failure === undefined) {
      this.#strike(this.#random.pick(names));
      await delay(100 + this.#random.below(LONGEST_GAP_MS));
    }
    await Promise.all(this.#mending.values());
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** One that is broken already is left alone. */
  #strike(part: PartName): void {
    if (this.#mending.has(part)) return;
    const isKill = !this.#random.once(3);
    const mending = (isKill ? this.#kill(part) : this.#stop(part))
      .catch((error: unknown) => {
        this.#failure = error;
      })
      .finally(() => this.#mending.delete(part));
    this.#mending.set(part, mending);
  }

  async #kill(part: PartName): Promise<void> {
    this.blows.push({ part, kind: 'kill', atMs: Date.now() });
    const downMs = this.#random.below(LONGEST_DOWN_MS);
    await this.#cloud.part(part).kill();
    await delay(downMs);
    await this.#cloud.part(part).restart();
    if (part === 'ses') await this.#slowSes();
  }

  /** Forgotten by SES with its process. */
  async #slowSes(): Promise<void> {
    await this.#cloud.failSes({ kind: 'slow', delayMs: SES_DELAY_MS });
  }

  /** One of three is killed while it is stopped, with whatever it had not read. */
  async #stop(part: PartName): Promise<void> {
    this.blows.push({ part, kind: 'stop', atMs: Date.now() });
    const isKilled = this.#random.once(3);
    const stopMs = 100 + this.#random.below(LONGEST_STOP_MS);
    this.#cloud.part(part).stop();
    await delay(stopMs);
    if (isKilled) await this.#kill(part);
    else this.#cloud.part(part).resume();
  }
}
