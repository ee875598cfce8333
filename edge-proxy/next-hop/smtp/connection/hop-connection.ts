/**
 * One SMTP connection to a next hop: octets of commands and content out, replies in.
 *
 * Knows how many replies are due and that none may come otherwise; what they mean is the listener's. There is one
 * listener at a time: the opening, then a transaction, the pool while idle, and so on.
 */
import type { Duplex } from 'node:stream';
import type { HopCapabilities } from '../../../../protocol/hop/hop-reply.ts';
import { ReplyParser, type ServerReply } from '../../../../protocol/hop/reply-parser.ts';
import { Deadline } from '../../../deadline.ts';
import { Faults } from '../../../faults.ts';
import { writeTogether } from './write-together.ts';

export interface HopFault {
  /** `closed`: FIN, reset or a failed write. `late`: no reply, or no progress in writing. `insane`: broke the protocol. */
  readonly kind: 'closed' | 'late' | 'insane';
  readonly detail: string;
}

export interface HopListener {
  onReply(reply: ServerReply): void;
  /** The connection is gone; nothing is called after it. */
  onBroken(fault: HopFault): void;
  /** `write` may go on after it returned false. */
  onDrain(): void;
  /** Whether a refusal that nothing asked for is heard, since content is under way: else it breaks the connection. */
  readonly mayBeRefused?: boolean;
}

/** For a connection of which nothing is asked: one that speaks or leaves breaks it, and its keeper hears of that by `onOver`. */
export const IDLE_LISTENER: HopListener = {
  onReply() {},
  onBroken() {},
  onDrain() {},
};

export interface XclientConnection {
  /** All that was said: another client has another. */
  readonly key: string;
  /** Those that the hop offered then. */
  readonly attributes: readonly string[];
  readonly hasLogin: boolean;
}

export interface HopConnectionOptions {
  readonly listener: HopListener;
  readonly isTls: boolean;
  /** Where faults of ours are told. @default no one reads */
  readonly faults?: Faults | undefined;
}

/** Content always ends with CR LF or is empty, so the terminator's own leading CR LF is there (RFC 5321 section 4.1.1.4). */
const TERMINATOR = Buffer.from('.\r\n');
const DIGIT_4 = 0x34;
const DIGIT_5 = 0x35;
/** Octets below which copying costs less than handing the pieces to the system one by one. */
const GATHERED_OCTETS = 8192;
/** Milliseconds for a hop to answer QUIT and close; long for a live hop, and nothing waits for it. */
const QUIT_MS = 5000;

const NO_CAPABILITIES: HopCapabilities = {
  hasPipelining: false,
  hasSize: false,
  has8BitMime: false,
  hasSmtpUtf8: false,
  hasStartTls: false,
  authMechanisms: [],
  xclientAttributes: [],
};

export class HopConnection {
  /** What its EHLO offered; nothing after HELO. */
  capabilities: HopCapabilities = NO_CAPABILITIES;
  listener: HopListener;
  /** What XCLIENT told of a client, last; the hop takes whatever comes next for that client's. */
  toldClient: XclientConnection | undefined;
  /** The hop put off what was said on it, perhaps for it alone: it serves no further transaction. */
  isSpent = false;
  /** Those that have begun on it, the one under way included. */
  transactions = 0;
  /** Called once, before the listener hears of it, when the connection may no longer be used. */
  onOver: (() => void) | undefined;

  readonly #socket: Duplex;
  readonly #isTls: boolean;
  readonly #faults: Faults;
  readonly #parser = new ReplyParser();
  readonly #deadline = new Deadline(() => this.#guard(() => this.#onLate()));
  #dueReplies = 0;
  #replyMs = 0;
  #isFinal = false;
  /** The final reply began before the end of the message was sent. */
  #hasEarlyOctets = false;
  /** Content was refused before its end: what is left of it may be read as commands. */
  #isOutOfStep = false;
  #gathered: Uint8Array[] = [];
  #gatheredOctets = 0;
  #isOver = false;

