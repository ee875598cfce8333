/** The socket of one client, in the clear and then under TLS, and the stage that it is in. Knows no SMTP. */
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { startTls } from './start-tls.ts';

/** Milliseconds in which the client may read the last reply and close its side. */
const LINGER_MS = 5000;

/**
 * `open`: octets come in and go out. `securing`: the handshake is to begin or under way, and what comes in the clear is
 * dropped (CVE-2011-0411). `closing`: our side has ended, or is torn down. `lost`: no connection is left. `left`: its
 * place was given back.
 */
export type SocketStage = 'open' | 'securing' | 'closing' | 'lost' | 'left';

/** Whom the socket tells of what happened. */
export interface SocketOwner {
  /** The boundary of a callback: a fault in `work` ends this session alone. */
  guard(work: () => void, place: string): void;
  /** Not while the socket is being secured. */
  receive(chunk: Buffer): void;
  /** The client has ended its side, or there is room again for replies to it. */
  moveOn(): void;
  receiveTls(): void;
  receiveLoss(): void;
}

export class ClientSocket {
  readonly #owner: SocketOwner;
  readonly #secureContext: () => SecureContext;
  #socket: Socket;
  #stage: SocketStage = 'open';
  #lingering: NodeJS.Timeout | undefined;

  constructor(socket: Socket, owner: SocketOwner, secureContext: () => SecureContext) {
    this.#socket = socket;
    this.#owner = owner;
    this.#secureContext = secureContext;
  }

  get stage(): SocketStage {
    return this.#stage;
  }

  get isLost(): boolean {
    return this.#stage === 'lost' || this.#stage === 'left';
  }

  /** Whether all that the client sent was read, and it has ended its side. */
  get isAtEnd(): boolean {
    return this.#socket.readableEnded;
  }

  /** Octets of replies that the client has not read. */
  get unreadOctets(): number {
    return this.#socket.writableLength;
  }

  listen(): void {
    const socket = this.#socket;
    const owner = this.#owner;
    socket.on('data', (chunk: Buffer) => {
      if (this.#stage !== 'securing') owner.guard(() => owner.receive(chunk), 'client-data');
    });
    socket.on('end', () => {
      // Half a handshake never becomes a whole one.
      if (this.#stage === 'securing') socket.destroy();
      owner.guard(() => owner.moveOn(), 'client-end');
    });
    socket.on('drain', () => owner.guard(() => owner.moveOn(), 'client-drain'));
    // 'close' follows and says all there is to say.
    socket.on('error', () => undefined);
    socket.on('close', () => owner.guard(() => this.#lose(socket), 'client-close'));
  }

  #lose(socket: Socket): void {
    // The socket under TLS closes with the one above it.
    if (socket !== this.#socket) return;
    clearTimeout(this.#lingering);
    this.#stage = 'lost';
    this.#owner.receiveLoss();
  }

  /** Stops to read, or goes on; it is always read while it is being secured. */
  holdBack(isHeldBack: boolean): void {
    const isPaused = this.#socket.isPaused();
    if (this.#stage !== 'securing' && isHeldBack) {
      if (!isPaused) this.#socket.pause();
    } else if (isPaused) {
      this.#socket.resume();
    }
  }

  write(replies: string): void {
    if (this.#socket.writable) this.#socket.write(replies, 'latin1');
  }

  /** Puts TLS on the socket once all that was written is out. */
  startTls(): void {
    this.#stage = 'securing';
    // Until then the socket keeps its listeners, and what comes is dropped: the client sends its ClientHello only after
    // our last reply, so that everything before it was injected.
    this.#socket.write('', () => this.#owner.guard(() => this.secure(), 'client-handshake'));
  }

  /** Puts TLS on the socket, to which nothing was written that is not out. */
  secure(): void {
    const raw = this.#socket;
    this.#stage = 'securing';
    if (raw.destroyed) return;
    this.#socket = startTls(raw, this.#secureContext());
    this.listen();
    this.#socket.once('secure', () => this.#owner.guard(() => this.#receiveTls(), 'client-handshake'));
  }

  #receiveTls(): void {
    if (this.#stage === 'securing') this.#stage = 'open';
    this.#owner.receiveTls();
  }

  /**
   * Ends our side and reads on until the client ends its own, so that no reset overtakes the last reply.
   *
   * @param isHeard whether no reply is on its way and no octet of the client unread, so that there is no reset to fear; not
   *   to wait for the client's end then is a tenth of a short session
   */
  close(isHeard: boolean): void {
    const socket = this.#socket;
    const isTornDown = isHeard || this.#stage === 'securing';
    if (!this.isLost) this.#stage = 'closing';
    if (socket.destroyed) return;
    if (isTornDown) {
      socket.destroy();
      return;
    }
    socket.end();
    this.#lingering = setTimeout(() => socket.destroy(), LINGER_MS);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** @returns whether its place is to be given back: the connection is lost, and no one has said so before */
  leave(): boolean {
    if (this.#stage !== 'lost') return false;
    this.#stage = 'left';
    return true;
  }
}
