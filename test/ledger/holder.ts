/** The administrator of a ledger run: releases some of what is held, while parts die. */
import { setTimeout as delay } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { embeddedDynamoDb } from '../../local/dynamodb/client.ts';
import type { HeldItem } from '../../policy/held.ts';
import type { Random } from '../fuzz/random.ts';
import type { Cloud } from '../support/cloud.ts';
import { heldContent, heldItems, hurryHeld, releaseHeld } from '../support/cloud-held.ts';
import { splitReceived } from '../support/received.ts';
import type { Held } from './held-audit.ts';
import { digestOf } from './letter.ts';

/** Milliseconds between two looks. */
const LOOK_MS = 700;

export class Holder {
  readonly #cloud: Cloud;
  readonly #random: Random;
  readonly #table: DynamoDBClient;
  readonly #seen = new Set<string>();
  #isClosed = false;

  constructor(cloud: Cloud, random: Random) {
    this.#cloud = cloud;
    this.#random = random;
    this.#table = embeddedDynamoDb(cloud.url('dynamodb'));
  }

  /** Until `close`. */
  async run(): Promise<void> {
    while (!this.#isClosed) {
      // A table that is down is asked again.
      await this.#look().catch(() => undefined);
      await delay(LOOK_MS);
    }
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Once all parts run: what is released and has not arrived in this time. A dead task's lease runs out in 120 s. */
  async settle(withinMs: number): Promise<readonly HeldItem[]> {
    const endMs = performance.now() + withinMs;
    const hurried = new Set<string>();
    for (;;) {
      const releasing = (await heldItems(this.#table)).filter(({ state }) => state === 'releasing');
      if (releasing.length === 0 || performance.now() >= endMs) return releasing;
      for (const item of releasing) {
        if (item.nextTryAtMs === undefined && hurried.has(item.id)) continue;
        hurried.add(item.id);
        // It was settled meanwhile.
        await hurryHeld(this.#table, item).catch(() => undefined);
      }
      await delay(LOOK_MS);
    }
  }

  async found(): Promise<readonly Held[]> {
    const items = await heldItems(this.#table);
    this.#table.destroy();
    return items.map((item) => this.#heldOf(item));
  }

  /** Each is decided once, two of three are released. */
  async #look(): Promise<void> {
    for (const item of await heldItems(this.#table)) {
      if (item.state !== 'held' || this.#seen.has(item.id)) continue;
      if (!this.#random.once(3)) await releaseHeld(this.#table, item);
      this.#seen.add(item.id);
    }
  }

  #heldOf(item: HeldItem): Held {
    const { id, state, tries = 0, recipients } = item;
    const text = heldContent(this.#cloud.home, item)?.toString('latin1');
    const rest = text === undefined ? undefined : splitReceived(text)?.rest;
    const digest = rest === undefined ? undefined : digestOf(Buffer.from(rest, 'latin1'));
    return { id, state, tries, digest, token: recipients[0]?.address.split('@')[0] ?? '' };
  }
}
