/**
 * The shell round one session: moves octets between the socket and the machine, does what the machine asks, keeps its
 * deadline, and holds the client back while a next hop or the client itself does not read.
 */
import type { Socket } from 'node:net';
import type { Policy } from '../../policy/snapshot.ts';
import type { SessionRefusal } from '../../protocol/session/admission.ts';
import type { Effect } from '../../protocol/session/effect.ts';
import { SmtpSession } from '../../protocol/session/session.ts';
import { ReplyGroup } from './reply-group.ts';
import type { ReplyHolds } from './reply-holds.ts';
import { type ClientSide, SessionEffects } from './session-effects.ts';
import type { SessionServices } from './session-services.ts';
import { startTls } from './start-tls.ts';
import { TURN_MS, type TurnQueue } from './turn-queue.ts';
import { UsedChunks } from './used-chunks.ts';

/** Octets of replies that the client has not read, above which it is not read either. */
const MAX_UNREAD_REPLY_OCTETS = 65_536;
const DATA_VERB = [...Buffer.from('DATA')];
/** Takes a letter's lower case away; what is no letter of the verb does not become one. */
const UPPER_CASE = 0xdf;
const CR = 0x0d;
const LF = 0x0a;
/** What is still done of what the machine asked for when a fault of ours ends the session. */
const LAST_EFFECTS: ReadonlySet<Effect['kind']> = new Set(['reply', 'record', 'abandon', 'hop-auth-cancel', 'close']);
/** Milliseconds in which the client may read the last reply and close its side. */
const LINGER_MS = 5000;

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

export class ClientConnection implements ClientSide {
  readonly address: string;
  readonly #id: string;
  readonly #services: SessionServices;
  readonly #turns: TurnQueue;
  readonly #replies: ReplyGroup;
  readonly #onClosed: () => void;
  readonly #session: SmtpSession;
  readonly #effects: SessionEffects;
  readonly #mode: ListenerMode;
  #socket: Socket;
  #pending: Buffer | undefined;
  #pendingAt = 0;
  readonly #used = new UsedChunks();
  #isEnded = false;
  #isClosing = false;
  #isLost = false;
  #hasLeft = false;
  #hasFailed = false;
  #isSecuring = false;
  #isRunning = false;
  /** Waits for its next turn. */
  #isInLine = false;
  #octetsOfTurn = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = 0;

