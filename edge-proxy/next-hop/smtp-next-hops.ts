/** The SMTP next hops of a server, a pool of connections each. */
import { nextHopName, type SmtpNextHop } from '../../policy/next-hop.ts';
import { HOP_POOL_LIMITS, HopPool, type HopPoolLimits } from './hop-pool.ts';
import type { HopTransaction, HopTransactionOptions } from './next-hop.ts';
import { SmtpTransaction } from './smtp-transaction.ts';

export interface SmtpNextHopsOptions {
  /** The name that EHLO says to hops: the published server's, as policy has it when a connection is opened. */
  readonly ehloName: () => string;
  /** @default HOP_POOL_LIMITS */
  readonly limits?: HopPoolLimits;
}

export class SmtpNextHops {
  readonly #ehloName: () => string;
  readonly #limits: HopPoolLimits;
  /** By name, so that a decision read anew finds the pool of the one before; as many as policy ever named. */
  readonly #pools = new Map<string, HopPool>();
  #isClosed = false;

  constructor(options: SmtpNextHopsOptions) {
    this.#ehloName = options.ehloName;
    this.#limits = options.limits ?? HOP_POOL_LIMITS;
  }

  begin(hop: SmtpNextHop, options: HopTransactionOptions): HopTransaction {
    return new SmtpTransaction(this.#poolOf(hop), options);
  }

  /** Closes idle connections now and busy ones when their transaction ends. */
  close(): void {
    this.#isClosed = true;
    for (const pool of this.#pools.values()) pool.close();
  }

  /** Connections to all hops, those being opened included. */
  get connectionCount(): number {
    let count = 0;
    for (const pool of this.#pools.values()) count += pool.size;
    return count;
  }

  /** Those of them that wait for a transaction. */
  get idleConnectionCount(): number {
    let count = 0;
    for (const pool of this.#pools.values()) count += pool.idleCount;
    return count;
  }

  #poolOf(hop: SmtpNextHop): HopPool {
    const name = nextHopName(hop);
    const known = this.#pools.get(name);
    if (known !== undefined) return known;
    const pool = new HopPool(hop, { ehloName: this.#ehloName, limits: this.#limits });
    if (this.#isClosed) pool.close();
    this.#pools.set(name, pool);
    return pool;
  }
}
