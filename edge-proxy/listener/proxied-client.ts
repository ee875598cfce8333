/**
 * Reads the PROXY protocol header from a connection of a trusted proxy, before anything is said to it.
 *
 * The protocol forbids to guess: such a connection begins with a header, whole and in time, or it is closed without a
 * word. No one could be told why: the client behind the proxy is not known, and the proxy speaks no SMTP.
 */
import type { Socket } from 'node:net';
import { type ProxiedAddress, readProxyHeader } from '../../protocol/proxy-header.ts';
import type { Faults } from '../faults.ts';

export interface ProxiedClientOptions {
  readonly socket: Socket;
  /** From now to the header's last octet. */
  readonly withinMs: number;
  readonly faults: Faults;
  /**
   * The header is in: its client, or `undefined` when it names none. The socket is paused and has no listeners left;
   * what came after the header is the next to be read from it.
   */
  readonly onHeader: (client: ProxiedAddress | undefined) => void;
  /** The connection was closed; no `problem` when it went before its first octet, as health checks do. */
  readonly onRefused: (problem: string | undefined) => void;
}

export class ProxiedClient {
  readonly #options: ProxiedClientOptions;
  readonly #timer: NodeJS.Timeout;
  #held: Buffer = Buffer.alloc(0);
  #isDone = false;

  constructor(options: ProxiedClientOptions) {
    this.#options = options;
    const { socket, withinMs } = options;
    const onLate = (): void => this.#guard(() => this.refuse(`header not whole after ${withinMs} ms`));
    this.#timer = setTimeout(onLate, withinMs);
    socket.on('data', this.#onData);
    socket.on('end', this.#onGone);
    socket.on('error', onError);
    socket.on('close', this.#onGone);
  }

  /** Closes the connection, unless its header is in or it was refused before. */
  refuse(problem: string | undefined): void {
    if (this.#isDone) return;
    this.#finish();
    this.#options.socket.on('error', onError);
    this.#options.socket.destroy();
    this.#options.onRefused(problem);
  }

  /** A fault of ours ends this connection, and no other. */
  #guard(work: () => void): void {
    this.#options.faults.guard('proxy-header', work, () => this.#options.socket.destroy());
  }

  readonly #onData = (chunk: Buffer): void => this.#guard(() => this.#receive(chunk));

  #receive(chunk: Buffer): void {
    // At most the header's bound and one chunk: what is longer is bad.
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const header = readProxyHeader(this.#held);
    if (header.kind === 'more') return;
    if (header.kind === 'bad') this.refuse(header.problem);
    else this.#accept(header.octets, header.kind === 'proxied' ? header.client : undefined);
  }

  readonly #onGone = (): void =>
    this.#guard(() => this.refuse(this.#held.length === 0 ? undefined : 'closed inside the header'));

  #accept(octets: number, client: ProxiedAddress | undefined): void {
    const { socket, onHeader } = this.#options;
    this.#finish();
    socket.pause();
    if (octets < this.#held.length) socket.unshift(this.#held.subarray(octets));
    onHeader(client);
  }

  #finish(): void {
    const { socket } = this.#options;
    this.#isDone = true;
    clearTimeout(this.#timer);
    socket.off('data', this.#onData);
    socket.off('end', this.#onGone);
    socket.off('error', onError);
    socket.off('close', this.#onGone);
  }
}

/** 'close' follows and says all there is to say. */
function onError(): void {}
