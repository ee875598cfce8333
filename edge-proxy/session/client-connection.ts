/**
 * The shell round one session: moves octets between the socket and the machine, does what the machine asks, keeps its
 * deadline, and holds the client back while a next hop or the client itself does not read.
 */
import type { Socket } from 'node:net';
import type { LiveSession } from '../../policy/live.ts';
import type { Policy } from '../../policy/snapshot.ts';
import type { SessionRefusal } from '../../protocol/session/admission.ts';
import type { Effect } from '../../protocol/session/effect.ts';
import { SmtpSession } from '../../protocol/session/session.ts';
import { Deadline } from '../deadline.ts';
import { isoTime } from '../log.ts';
import { ClientSocket, type SocketOwner } from './client-socket.ts';
import { ReceivedOctets } from './received-octets.ts';
import { ReplyGroup } from './reply-group.ts';
import type { ReplyHolds } from './reply-holds.ts';
import { type ClientSide, SessionEffects } from './session-effects.ts';
import type { SessionServices } from './session-services.ts';
import { ConnectionTurns, TURN_MS, type TurnQueue } from './turn-queue.ts';

/** Octets of replies that the client has not read, above which it is not read either. */
const MAX_UNREAD_REPLY_OCTETS = 65_536;
/** What is still done of what the machine asked for when a fault of ours ends the session. */
const LAST_EFFECTS: ReadonlySet<Effect['kind']> = new Set(['reply', 'record', 'abandon', 'hop-auth-cancel', 'close']);

/** `starttls`: in the clear, TLS on request (ports 25 and 587). `tls`: TLS first (port 465). */
export type ListenerMode = 'starttls' | 'tls';

export interface ClientConnectionOptions {
  readonly id: string;
  readonly socket: Socket;
  /** The client's, which is not the socket's where a proxy in front told it. */
  readonly address: string;
  readonly port: number;
  readonly mode: ListenerMode;
  readonly policy: Policy;
  readonly services: SessionServices;
  /** Shared by all connections, as `holds` is. */
  readonly turns: TurnQueue;
  readonly holds: ReplyHolds;
  readonly refusal: SessionRefusal | undefined;
  /** Called once. */
  readonly onClosed: () => void;
}

export class ClientConnection implements ClientSide, SocketOwner {
  readonly id: string;
  readonly #address: string;
  readonly #port: number;
  /** Milliseconds since 1970. */
  readonly #startedAtMs: number;
  readonly #mode: ListenerMode;
  readonly #services: SessionServices;
  readonly #onClosed: () => void;
  readonly #session: SmtpSession;
  readonly #effects: SessionEffects;
  readonly #socket: ClientSocket;
  readonly #received = new ReceivedOctets();
  readonly #replies: ReplyGroup;
  readonly #turns: ConnectionTurns;
  readonly #deadline = new Deadline(() => this.#timeOut());
  /** When the octets at hand are used: the clock is read once for all that is done about them. */
  #nowMs = 0;
  #isRunning = false;
  #hasFailed = false;

