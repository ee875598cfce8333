/** The connections of trusted proxies whose PROXY protocol header is not in yet: how many, and how long. */
import type { Socket } from 'node:net';
import type { Settings } from '../../policy/settings.ts';
import type { Faults } from '../faults.ts';
import type { Log } from '../log.ts';
import type { MinuteTally } from '../minute-tally.ts';
import { ProxiedClient } from './proxied-client.ts';

/**
 * Connections that may wait for their header at a time. Above it the one that waits longest is closed: a proxy that
 * means well says its header at once, so that those who hold their tongue are the ones to go.
 */
export const MAX_WAITING_CLIENTS = 1000;
/** Milliseconds for a header. It is one segment of a proxy nearby; the protocol asks for 3 s at least, a lost segment. */
const HEADER_MS = 10_000;

/** An accepted connection and the address at its other end, a proxy's or a client's own. */
export interface Peer {
  readonly socket: Socket;
  readonly address: string;
  readonly port: number;
}

export interface ProxiedClientsOptions {
  readonly log: Log;
  readonly faults: Faults;
  /** Connections that were closed to make room for others. */
  readonly closedWithoutReply: MinuteTally;
}

export class ProxiedClients {
  readonly #options: ProxiedClientsOptions;
  /** Longest wait first. */
  readonly #waiting = new Set<ProxiedClient>();

  constructor(options: ProxiedClientsOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Calls `admit` once with the client that the peer's header names, the peer itself where it names none; never when
   * there is no good header. Until then the connection is no session, and takes the place of none: clients that are
   * silent keep no one out.
   */
  receive(peer: Peer, settings: Settings, admit: (client: Peer) => void): void {
    if (this.#waiting.size >= MAX_WAITING_CLIENTS) this.#closeLongest();
    const { socket } = peer;
    const leave = (): void => void this.#waiting.delete(waiting);
    const waiting = new ProxiedClient({
      socket,
      faults: this.#options.faults,
      withinMs: Math.min(settings.commandTimeoutSeconds * 1000, HEADER_MS),
      onHeader: (client) => {
        leave();
        admit(client === undefined ? peer : { socket, ...client });
      },
      onRefused: (problem) => {
        leave();
        this.#tell(peer, problem);
      },
    });
    this.#waiting.add(waiting);
  }

  /** The proxy leaves: nothing is under way on these. */
  close(): void {
    for (const client of this.#waiting) client.refuse(undefined);
  }

  #closeLongest(): void {
    const [longest] = this.#waiting;
    longest?.refuse(undefined);
    this.#options.closedWithoutReply.add('waiting-for-proxy-header');
  }

  #tell({ address, port }: Peer, problem: string | undefined): void {
    if (problem !== undefined) this.#options.log({ event: 'proxy-header-refused', peer: { address, port }, problem });
  }
}
