/**
 * Hands released mail on to the hops of its recipients, past the screener.
 *
 * Each task of a server looks for it in its beat; a lease has one of them send it. Each hop that took the message is
 * noted at once, so that a retry does not send it there again; a task that is killed between a hop's 250 and that note
 * is the one case in which a hop gets it twice, and `tries` shows it.
 */
import { createHash } from 'node:crypto';
import { type HeldItem, releaseRecipients, retryAfterMs } from '../../policy/held.ts';
import { type NextHop, parseNextHop } from '../../policy/next-hop.ts';
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import type { Log } from '../log.ts';
import type { HopTimeouts, HopTransaction, NextHops } from '../next-hop/next-hop.ts';
import { dotStuffed } from './dot-stuffed.ts';
import type { HeldOutcome, HeldStore } from './held-store.ts';

/** Milliseconds between two looks. */
const BEAT_MS = 5_000;
/** Milliseconds that a lease lasts: longer than any hop may take, so that no second task sends meanwhile. */
const LEASE_MS = 1_200_000;

export interface ReleaseOptions {
  readonly store: HeldStore;
  readonly server: string;
  /** Name of this task; unique. */
  readonly owner: string;
  readonly nextHops: NextHops;
  readonly timeouts: () => HopTimeouts;
  /** Milliseconds since 1970. */
  readonly calendar: () => number;
  readonly log: Log;
  /** Tells what became of a release. */
  readonly record: (item: HeldItem, act: 'delivered' | 'failed' | 'deferred', detail: string) => void;
  /** Told of a fault of ours. */
  readonly onFault: (error: unknown) => void;
}

export class HeldRelease {
  readonly #options: ReleaseOptions;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #isUnreadable = false;
  #working: Promise<void> | undefined;

  constructor(options: ReleaseOptions) {
    this.#options = options;
  }

  start(beatMs = BEAT_MS): void {
    this.#timer = setTimeout(() => {
      this.#working = this.beat()
        .catch(this.#options.onFault)
        .finally(() => {
          this.#working = undefined;
          if (!this.#isClosed) this.start(beatMs);
        });
    }, beatMs);
    this.#timer.unref();
  }

  /** Takes no more; resolves when what is under way has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#working;
  }

  /** One look at the table; hands on what is due. */
  async beat(): Promise<void> {
    const { store, server, owner, calendar, log } = this.#options;
    let due: readonly HeldItem[];
    try {
      const nowMs = calendar();
      due = (await store.releasing(server)).filter(
        ({ nextTryAtMs = 0, leaseUntilMs = 0 }) => Math.max(nextTryAtMs, leaseUntilMs) <= nowMs,
      );
      this.#isUnreadable = false;
    } catch (error) {
      if (!this.#isUnreadable) log({ event: 'held-unreadable', problem: messageOf(error) });
      this.#isUnreadable = true;
      return;
    }
    for (const { id } of due) {
      if (this.#isClosed) return;
      const item = await store.lease(id, owner, calendar(), LEASE_MS);
      if (item !== undefined) await this.#release(item);
    }
  }

  async #release(item: HeldItem): Promise<void> {
    const { store, owner, record, log } = this.#options;
    const outcome = await this.#handOn(item).catch(
      (error: unknown): HeldOutcome => this.#later(item, messageOf(error)),
    );
    const settled = await store.settle(item, owner, outcome);
    const detail = outcome.reason ?? `taken by ${(outcome.deliveredTo ?? []).join(' ')}`;
    log({ event: 'held-release', id: item.id, state: outcome.state, detail, tries: item.tries ?? 0 });
    if (settled === undefined) return;
    const act = outcome.state === 'released' ? 'delivered' : outcome.state === 'held' ? 'failed' : 'deferred';
    record(settled, act, detail);
  }

  async #handOn(item: HeldItem): Promise<HeldOutcome> {
    const octets = await this.#options.store.content(item.content);
    if (createHash('sha256').update(octets).digest('hex') !== item.sha256) {
      return { state: 'held', reason: 'the stored content is not what was held: its sha256 differs' };
    }
    const delivered = [...(item.deliveredTo ?? [])];
    for (const [name, recipients] of byHop(item)) {
      if (delivered.includes(name)) continue;
      const hop = parseNextHop(name);
      if (!hop.ok) return { state: 'held', reason: hop.problem, deliveredTo: delivered };
      const answer = await this.#send(item, hop.value, recipients, octets);
      if (!answer.isTaken) return this.#notTaken(item, name, answer, delivered);
      delivered.push(name);
    }
    const releasedAt = new Date(this.#options.calendar()).toISOString();
    return { state: 'released', releasedAt, deliveredTo: delivered };
  }

  #notTaken(item: HeldItem, name: string, { reply, detail }: HopAnswer, deliveredTo: string[]): HeldOutcome {
    const reason = `${name}: ${detail ?? `${reply.code} ${reply.text}`}`;
    if (reply.code >= 500) return { state: 'held', reason, deliveredTo };
    return { ...this.#later(item, reason), deliveredTo };
  }

  #later({ tries = 1, deliveredTo }: HeldItem, reason: string): HeldOutcome {
    const nextTryAtMs = this.#options.calendar() + retryAfterMs(tries);
    return { state: 'releasing', reason, nextTryAtMs, ...(deliveredTo === undefined ? {} : { deliveredTo }) };
  }

  /** One transaction at one hop; taken when each recipient and the message were. */
  async #send(item: HeldItem, hop: NextHop, recipients: readonly string[], octets: Buffer): Promise<HopAnswer> {
    const drained = new Drain();
    const transaction = this.#options.nextHops.begin(hop, {
      mail: {
        path: item.sender,
        isSmtpUtf8: item.smtpUtf8 === true,
        ...(item.body === undefined ? {} : { body: item.body }),
      },
      timeouts: this.#options.timeouts(),
      onDrain: () => drained.tell(),
    });
    for (const recipient of recipients) {
      const answer = await transaction.offerRecipient(recipient);
      if (!answer.isTaken) return giveUp(transaction, answer);
    }
    const started = await transaction.startContent();
    if (!started.isTaken) return giveUp(transaction, started);
    for (const piece of dotStuffed(octets)) if (!transaction.write(piece)) await drained.told();
    return transaction.finish();
  }
}

function giveUp(transaction: HopTransaction, answer: HopAnswer): HopAnswer {
  transaction.abandon();
  return answer;
}

/** Recipients of the release by hop, in the order in which they were accepted. */
function byHop(item: HeldItem): ReadonlyMap<string, readonly string[]> {
  const groups = Map.groupBy(releaseRecipients(item), ({ nextHop }) => nextHop);
  return new Map([...groups].map(([name, some]) => [name, some.map(({ address }) => address)]));
}

/** Waits for a hop that is behind. */
class Drain {
  #isTold = false;
  #wake: () => void = () => undefined;

  tell(): void {
    this.#isTold = true;
    this.#wake();
  }

  async told(): Promise<void> {
    if (!this.#isTold) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#isTold = false;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