  constructor(options: ClientConnectionOptions) {
    const { id, socket, address, port, mode, policy, services, turns, holds, refusal, onClosed } = options;
    this.#id = id;
    this.#services = services;
    this.#turns = turns;
    this.#replies = new ReplyGroup(
      holds,
      (replies) => this.#write(replies),
      () => this.#guard(() => this.#replies.flush(), 'client-replies'),
    );
    this.#onClosed = onClosed;
    this.#socket = socket;
    this.#mode = mode;
    this.address = address;
    this.#session = new SmtpSession({
      id,
      clientAddress: this.address,
      policy,
      isImplicitTls: mode === 'tls',
      nowMs: services.now(),
      ...(refusal === undefined ? {} : { refusal }),
    });
    this.#effects = new SessionEffects({ id, address, port }, services, this.#session, this);
  }

  start(): void {
    this.pump(() => {
      this.#listenTo(this.#socket);
      if (this.#mode === 'tls') this.#secure(this.#socket);
    }, 'client-accept');
  }

  offerPolicy(policy: Policy): void {
    this.#session.offerPolicy(policy);
  }

  /** Leaves once no transaction is under way. */
  shutDown(): void {
    this.pump(() => this.#session.shutDown(this.#services.now()), 'shut-down');
  }

  /** Leaves now. */
  giveUp(): void {
    this.pump(() => this.#session.giveUp(this.#services.now()), 'shut-down');
  }

  #listenTo(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => this.#guard(() => this.#receive(chunk), 'client-data'));
    socket.on('end', () => this.pump(() => this.#receiveEnd(socket), 'client-end'));
    socket.on('drain', () => this.pump(undefined, 'client-drain'));
    // 'close' follows and says all there is to say.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#guard(() => this.#lost(socket), 'client-close'));
  }

  #receiveEnd(socket: Socket): void {
    this.#isEnded = true;
    // Half a handshake never becomes a whole one.
    if (this.#isSecuring) socket.destroy();
  }

  #receive(chunk: Buffer): void {
    // What comes in the clear behind STARTTLS is dropped (CVE-2011-0411).
    if (this.#isSecuring) return;
    this.#octetsOfTurn += chunk.length;
    if (this.#octetsOfTurn >= this.#effects.turnOctets) this.#standInLine();
    // What comes behind a close is not read.
    if (this.#isClosing) {
      this.#setFlow();
      return;
    }
    if (this.#pending === undefined) {
      this.#pending = chunk;
      this.#pendingAt = 0;
    } else {
      this.#pending = Buffer.concat([this.#pending.subarray(this.#pendingAt), chunk]);
      this.#pendingAt = 0;
    }
    this.#moveOn();
  }

  /** Takes in what happened, and moves on as far as anybody lets us. */
  pump(happened: (() => void) | undefined, place: string): void {
    this.#guard(() => {
      happened?.();
      this.#moveOn();
    }, place);
  }

  /** The boundary of a callback: a fault of ours in it ends this session and no other. */
  #guard(work: () => void, place: string): void {
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
    faults.report(error, place, { session: this.#id, state: session.state });
    if (!this.#hasFailed) {
      this.#hasFailed = true;
      this.#runLastEffects();
      faults.guard('session-end', () => session.receiveFault(this.#services.now()));
      this.#runLastEffects();
      faults.guard('session-end', () => this.#effects.abandon());
    }
    if (this.#isLost) faults.guard('session-end', () => this.#leave());
    else if (!this.#isClosing) this.#socket.destroy();
    else faults.guard('session-end', () => this.#setFlow());
  }

  /** After a fault nothing more may reach a hop: one that missed some of the content must not be told its end. */
  #runLastEffects(): void {
    for (let effect = this.#session.nextEffect(); effect !== undefined; effect = this.#session.nextEffect()) {
      const last = effect;
      if (LAST_EFFECTS.has(last.kind)) this.#services.faults.guard('session-end', () => this.#effects.run(last));
    }
  }

  #moveOn(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#runEffects();
    const endMs = this.#services.now() + TURN_MS;
    while (this.#pending !== undefined && this.#mayRead()) {
      const nowMs = this.#services.now();
      if (nowMs > endMs) {
        this.#standInLine();
        break;
      }
      this.#pendingAt = this.#session.receiveClient(this.#pending, this.#pendingAt, nowMs);
      if (this.#pendingAt === this.#pending.length) {
        this.#used.add(this.#pending);
        this.#pending = undefined;
      }
      this.#runEffects();
    }
    if (this.#used.count > 0) this.#used.settle(this.#effects.isSent);
    if (this.#isEnded && this.#pending === undefined && this.#mayRead()) {
      this.#session.receiveEnd(this.#services.now());
      this.#runEffects();
    }
    this.#replies.settle(this.#session.isWaiting);
    this.#isRunning = false;
    if (this.#isLost) {
      this.#leaveWhenDone();
      return;
    }
    this.#setFlow();
    this.#armTimer();
  }

  /** It has had its turn: what is left to do, and what is left to read, comes after the others. */
  #standInLine(): void {
    this.#isInLine = true;
    this.#turns.join(this.#onTurn);
  }

  readonly #onTurn = (): void =>
    this.#guard(() => {
      this.#isInLine = false;
      this.#octetsOfTurn = 0;
      if (this.#isClosing) this.#setFlow();
      else this.#moveOn();
    }, 'client-turn');

  #mayRead(): boolean {
    if (this.#session.isWaiting || this.#session.isClosed || this.#isSecuring) return false;
    return !this.#effects.isBlocked && this.#socket.writableLength <= MAX_UNREAD_REPLY_OCTETS;
  }

  /**
   * The socket is read only when all that was read is used: at most one chunk waits, for us or for its turn. Not before
   * there is one, since most waits are over by then, and to stop and start a socket costs more than many a wait.
   */
  #setFlow(): void {
    if (this.#isSecuring || (!this.#isInLine && (this.#isClosing || this.#pending === undefined))) {
      if (this.#socket.isPaused()) this.#socket.resume();
    } else if (!this.#socket.isPaused()) {
      this.#socket.pause();
    }
  }

  #runEffects(): void {
    for (let effect = this.#session.nextEffect(); effect !== undefined; effect = this.#session.nextEffect()) {
      this.#effects.run(effect);
    }
  }

  reply(encoded: string): void {
    this.#replies.add(encoded);
  }

  #write(replies: string): void {
    if (this.#socket.writable) this.#socket.write(replies, 'latin1');
  }

  isDataNext(): boolean {
    const pending = this.#pending;
    if (pending === undefined) return false;
    const at = this.#pendingAt;
    const end = at + DATA_VERB.length;
    if (pending[end] !== CR || pending[end + 1] !== LF) return false;
    return DATA_VERB.every((letter, index) => ((pending[at + index] ?? 0) & UPPER_CASE) === letter);
  }

  startTls(): void {
    this.#replies.flush();
    const raw = this.#socket;
    this.#isSecuring = true;
    this.#pending = undefined;
    // Until then `raw` keeps its listeners, and what comes is dropped: the client sends its ClientHello only after our
    // last reply, so that everything before it was injected.
    raw.write('', () => this.#guard(() => this.#secure(raw), 'client-handshake'));
  }

  #secure(raw: Socket): void {
    this.#isSecuring = true;
    if (raw.destroyed) return;
    const secured = startTls(raw, this.#services.secureContext());
    this.#socket = secured;
    this.#listenTo(secured);
    secured.once('secure', () => this.pump(() => this.#receiveTls(), 'client-handshake'));
  }

  #receiveTls(): void {
    this.#isSecuring = false;
    this.#session.receiveTls(this.#services.now());
  }

  /**
   * Ends our side and reads on until the client ends its own, so that no reset overtakes the last reply. There is none to
   * fear once a client that sent nothing behind QUIT has its reply, and not to wait for it is a tenth of a short session;
   * only TLS has an end of its own to say.
   */
  close(hasQuit = false): void {
    this.#replies.flush();
    this.#effects.signOut();
    const socket = this.#socket;
    const isDone = hasQuit && this.#pending === undefined && socket.writableLength === 0;
    this.#isClosing = true;
    this.#pending = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (socket.destroyed) return;
    if (this.#session.isTls || !(isDone || this.#isSecuring)) socket.end();
    else socket.destroy();
    if (!socket.destroyed) this.#timer = setTimeout(() => socket.destroy(), LINGER_MS);
  }

  #lost(socket: Socket): void {
    // The socket under TLS closes with the one above it.
    if (socket !== this.#socket) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isClosing = true;
    this.#pending = undefined;
    this.#isLost = true;
    if (this.#hasFailed) this.#leave();
    else this.pump(() => this.#session.receiveReset(this.#services.now()), 'client-close');
  }

  /** A message whose terminator went out is waited for, client or not, so that its fate is recorded. */
  #leaveWhenDone(): void {
    if (this.#session.isClosed) this.#leave();
  }

  #leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    // The place is given back, whatever is wrong with the login.
    this.#services.faults.guard('session-end', () => this.#effects.signOut());
    this.#onClosed();
  }

  /** One timer a connection, moved only when the deadline comes nearer: most commands put it off. */
  #armTimer(): void {
    const deadlineMs = this.#isClosing ? undefined : this.#session.deadline();
    if (deadlineMs === undefined || (this.#timer !== undefined && this.#timerAtMs <= deadlineMs)) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = deadlineMs;
    this.#timer = setTimeout(() => this.#timeOut(), Math.max(0, deadlineMs - this.#services.now()));
  }

  #timeOut(): void {
    this.#timer = undefined;
    // While the hop holds the client back, the client is not late; `receiveDrain` starts its time anew.
    if (this.#effects.isBlocked) return;
    this.pump(() => this.#session.handleTimeout(this.#services.now()), 'client-timer');
  }
}
