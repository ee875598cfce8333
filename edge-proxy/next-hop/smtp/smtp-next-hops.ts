/** The SMTP next hops of a server, a pool of connections each. */
import { nextHopName, type SmtpNextHop } from '../../../policy/next-hop.ts';
import { Faults } from '../../faults.ts';
import type { Log } from '../../log.ts';
import type { ReadCredentials } from '../login-secrets.ts';
import type {
  HopTimeouts,
  HopTransaction,
  HopTransactionOptions,
  RelayedLogin,
  RelayedLoginOptions,
} from '../next-hop.ts';
import { type Spell, Spells } from '../spells.ts';
import type { HopConnection } from './connection/hop-connection.ts';
import { HopStatus } from './connection/hop-status.ts';
import { OwnLogin } from './connection/own-login.ts';
import type { Passing } from './connection/xclient-exchange.ts';
import { HopMechanisms } from './hop-mechanisms.ts';
import { HOP_POOL_LIMITS, HopPool, type HopPoolLimits } from './pool/hop-pool.ts';
import { LOGIN_LIMITS, type LoginLimits, LoginPlaces } from './pool/login-places.ts';
import { SmtpRelayedLogin } from './relayed-login.ts';
import { SmtpTransaction } from './transaction/smtp-transaction.ts';

export interface SmtpNextHopsOptions {
  /** The name that EHLO says to hops: the published server's, as policy has it when a connection is opened. */
  readonly ehloName: () => string;
  /** @default HOP_POOL_LIMITS */
  readonly limits?: HopPoolLimits;
  /** Connections to one hop as policy has them, of which one client may have half. @default those of `limits` */
  readonly maxConnections?: () => number;
  /** @default LOGIN_LIMITS */
  readonly loginLimits?: LoginLimits;
  /** @default no one reads */
  readonly log?: Log;
  /** Told when a trouble of a hop begins, and when it is over. @default no one listens */
  readonly onSpell?: (spell: Spell) => void;
  /** Reads the logins that hops' `auth` name. @default none can be read */
  readonly readCredentials?: ReadCredentials;
  /** Where faults of ours are told. @default no one reads */
  readonly faults?: Faults;
}

export class SmtpNextHops {
  readonly #ehloName: () => string;
  readonly #maxConnections: (() => number) | undefined;
  #limits: HopPoolLimits;
  readonly #loginLimits: LoginLimits;
  readonly #log: Log;
  readonly #faults: Faults;
  readonly #mechanisms: HopMechanisms;
  readonly #places = new Map<string, LoginPlaces>();
  readonly #readCredentials: ReadCredentials | undefined;
  readonly #spells: Spells;
  /** By name, as the pools. */
  readonly #statuses = new Map<string, HopStatus>();
  /** By name, so that a decision read anew finds the pool of the one before; as many as policy ever named. */
  readonly #pools = new Map<string, HopPool>();
  #isClosed = false;

  constructor(options: SmtpNextHopsOptions) {
    this.#ehloName = options.ehloName;
    this.#maxConnections = options.maxConnections;
    this.#limits = options.limits ?? HOP_POOL_LIMITS;
    this.#loginLimits = options.loginLimits ?? LOGIN_LIMITS;
    this.#log = options.log ?? (() => {});
    this.#readCredentials = options.readCredentials;
    this.#spells = new Spells(this.#log, options.onSpell);
    this.#faults = options.faults ?? new Faults();
    this.#mechanisms = new HopMechanisms({ ehloName: options.ehloName, log: this.#log, faults: this.#faults });
  }

  begin(hop: SmtpNextHop, options: HopTransactionOptions): HopTransaction {
    const passing = this.#passing(hop, options);
    return new SmtpTransaction(this.#poolOf(hop, passing !== undefined), options, passing);
  }

  /** SASL mechanisms that the hop offers under TLS; `undefined` when it cannot be asked. */
  learnMechanisms(hop: SmtpNextHop, timeouts: HopTimeouts): Promise<readonly string[] | undefined> {
    return this.#mechanisms.learn(hop, timeouts, this.#statusOf(hop));
  }

  login(hop: SmtpNextHop, options: RelayedLoginOptions): RelayedLogin {
    return new SmtpRelayedLogin(hop, {
      ...options,
      ehloName: this.#ehloName(),
      faults: this.#faults,
      status: this.#statusOf(hop),
      places: this.#placesOf(hop),
      passing: this.#passing(hop, options),
      onOpened: (connection) => this.#mechanisms.note(hop, connection),
    });
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
    for (const places of this.#places.values()) count += places.taken;
    return count;
  }

  /** Those of them that wait for a transaction. */
  get idleConnectionCount(): number {
    let count = 0;
    for (const pool of this.#pools.values()) count += pool.idleCount;
    return count;
  }

  #limitsNow(): HopPoolLimits {
    const maxConnections = this.#maxConnections?.() ?? this.#limits.maxConnections;
    if (maxConnections !== this.#limits.maxConnections) {
      this.#limits = { ...this.#limits, maxConnections, maxPerClient: Math.ceil(maxConnections / 2) };
    }
    return this.#limits;
  }

  #passing(
    hop: SmtpNextHop,
    { xclientIdentity: client }: Pick<HopTransactionOptions, 'xclientIdentity'>,
  ): Passing | undefined {
    // XCLIENT makes the hop start over, which ends a login of ours; a hop that asks for one trusts it, and no address.
    if (client === undefined || hop.auth !== undefined) return undefined;
    const status = this.#statusOf(hop);
    return {
      client,
      ehloName: this.#ehloName(),
      onRefused: (problem) => status.begin('xclient-refused', problem),
      onTaken: () => status.end('xclient-refused'),
    };
  }

  #statusOf(hop: SmtpNextHop): HopStatus {
    const name = nextHopName(hop);
    const status = this.#statuses.get(name) ?? new HopStatus(name, this.#spells);
    this.#statuses.set(name, status);
    return status;
  }

  #placesOf(hop: SmtpNextHop): LoginPlaces {
    const name = nextHopName(hop);
    const places = this.#places.get(name) ?? new LoginPlaces(this.#loginLimits);
    this.#places.set(name, places);
    return places;
  }

  /** Connections that were told of a client are kept apart: a session that names no one must not pass for that client. */
  #poolOf(hop: SmtpNextHop, isPassing: boolean): HopPool {
    const name = `${nextHopName(hop)}${isPassing ? ' xclient' : ''}`;
    const known = this.#pools.get(name);
    if (known !== undefined) return known;
    const onOpened = (connection: HopConnection): void => this.#mechanisms.note(hop, connection);
    const pool = new HopPool(hop, {
      ehloName: this.#ehloName,
      ownLogin: hop.auth && new OwnLogin(hop.auth, nextHopName(hop), { read: this.#readCredentials, log: this.#log }),
      limits: () => this.#limitsNow(),
      status: this.#statusOf(hop),
      faults: this.#faults,
      onOpened,
    });
    if (this.#isClosed) pool.close();
    this.#pools.set(name, pool);
    return pool;
  }
}