  constructor(options: ClientConnectionOptions) {
    const { id, socket, address, port, mode, policy, services, turns, holds, refusal, onClosed } = options;
    this.id = id;
    this.#address = address;
    this.#port = port;
    this.#startedAtMs = services.calendar();
    this.#mode = mode;
    this.#services = services;
    this.#onClosed = onClosed;
    this.#socket = new ClientSocket(socket, this, () => services.secureContext());
    this.#turns = new ConnectionTurns(turns, this.#onTurn);
    this.#replies = new ReplyGroup(
      holds,
      (replies) => this.#socket.write(replies),
      () => this.guard(() => this.#replies.flush(), 'client-replies'),
    );
    this.#session = new SmtpSession({
      id,
      clientAddress: address,
      policy,
      isImplicitTls: mode === 'tls',
      nowMs: services.now(),
      ...(refusal === undefined ? {} : { refusal }),
    });
    this.#effects = new SessionEffects({ id, address, port }, services, this.#session, this);
  }

  start(): void {
    this.pump(() => {
      this.#socket.listen();
      if (this.#mode === 'tls') this.#socket.secure();
    }, 'client-accept');
  }

  offerPolicy(policy: Policy): void {
    this.#session.offerPolicy(policy);
  }

  /** Leaves once no transaction is under way. */
  shutDown(): void {
    this.pump(() => this.#session.shutDown(this.#services.now()), 'shut-down');
  }

  /** Says 421 and closes, whatever is under way. */
  endByOperator(): void {
    this.pump(() => this.#session.endByOperator(this.#services.now()), 'session-end');
  }

  /** What it is about now. @param hasCommands whether the commands so far are wanted */
  live(hasCommands: boolean): LiveSession {
    const { helloName, isTls, identityName, state, transactions } = this.#session;
    return {
      session: this.id,
      client: { address: this.#address, port: this.#port, helo: helloName, tls: isTls },
      identity: identityName,
      startedAt: isoTime(this.#startedAtMs),
      state,
      transactions,
      ...(hasCommands ? { commands: [...this.#session.commands] } : {}),
    };
  }

  /** Leaves now. */
  giveUp(): void {
    this.pump(() => this.#session.giveUp(this.#services.now()), 'shut-down');
  }

  receive(chunk: Buffer): void {
    this.#turns.count(chunk.length, this.#effects.turnOctets);
    // What comes after a close is read, so that the client's end is seen, and not used.
    if (this.#socket.stage !== 'open') {
      this.#setFlow();
      return;
    }
    this.#received.add(chunk);
    this.moveOn();
  }

  receiveTls(): void {
    this.#session.receiveTls(this.#services.now());
    this.moveOn();
  }

  receiveLoss(): void {
    this.#deadline.stop();
    this.#received.drop();
    if (this.#hasFailed) {
      this.#leave();
      return;
    }
    this.#session.receiveReset(this.#services.now());
    this.moveOn();
  }

  /** Takes in what happened, and moves on as far as the others let us. */
  pump(happened: () => void, place: string): void {
    this.guard(() => {
      happened();
      this.moveOn();
    }, place);
  }

  /** The boundary of a callback: a fault of ours in it ends this session and no other. */
  guard(work: () => void, place: string): void {
    try {
      work();
    } catch (error) {
      this.fail(error, place);
    }
  }

  /** Says 421 where the client can hear it, records what was open and lets go of hops, each as far as it still can. */
  fail(error: unknown, place: string): void {
    const { faults } = this.#services;
    const session = this.#session;
    faults.report(error, place, { session: this.id, state: session.state });
    if (!this.#hasFailed) {
      this.#hasFailed = true;
      this.#runLastEffects();
      faults.guard('session-end', () => session.receiveFault(this.#services.now()));
      this.#runLastEffects();
      faults.guard('session-end', () => this.#effects.abandon());
    }
    if (this.#socket.isLost) faults.guard('session-end', () => this.#leave());
    else if (this.#socket.stage !== 'closing') this.#socket.destroy();
    else faults.guard('session-end', () => this.#setFlow());
  }

  /** After a fault nothing more may reach a hop: one that missed some of the content must not be told its end. */
  #runLastEffects(): void {
    for (let effect = this.#session.nextEffect(); effect !== undefined; effect = this.#session.nextEffect()) {
      const last = effect;
      if (LAST_EFFECTS.has(last.kind)) this.#services.faults.guard('session-end', () => this.#effects.run(last));
    }
  }

  moveOn(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#runEffects();
    this.#nowMs = this.#services.now();
    const endMs = this.#nowMs + TURN_MS;
    while (!this.#received.isEmpty && this.#mayRead()) {
      if (this.#nowMs > endMs) {
        this.#turns.end();
        break;
      }
      this.#received.use(this.#useOctets);
      this.#runEffects();
      this.#nowMs = this.#services.now();
    }
    if (this.#received.holdsUsed) this.#received.settle(this.#effects.isSent);
    if (this.#socket.isAtEnd && this.#received.isEmpty && this.#mayRead()) {
      this.#session.receiveEnd(this.#nowMs);
      this.#runEffects();
    }
    this.#replies.settle(this.#session.isWaiting);
    this.#isRunning = false;
    if (this.#socket.isLost) {
      // A message whose terminator went out is waited for, client or not, so that its fate is recorded.
      if (this.#session.isClosed) this.#leave();
      return;
    }
    this.#setFlow();
    this.#setDeadline();
  }

  readonly #useOctets = (chunk: Buffer, at: number): number => this.#session.receiveClient(chunk, at, this.#nowMs);

  readonly #onTurn = (): void =>
    this.guard(() => {
      if (this.#socket.stage === 'open') this.moveOn();
      else this.#setFlow();
    }, 'client-turn');

  #mayRead(): boolean {
    if (this.#session.isWaiting || this.#session.isClosed || this.#socket.stage === 'securing') return false;
    return !this.#effects.isBlocked && this.#socket.unreadOctets <= MAX_UNREAD_REPLY_OCTETS;
  }

  /**
   * The socket is read only when all that was read is used: at most one chunk waits, for us or for its turn. Not before
   * there is one, since most waits are over by then, and to stop and start a socket costs more than many a wait.
   */
  #setFlow(): void {
    this.#socket.holdBack(this.#turns.isWaiting || !this.#received.isEmpty);
  }

  #runEffects(): void {
    for (let effect = this.#session.nextEffect(); effect !== undefined; effect = this.#session.nextEffect()) {
      this.#effects.run(effect);
    }
  }

  reply(encoded: string): void {
    this.#replies.add(encoded);
  }

  isDataNext(): boolean {
    return this.#received.isDataNext;
  }

  startTls(): void {
    this.#replies.flush();
    this.#received.drop();
    this.#socket.startTls();
  }

  close(hasQuit = false): void {
    this.#replies.flush();
    this.#effects.signOut();
    const isHeard = hasQuit && this.#received.isEmpty && this.#socket.unreadOctets === 0;
    this.#deadline.stop();
    this.#received.drop();
    // TLS has an end of its own to say.
    this.#socket.close(isHeard && !this.#session.isTls);
  }

  /** Gives the connection's place back, once, whatever is wrong with a login at a next hop. */
  #leave(): void {
    if (!this.#socket.leave()) return;
    this.#services.faults.guard('session-end', () => this.#effects.signOut());
    this.#onClosed();
  }

  #setDeadline(): void {
    const deadlineMs = this.#socket.stage === 'closing' ? undefined : this.#session.deadline();
    if (deadlineMs === undefined) this.#deadline.clear();
    else this.#deadline.set(Math.max(0, deadlineMs - this.#nowMs));
  }

  #timeOut(): void {
    // While the hop holds the client back, the client is not late; `receiveDrain` starts its time anew.
    if (this.#effects.isBlocked) return;
    this.pump(() => this.#session.handleTimeout(this.#services.now()), 'client-timer');
  }
}
