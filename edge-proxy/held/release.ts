/**
 * Hands released mail on to the hops of its recipients, past the screener.
 *
 * Each task of a server looks for it in its beat; a lease has one of them send it. Each hop that took the message is
 * noted at once, so that a retry does not send it there again. A hop gets it twice where a task is killed, or loses the
 * table, between the hop's 250 and that note, and where its 250 never came: `tries` counts what was begun.
 */
import { createHash } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import { type HeldItem, releaseRecipients, retryAfterMs } from '../../policy/held.ts';
import { type NextHop, parseNextHop } from '../../policy/next-hop.ts';
import { REPLIES } from '../../policy/reply.ts';
import { dotStuffed } from '../../protocol/content/dot-stuffed.ts';
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import type { Log } from '../log.ts';
import { type HopTimeouts, type HopTransaction, type NextHops, offerAll } from '../next-hop/next-hop.ts';
import type { HeldOutcome, HeldStore } from './held-store.ts';
import { LEASE_MS, Lease } from './lease.ts';

/** Milliseconds between two looks. */
const BEAT_MS = 5_000;
/** Milliseconds between two looks at what waits for a decision. */
const TELL_MS = 300_000;
/** Milliseconds. */
const HOUR_MS = 3_600_000;

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
  /** Milliseconds between two renewals of a lease. */
  readonly renewMs?: number;
}

export class HeldRelease {
  readonly #options: ReleaseOptions;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #isUnreadable = false;
  #tellNextMs = 0;
  #hasWaiting = false;
  #working: Promise<void> | undefined;
  /** The transaction under way, or the last one. */
  #open: HopTransaction | undefined;

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

  /** Takes no more; resolves when what is under way has ended, or that long later: its lease runs out. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await Promise.race([this.#working, after(graceMs, undefined, { ref: false })]);
  }

  /** One look at the table; hands on what is due. */
  async beat(): Promise<void> {
    const { store, server, owner, calendar, log } = this.#options;
    try {
      await this.#tellWaiting();
      for (const { id } of await store.releasing(server, calendar())) {
        if (this.#isClosed) return;
        const item = await store.lease(id, owner, calendar(), LEASE_MS);
        if (item !== undefined) await this.#release(item);
      }
      this.#isUnreadable = false;
    } catch (error) {
      // The table: what was begun is taken up again when its lease has run out.
      if (!this.#isUnreadable) log({ event: 'held-unreadable', problem: messageOf(error) });
      this.#isUnreadable = true;
    }
  }

  /** Says how much mail waits for a decision, and for how long: metrics and an alarm are made of the line. */
  async #tellWaiting(): Promise<void> {
    const { store, server, calendar, log } = this.#options;
    const nowMs = calendar();
    if (nowMs < this.#tellNextMs) return;
    const { count: held, oldestAtMs = nowMs } = await store.waiting(server, nowMs);
    this.#tellNextMs = nowMs + TELL_MS;
    // None is told of once, after there were some.
    if (held > 0 || this.#hasWaiting) {
      log({ event: 'held-mail', held, oldestHours: Math.round(((nowMs - oldestAtMs) / HOUR_MS) * 100) / 100 });
    }
    this.#hasWaiting = held > 0;
  }

  async #release(item: HeldItem): Promise<void> {
    const { store, owner, calendar, record, log, renewMs } = this.#options;
    const renew = (): Promise<boolean> => store.renew(item.id, owner, calendar() + LEASE_MS);
    const lease = new Lease({ renew, calendar, ...(renewMs === undefined ? {} : { renewMs }) });
    const delivered = [...(item.deliveredTo ?? [])];
    const handOn = this.#handOn(item, lease, delivered).catch((error: unknown) =>
      this.#later(item, messageOf(error), delivered),
    );
    const outcome = await Promise.race([handOn, lease.lost]);
    lease.end();
    if (outcome === undefined) {
      this.#open?.abandon();
      log({
        event: 'held-release',
        id: item.id,
        state: 'releasing',
        detail: 'the lease is lost',
        tries: item.tries ?? 0,
      });
      return;
    }
    const settled = await store.settle(item, owner, outcome);
    const detail = outcome.reason ?? `taken by ${(outcome.deliveredTo ?? []).join(' ')}`;
    log({ event: 'held-release', id: item.id, state: outcome.state, detail, tries: item.tries ?? 0 });
    if (settled === undefined) return;
    const act = outcome.state === 'released' ? 'delivered' : outcome.state === 'held' ? 'failed' : 'deferred';
    record(settled, act, detail);
  }

