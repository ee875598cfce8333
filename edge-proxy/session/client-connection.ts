/**
 * The shell round one session: moves octets between the socket and the machine, does what the machine asks, keeps its
 * deadline, and holds the client back while a next hop or the client itself does not read.
 */
import type { Socket } from 'node:net';
import type { Policy } from '../../policy/snapshot.ts';
import type { SessionRefusal } from '../../protocol/session/admission.ts';
import { SmtpSession } from '../../protocol/session/session.ts';
import type { ListenerSpec } from '../environment.ts';
import type { ReplyHolds } from './reply-holds.ts';
import type { RosterEntry } from './roster.ts';
import { type ClientSide, SessionEffects } from './session-effects.ts';
import type { SessionServices } from './session-services.ts';
import { startTls } from './start-tls.ts';
import { TURN_MS, TURN_OCTETS, type TurnQueue } from './turn-queue.ts';
import { UsedChunks } from './used-chunks.ts';

/** Octets of replies that the client has not read, above which it is not read either. */
const MAX_UNREAD_REPLY_OCTETS = 65_536;
const DATA_VERB = [...Buffer.from('DATA')];
/** Takes a letter's lower case away; what is no letter of the verb does not become one. */
const UPPER_CASE = 0xdf;
const CR = 0x0d;
const LF = 0x0a;
/** Octets of replies that are written together. */
const MAX_GROUP_OCTETS = 16_384;
/** Milliseconds in which the client may read the last reply and close its side. */
const LINGER_MS = 5000;

export interface ClientConnectionOptions {
  readonly id: string;
  readonly socket: Socket;
  /** The client's, which is not the socket's where a proxy in front told it. */
  readonly address: string;
  readonly port: number;
  readonly mode: ListenerSpec['mode'];
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
  readonly #holds: ReplyHolds;
  readonly #onClosed: () => void;
  readonly #session: SmtpSession;
  readonly #effects: SessionEffects;
  readonly #mode: ListenerSpec['mode'];
  #socket: Socket;
  #replies = '';
  #heldReplies: RosterEntry<() => void> | undefined;
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
    this.#holds = holds;
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
    this.#listenTo(this.#socket);
    if (this.#mode === 'tls') this.#secure();
    this.pump();
  }

  offerPolicy(policy: Policy): void {
    this.#session.offerPolicy(policy);
  }

  /** Leaves once no transaction is under way. */
  shutDown(): void {
    this.pump(() => this.#session.shutDown(this.#services.now()));
  }

  /** Leaves now. */
  giveUp(): void {
    this.pump(() => this.#session.giveUp(this.#services.now()));
  }

  #listenTo(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => {
      this.#isEnded = true;
      // Half a handshake never becomes a whole one.
      if (this.#isSecuring) socket.destroy();
      this.pump();
    });
    socket.on('drain', () => this.pump());
    // 'close' follows and says all there is to say.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#lost(socket));
  }

  #receive(chunk: Buffer): void {
    // What comes in the clear behind STARTTLS is dropped (CVE-2011-0411).
    if (this.#isSecuring) return;
    this.#octetsOfTurn += chunk.length;
    if (this.#octetsOfTurn >= TURN_OCTETS) this.#standInLine();
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
    this.pump();
  }

  /** Takes in what happened, and moves on as far as anybody lets us. A fault of ours ends this session and no other. */
  pump(happened?: () => void): void {
    try {
      happened?.();
      this.#moveOn();
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error: unknown): void {
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#services.log({ event: 'fault', session: this.#id, state: this.#session.state, problem });
    this.#hasFailed = true;
    this.#effects.abandon();
    if (this.#isLost) this.#leave();
    else this.#socket.destroy();
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
    this.#flushGroup();
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

  readonly #onTurn = (): void => {
    this.#isInLine = false;
    this.#octetsOfTurn = 0;
    if (this.#isClosing) this.#setFlow();
    else this.pump();
  };

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
    if (this.#replies.length > MAX_GROUP_OCTETS) this.#flush();
  }

  reply(encoded: string): void {
    this.#replies += encoded;
  }

  /**
   * Replies of one group go out in one write (RFC 2920 section 3.2): what was answered before a command that waits is
   * held for its answer, and for no longer than a moment. A client that had to read it first would not have sent that
   * command.
   */
  #flushGroup(): void {
    if (this.#replies === '') return;
    if (!this.#session.isWaiting) this.#flush();
    else this.#heldReplies ??= this.#holds.hold(this.#flush);
  }

  readonly #flush = (): void => {
    if (this.#replies === '') return;
    const replies = this.#replies;
    this.#replies = '';
    if (this.#heldReplies !== undefined) this.#holds.release(this.#heldReplies);
    this.#heldReplies = undefined;
    if (this.#socket.writable) this.#socket.write(replies, 'latin1');
  };

  isDataNext(): boolean {
    const pending = this.#pending;
    if (pending === undefined) return false;
    const at = this.#pendingAt;
    const end = at + DATA_VERB.length;
    if (pending[end] !== CR || pending[end + 1] !== LF) return false;
    return DATA_VERB.every((letter, index) => ((pending[at + index] ?? 0) & UPPER_CASE) === letter);
  }

  startTls(): void {
    this.#flush();
    this.#secure();
  }

  #secure(): void {
    this.#isSecuring = true;
    this.#pending = undefined;
    const raw = this.#socket;
    startTls(raw, this.#services.secureContext(), this.#mode === 'starttls', (secured) => {
      this.#socket = secured;
      this.#listenTo(secured);
      secured.once('secure', () => {
        this.#isSecuring = false;
        this.pump(() => this.#session.receiveTls(this.#services.now()));
      });
    });
  }

  /**
   * Ends our side and reads on until the client ends its own, so that no reset overtakes the last reply. There is none to
   * fear once a client that sent nothing behind QUIT has its reply, and not to wait for it is a tenth of a short session;
   * only TLS has an end of its own to say.
   */
  close(hasQuit = false): void {
    this.#flush();
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
    else this.pump(() => this.#session.receiveReset(this.#services.now()));
  }

  /** A message whose terminator went out is waited for, client or not, so that its fate is recorded. */
  #leaveWhenDone(): void {
    if (this.#session.isClosed) this.#leave();
  }

  #leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#effects.signOut();
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
    this.pump(() => this.#session.handleTimeout(this.#services.now()));
  }
}
