/**
 * A TCP connection to one of a host's addresses (RFC 8305, in order of preference): each next one is tried a little
 * later, or when the one before has failed, and those before go on meanwhile. The first to answer is taken.
 *
 * Node's own `autoSelectFamily` ends each attempt when it begins the next, and so never reaches an address that is
 * slow when the last one is dead.
 */
import { connect } from 'node:net';
import type { Faults } from '../../../faults.ts';
import { HopConnection, type HopFault, IDLE_LISTENER } from './hop-connection.ts';
import type { HopHealth } from './hop-health.ts';

export interface RaceOptions {
  readonly addresses: readonly string[];
  readonly port: number;
  /** For all of them. */
  readonly withinMs: number;
  /** @default ATTEMPT_DELAY_MS */
  readonly delayMs?: number | undefined;
  readonly health: HopHealth;
  /** Under which `health` knows an address. */
  readonly keyOf: (address: string) => string;
  readonly faults: Faults | undefined;
}

export type RaceOutcome =
  | { readonly connection: HopConnection; readonly address: string; readonly detail: '' }
  /** `detail` names what each address failed of. */
  | { readonly connection: undefined; readonly address: undefined; readonly detail: string };

/** RFC 8305 section 8: the recommended Connection Attempt Delay. */
const ATTEMPT_DELAY_MS = 250;
/** Milliseconds; a NAT gateway or load balancer forgets a silent connection after 350 s, and a hop may think for longer. */
const KEEP_ALIVE_MS = 60_000;
/** Octets; more than any usual reply has, and a longer one is read in pieces. */
const READ_OCTETS = 4096;

export class ConnectionRace {
  readonly #options: RaceOptions;
  readonly #outcome = Promise.withResolvers<RaceOutcome>();
  readonly #running = new Map<string, HopConnection>();
  readonly #details: string[] = [];
  readonly #deadline: NodeJS.Timeout;
  #next: NodeJS.Timeout | undefined;
  #started = 0;
  #isOver = false;

  constructor(options: RaceOptions) {
    this.#options = options;
    this.#deadline = setTimeout(() => this.#lose('late'), Math.max(1, options.withinMs));
  }

  /** Once; never rejects. */
  run(): Promise<RaceOutcome> {
    this.#startNext();
    return this.#outcome.promise;
  }

  #startNext(): void {
    clearTimeout(this.#next);
    const { addresses, delayMs = ATTEMPT_DELAY_MS } = this.#options;
    const address = addresses[this.#started];
    if (address === undefined) {
      if (this.#running.size === 0) this.#lose();
      return;
    }
    this.#started += 1;
    this.#start(address);
    if (!this.#isOver && this.#started < addresses.length) {
      this.#next = setTimeout(() => this.#startNext(), delayMs);
    }
  }

  #start(address: string): void {
    const { port, health, keyOf, faults } = this.#options;
    // One buffer for each connection in place of 64 KiB for each read.
    // Fast path: 5 µs a message (bench w1); equal by `stale-connection.test.ts` and all tests of hops.
    const buffer = Buffer.allocUnsafeSlow(READ_OCTETS);
    const callback = (octets: number): boolean => {
      connection.receive(buffer.subarray(0, octets));
      return true;
    };
    const onread = { buffer, callback };
    const socket = connect({
      host: address,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
      onread,
    });
    const onBroken = ({ detail }: HopFault): void => this.#onFailed(address, detail);
    const connection = new HopConnection(socket, { listener: { ...IDLE_LISTENER, onBroken }, isTls: false, faults });
    this.#running.set(address, connection);
    health.begin(keyOf(address));
    socket.once('connect', () => this.#win(address, connection));
  }

  #onFailed(address: string, detail: string): void {
    if (this.#isOver) return;
    const { addresses, health, keyOf } = this.#options;
    this.#running.delete(address);
    health.ended(keyOf(address));
    health.failed(keyOf(address));
    this.#details.push(addresses.length === 1 ? detail : `${address} ${detail}`);
    this.#startNext();
  }

  #win(address: string, connection: HopConnection): void {
    if (this.#isOver) return;
    const { health, keyOf } = this.#options;
    this.#running.delete(address);
    health.ended(keyOf(address));
    // Those that were tried before it and have not answered yet are tried after it for a while.
    for (const slow of this.#running.keys()) health.failed(keyOf(slow));
    this.#end();
    this.#outcome.resolve({ connection, address, detail: '' });
  }

  #lose(why?: string): void {
    if (this.#isOver) return;
    const { health, keyOf, addresses } = this.#options;
    for (const late of this.#running.keys()) {
      health.failed(keyOf(late));
      this.#details.push(addresses.length === 1 ? `${why}` : `${late} ${why}`);
    }
    this.#end();
    this.#outcome.resolve({
      connection: undefined,
      address: undefined,
      detail: `${this.#details.join(', ')} at connecting`,
    });
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#deadline);
    clearTimeout(this.#next);
    for (const [address, connection] of this.#running) {
      this.#options.health.ended(this.#options.keyOf(address));
      connection.destroy();
    }
    this.#running.clear();
  }
}
