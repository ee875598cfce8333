/** One published server on this task: its listeners, its sessions, and how it leaves. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { isInNetworks, plainAddress } from '../../policy/client-network.ts';
import { isMeant, type LiveMatch, type LiveSession } from '../../policy/live.ts';
import type { Policy } from '../../policy/snapshot.ts';
import { admissionRefusal } from '../../protocol/session/admission.ts';
import { ClientCounts } from '../client-counts.ts';
import { errorText } from '../log.ts';
import { MinuteTally } from '../minute-tally.ts';
import { ClientConnection, type ListenerMode } from '../session/client-connection.ts';
import { ReplyHolds } from '../session/reply-holds.ts';
import { Roster } from '../session/roster.ts';
import type { SessionServices } from '../session/session-services.ts';
import { TurnQueue } from '../session/turn-queue.ts';
import { ConnectionLimits } from './connection-limits.ts';
import { type Peer, ProxiedClients } from './proxied-clients.ts';
import { newSessionId } from './session-id.ts';

/**
 * Connections that are being told why they are refused, in all and of one client; above this they are closed without a
 * word, and counted. Those that are not refused are never closed for it.
 */
const MAX_REFUSED_CONNECTIONS = 1000;
const MAX_REFUSED_PER_CLIENT = 50;
/** Connections that wait to be accepted; the kernel's own limit is `somaxconn`. */
const BACKLOG = 1024;
/** Milliseconds in which those who outlasted the grace may hear so. */
export const FAREWELL_MS = 500;

export interface ListenerSpec {
  /** 0 takes a free one. */
  readonly port: number;
  readonly mode: ListenerMode;
}

export interface PublishedServerOptions {
  readonly services: SessionServices;
  /** The snapshot in force. */
  readonly policy: () => Policy;
  readonly listeners: readonly ListenerSpec[];
  /** All addresses when absent. */
  readonly host?: string | undefined;
}

export class PublishedServer {
  readonly #options: PublishedServerOptions;
  readonly #servers: Server[] = [];
  readonly #connections = new Roster<ClientConnection>();
  readonly #refused = new Roster<ClientConnection>();
  readonly #limits = new ConnectionLimits();
  readonly #refusedPerClient = new ClientCounts();
  readonly #closedWithoutReply: MinuteTally;
  readonly #listenerErrors: MinuteTally;
  readonly #proxied: ProxiedClients;
  readonly #turns: TurnQueue;
  readonly #holds = new ReplyHolds();
  #isLeaving = false;
  #onEmpty: (() => void) | undefined;

  constructor(options: PublishedServerOptions) {
    this.#options = options;
    this.#turns = new TurnQueue(options.services.now);
    const { log, faults } = options.services;
    this.#closedWithoutReply = new MinuteTally(log, 'closed-without-reply');
    this.#listenerErrors = new MinuteTally(log, 'listener-error');
    this.#proxied = new ProxiedClients({ log, faults, closedWithoutReply: this.#closedWithoutReply });
  }

  /** Sessions that stand; refused ones, and those that a proxy has not named yet, are not counted. */
  get sessions(): number {
    return this.#limits.total;
  }

  /** Connections of trusted proxies that have not named their client yet. */
  get waiting(): number {
    return this.#proxied.waiting;
  }