  /** @param delivered hops that have it; those that take it are added */
  async #handOn(item: HeldItem, lease: Lease, delivered: string[]): Promise<HeldOutcome> {
    const { store, owner } = this.#options;
    const octets = await store.content(item.content);
    if (createHash('sha256').update(octets).digest('hex') !== item.sha256) {
      return {
        state: 'held',
        reason: 'the stored content is not what was held: its sha256 differs',
        deliveredTo: delivered,
      };
    }
    for (const [name, recipients] of byHop(item)) {
      if (delivered.includes(name)) continue;
      const hop = parseNextHop(name);
      if (!hop.ok) return { state: 'held', reason: hop.problem, deliveredTo: delivered };
      const answer = await this.#send({ item, hop: hop.value, recipients, octets, lease });
      if (!answer.isTaken) return this.#notTaken(item, name, answer, delivered);
      delivered.push(name);
      // Settling tells it too; where that fails, this has been told. Where this fails, settling may not.
      await store.noteDelivered(item.id, owner, delivered).catch(() => false);
    }
    const releasedAt = new Date(this.#options.calendar()).toISOString();
    return { state: 'released', releasedAt, deliveredTo: delivered };
  }

  #notTaken(item: HeldItem, name: string, { reply, detail }: HopAnswer, deliveredTo: string[]): HeldOutcome {
    const reason = `${name}: ${detail ?? `${reply.code} ${reply.text}`}`;
    return reply.code >= 500 ? { state: 'held', reason, deliveredTo } : this.#later(item, reason, deliveredTo);
  }

  #later({ tries = 1 }: HeldItem, reason: string, deliveredTo: string[]): HeldOutcome {
    return { state: 'releasing', reason, nextTryAtMs: this.#options.calendar() + retryAfterMs(tries), deliveredTo };
  }

  /** One transaction at one hop; taken when each recipient and the message were. */
  async #send({ item, hop, recipients, octets, lease }: Sent): Promise<HopAnswer> {
    const drained = new Drain();
    const transaction = this.#options.nextHops.begin(hop, {
      mail: {
        path: item.sender,
        isSmtpUtf8: item.smtpUtf8 === true,
        ...(item.body === undefined ? {} : { body: item.body }),
      },
      timeouts: this.#options.timeouts(),
      transaction: item.id,
      identity: item.identity,
      onDrain: () => drained.tell(),
    });
    this.#open = transaction;
    const refused = (await offerAll(transaction, recipients)).find(({ isTaken }) => !isTaken);
    if (refused !== undefined) return giveUp(transaction, refused);
    const started = await transaction.startContent();
    if (!started.isTaken) return giveUp(transaction, started);
    for (const piece of dotStuffed(octets)) if (!transaction.write(piece)) await drained.told();
    return lease.isLost ? giveUp(transaction, LOST) : transaction.finish();
  }
}

/** No one reads it: another task has the message. */
const LOST: HopAnswer = { reply: REPLIES.contentNotKept, isTaken: false, rule: 'held-mail' };

interface Sent {
  readonly item: HeldItem;
  readonly hop: NextHop;
  readonly recipients: readonly string[];
  readonly octets: Buffer;
  readonly lease: Lease;
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