  constructor(socket: Duplex, options: HopConnectionOptions) {
    this.#socket = socket;
    this.#isTls = options.isTls;
    this.#faults = options.faults ?? new Faults();
    this.listener = options.listener;
    socket.on('data', this.receive);
    socket.on('drain', this.#onDrain);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  get isTls(): boolean {
    return this.#isTls;
  }

  get dueReplies(): number {
    return this.#dueReplies;
  }

  /** Whether nothing is due and nothing came unasked, so that another transaction may start. */
  get isReusable(): boolean {
    return !this.#isOver && !this.#isOutOfStep && this.#dueReplies === 0 && this.#parser.bufferedOctets === 0;
  }

  /** Sends a group of commands (none: only waits) that `replies` replies answer, each within `replyMs` of the one before. */
  ask(commands: string, replies: number, replyMs: number): void {
    if (this.#isOver) return;
    this.#dueReplies = replies;
    this.#replyMs = replyMs;
    this.#isFinal = false;
    this.#deadline.set(replyMs);
    if (commands !== '') this.#gather(Buffer.from(commands));
  }

  /**
   * Sends content as it is. Returns false when the caller is to wait for `onDrain`.
   *
   * Small pieces are gathered until `writeTogether` comes to them, so that a small message and its terminator are one
   * buffer, one segment and one system call. The octets must not change until then.
   */
  write(content: Uint8Array): boolean {
    if (this.#isOver) return true;
    const socket = this.#socket;
    if (this.#gatheredOctets + content.length <= GATHERED_OCTETS) {
      this.#gather(content);
    } else if (this.#gatheredOctets === 0) {
      socket.write(content);
    } else {
      socket.cork();
      this.#sendGathered();
      socket.write(content);
      socket.uncork();
    }
    if (!socket.writableNeedDrain) return true;
    this.#deadline.set(this.#replyMs);
    return false;
  }

  /** Whether the system has taken, and read, all that was written; false when the connection is over. */
  get isSent(): boolean {
    return !this.#isOver && this.#gatheredOctets === 0 && this.#socket.writableLength === 0;
  }

  /** Sends the terminator; its reply is due within `finalMs`. */
  finish(finalMs: number): void {
    if (this.#isOver) return;
    this.#dueReplies = 1;
    this.#isFinal = true;
    this.#hasEarlyOctets = false;
    this.#deadline.set(finalMs);
    this.#gather(TERMINATOR);
  }

  #gather(octets: Uint8Array): void {
    if (this.#gatheredOctets === 0) writeTogether(this.#onWrite);
    this.#gathered.push(octets);
    this.#gatheredOctets += octets.length;
  }

  readonly #onWrite = (): void => this.#guard(this.#sendGathered);

  readonly #sendGathered = (): void => {
    const gathered = this.#gathered;
    const [first] = gathered;
    if (first === undefined) return;
    const octets = gathered.length === 1 ? first : Buffer.concat(gathered, this.#gatheredOctets);
    this.#gathered = [];
    this.#gatheredOctets = 0;
    if (this.#isFinal) this.#hasEarlyOctets = this.#parser.bufferedOctets > 0;
    if (!this.#isOver) this.#socket.write(octets);
  };

  /** Leaves politely; no one is told, and the hop has `QUIT_MS` to close. */
  quit(): void {
    if (!this.#end()) return;
    this.listener = IDLE_LISTENER;
    this.#socket.end('QUIT\r\n');
    this.#deadline.set(QUIT_MS);
  }

  /** Leaves at once; the listener is not told. */
  destroy(): void {
    if (!this.#end()) return;
    this.listener = IDLE_LISTENER;
    this.#deadline.stop();
    this.#socket.destroy();
  }

  /** Gives the socket up, without listeners, for TLS to take over. */
  release(): Duplex {
    this.#isOver = true;
    this.#deadline.stop();
    this.#socket.off('data', this.receive);
    this.#socket.off('drain', this.#onDrain);
    this.#socket.off('end', this.#onEnd);
    this.#socket.off('error', this.#onError);
    this.#socket.off('close', this.#onClose);
    // The one who takes it over hears of errors at his own end; here they must not end the process.
    this.#socket.on('error', () => {});
    return this.#socket;
  }

  /** Takes octets of the hop, where the socket does not emit them; their memory is the caller's again afterwards. */
  readonly receive = (octets: Uint8Array): void => this.#guard(() => this.#receive(octets));

  #receive(octets: Uint8Array): void {
    if (this.#isOver) return;
    // A reply to commands that are still here was on its way before them, as one may be that crosses them.
    if (!this.#isFinal) this.#sendGathered();
    const parser = this.#parser;
    const isFirst = parser.bufferedOctets === 0;
    parser.receive(octets);
    while (this.#dueReplies > 0) {
      const reply = parser.next();
      if (reply === undefined) break;
      if (!this.#accept(reply)) return;
    }
    if (parser.problem !== undefined) this.#break('insane', parser.problem);
    else if (this.#dueReplies === 0 && parser.bufferedOctets > 0) this.#hearUnasked(isFirst ? octets[0] : undefined);
  }

  /**
   * A server that has seen enough refuses content before its end, and some close with it: a whole 4xx or 5xx is its
   * verdict, whenever it comes. Nothing else may come unasked, and never a success.
   *
   * @param firstOctet of a reply that begins
   */
  #hearUnasked(firstOctet: number | undefined): void {
    const parser = this.#parser;
    const isRefusal = firstOctet === undefined || firstOctet === DIGIT_4 || firstOctet === DIGIT_5;
    const reply = this.listener.mayBeRefused === true && isRefusal ? parser.next() : undefined;
    if (reply !== undefined && reply.code >= 400) this.listener.onReply(reply);
    else if (parser.problem !== undefined) this.#break('insane', parser.problem);
    else if (reply !== undefined || !isRefusal || this.listener.mayBeRefused !== true) {
      this.#break('insane', 'reply that nothing asked for');
    }
  }

  /** Whether to read on. */
  #accept(reply: ServerReply): boolean {
    this.#dueReplies -= 1;
    if (this.#dueReplies > 0) {
      this.#deadline.set(this.#replyMs);
    } else {
      this.#deadline.clear();
      const isSurplus = this.#parser.bufferedOctets > 0;
      // The judgement of a message stands, whatever follows it: the hop has it. The connection is not used again.
      if (isSurplus && !this.#isFinal) return this.#break('insane', 'reply that nothing asked for');
      if (this.#isFinal && (this.#hasEarlyOctets || this.#isEndUnsent())) {
        if (reply.code < 400) return this.#break('insane', 'reply before the end of the message');
        this.#isOutOfStep = true;
      }
    }
    this.listener.onReply(reply);
    return !this.#isOver;
  }

  /**
   * Whether the end of the message has not left, as far as it can be told: a write under TLS is reported done some time after
   * the hop may have answered it. A reply that lay unread in the kernel when the terminator was written cannot be told
   * from its answer: only a hop that answers what it has not read could bring that about.
   */
  #isEndUnsent(): boolean {
    return this.#gatheredOctets > 0 || (!this.#isTls && this.#socket.writableLength > 0);
  }

  readonly #onDrain = (): void =>
    this.#guard(() => {
      if (this.#isOver) return;
      if (this.#dueReplies === 0) this.#deadline.clear();
      this.listener.onDrain();
    });

  readonly #onEnd = (): void => this.#guard(() => this.#break('closed', 'next hop closed the connection'));

  readonly #onError = (error: NodeJS.ErrnoException): void =>
    this.#guard(() => this.#break('closed', error.code ?? error.message));

  readonly #onClose = (): void => {
    this.#guard(() => this.#break('closed', 'connection closed'));
    this.#deadline.stop();
  };

  /** A fault of ours in what is done about the hop's octets breaks this connection, and ends no other. */
  #guard(work: () => void): void {
    this.#faults.guard('next-hop-connection', work, () => {
      this.#break('closed', 'fault of ours');
      this.#socket.destroy();
    });
  }

  #onLate(): void {
    if (this.#isOver) this.#socket.destroy();
    else if (this.#dueReplies > 0) this.#break('late', 'no reply in time');
    else this.#break('late', 'no progress in taking content');
  }

  #break(kind: HopFault['kind'], detail: string): false {
    if (!this.#end()) return false;
    const { listener } = this;
    this.listener = IDLE_LISTENER;
    this.#deadline.stop();
    this.#socket.destroy();
    listener.onBroken({ kind, detail });
    return false;
  }

  /**
   * Whether this call ended it. Node keeps closed sockets, and what hangs on them, until the next full collection: whoever
   * ends it lets go of the listener, behind which a whole session stands.
   */
  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    const { onOver } = this;
    this.onOver = undefined;
    // The listener is still to be told, whatever goes wrong here.
    if (onOver !== undefined) this.#faults.guard('next-hop-pool', onOver);
    return true;
  }
}