  /** Connections that were closed without a word since the start, since too many were being told why. */
  get closedWithoutReply(): number {
    return this.#closedWithoutReply.total;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Opens all listeners; resolves with their real ports, in order. Rejects when one cannot be opened, naming its port. */
  async listen(): Promise<readonly ListenerSpec[]> {
    const open: ListenerSpec[] = [];
    for (const { port, mode } of this.#options.listeners) open.push({ port: await this.#listen(port, mode), mode });
    return open;
  }

  /** Sessions take the new snapshot between transactions. */
  offerPolicy(policy: Policy): void {
    for (const connection of this.#connections.members) connection.offerPolicy(policy);
  }

  /** Sessions that stand. @param asked the session whose commands are wanted */
  live(asked?: string): readonly LiveSession[] {
    return this.#connections.members.map((connection) => connection.live(connection.id === asked));
  }

  /** Ends the sessions that are meant; returns how many. */
  end(match: LiveMatch): number {
    const meant = this.#connections.members.filter((connection) => isMeant(connection.live(false), match));
    for (const connection of meant) connection.endByOperator();
    return meant.length;
  }

  /** Tells health, and with it the load balancer, that no new connection is to come; those that come are served. */
  announceLeaving(): void {
    this.#isLeaving = true;
  }

  /**
   * Stops accepting, lets transactions finish, says 421 to the idle; what remains after `graceMs` is told 421 too, and
   * has `FAREWELL_MS` to hear it.
   */
  async leave(graceMs: number): Promise<void> {
    this.#isLeaving = true;
    for (const server of this.#servers) server.close();
    this.#proxied.close();
    for (const connection of this.#all()) connection.shutDown();
    await this.#empty(graceMs);
    for (const connection of this.#all()) connection.giveUp();
    await this.#empty(FAREWELL_MS);
    this.#closedWithoutReply.flush();
    this.#listenerErrors.flush();
    this.#options.services.nextHops.close();
  }

  #all(): ClientConnection[] {
    return [...this.#connections.members, ...this.#refused.members];
  }

  async #empty(graceMs: number): Promise<void> {
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #listen(port: number, mode: ListenerMode): Promise<number> {
    // `allowHalfOpen`: a client's FIN ends its input only, what it sent whole is still answered.
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const accept = (): void => this.#accept(socket, mode);
      this.#options.services.faults.guard('listener-accept', accept, () => socket.destroy());
    });
    this.#servers.push(server);
    const { host } = this.#options;
    server.listen({ port, backlog: BACKLOG, ...(host === undefined ? {} : { host }) });
    try {
      await once(server, 'listening');
    } catch (cause) {
      throw new Error(`Cannot listen on port ${port}`, { cause });
    }
    // A connection that could not be accepted is its client's loss alone.
    server.on('error', (error) => this.#listenerErrors.add(errorText(error)));
    return (server.address() as AddressInfo).port;
  }

  #accept(socket: Socket, mode: ListenerMode): void {
    const { remoteAddress, remotePort = 0 } = socket;
    // Already gone.
    if (remoteAddress === undefined) {
      socket.destroy();
      return;
    }
    const peer = { socket, address: plainAddress(remoteAddress), port: remotePort };
    const { settings } = this.#options.policy();
    // From any other client a header is a command line like any other, and unknown.
    if (!isInNetworks(settings.proxyProtocolNetworks, peer.address)) this.#admit(peer, mode);
    else this.#proxied.receive(peer, settings, (client) => this.#admit(client, mode));
  }

  #admit({ socket, address, port }: Peer, mode: ListenerMode): void {
    const { services } = this.#options;
    const policy = this.#options.policy();
    const refusal = admissionRefusal(policy, address) ?? this.#limits.refusal(address, policy.settings);
    if (refusal !== undefined && !this.#canBeTold(address)) {
      this.#closedWithoutReply.add(refusal.rule);
      socket.destroy();
      return;
    }
    const isRefused = refusal !== undefined;
    const group = isRefused ? this.#refused : this.#connections;
    const counts = isRefused ? this.#refusedPerClient : this.#limits;
    const onClosed = (): void => {
      group.remove(entry);
      counts.remove(address);
      if (this.#connections.size === 0) this.#onEmpty?.();
    };
    const connection = new ClientConnection({
      id: newSessionId(),
      socket,
      address,
      port,
      mode,
      policy,
      services,
      turns: this.#turns,
      holds: this.#holds,
      refusal,
      onClosed,
    });
    const entry = group.add(connection);
    counts.add(address);
    connection.start();
  }

  /** Whether one more client may be told why it is refused. */
  #canBeTold(address: string): boolean {
    return this.#refused.size < MAX_REFUSED_CONNECTIONS && this.#refusedPerClient.of(address) < MAX_REFUSED_PER_CLIENT;
  }
}
