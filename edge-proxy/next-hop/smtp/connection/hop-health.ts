/**
 * Which hosts of a hop, and which of their addresses, failed lately: they are tried last.
 *
 * Whatever failed is tried last for a while, and then once more by whoever comes first; all others go on trying it
 * last until that came out well. So a host that is dead costs one client a connect time, and no other for as long.
 */

/** Milliseconds in which what failed is tried last. */
const REMEMBERED_MS = 30_000;
/** Milliseconds after which a try to connect that has not come out is taken for a bad sign: whoever comes now goes elsewhere. */
const SUSPECT_MS = 1000;
/** Hosts and addresses above which old failures are forgotten: names may have ever new addresses. */
const MAX_REMEMBERED = 256;

interface UnderWay {
  count: number;
  sinceMs: number;
}

export class HopHealth {
  readonly #now: () => number;
  readonly #failedMs = new Map<string, number>();
  readonly #underWay = new Map<string, UnderWay>();

  /** @param now milliseconds of a clock that never jumps. @default performance.now */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** What to try first: what is well in the order given, what is suspect, then what failed, the last failure last. */
  order<T>(all: readonly T[], keyOf: (one: T) => string): T[] {
    if (all.length < 2) return [...all];
    const ranks = all.map((one) => ({ one, rank: this.#rankOf(keyOf(one)) }));
    return ranks.sort((a, b) => a.rank - b.rank).map(({ one }) => one);
  }

  /** It is going to be tried: where it failed before this try finds out, and those who come meanwhile go elsewhere. */
  choose(key: string): void {
    if (this.#failedMs.has(key)) this.#failedMs.set(key, this.#now());
  }

  /** A try to connect begins; each is ended once. */
  begin(key: string): void {
    this.choose(key);
    const nowMs = this.#now();
    const underWay = this.#underWay.get(key);
    if (underWay === undefined) this.#underWay.set(key, { count: 1, sinceMs: nowMs });
    else underWay.count += 1;
  }

  /** The try is over: it came to a connection, or to nothing. */
  ended(key: string): void {
    const underWay = this.#underWay.get(key);
    if (underWay === undefined) return;
    underWay.count -= 1;
    underWay.sinceMs = this.#now();
    if (underWay.count === 0) this.#underWay.delete(key);
  }

  failed(key: string): void {
    const nowMs = this.#now();
    if (this.#failedMs.size >= MAX_REMEMBERED) this.#forgetOld(nowMs);
    this.#failedMs.set(key, nowMs);
  }

  succeeded(key: string): void {
    this.#failedMs.delete(key);
  }

  /** 0 well, 1 suspect, from 2 on the later the failure the higher. */
  #rankOf(key: string): number {
    const nowMs = this.#now();
    const failedMs = this.#failedMs.get(key);
    if (failedMs !== undefined && nowMs - failedMs < REMEMBERED_MS) return 2 + Math.max(0, failedMs);
    const underWay = this.#underWay.get(key);
    return underWay !== undefined && nowMs - underWay.sinceMs >= SUSPECT_MS ? 1 : 0;
  }

  #forgetOld(nowMs: number): void {
    for (const [key, failedMs] of this.#failedMs) if (nowMs - failedMs >= REMEMBERED_MS) this.#failedMs.delete(key);
  }
}
