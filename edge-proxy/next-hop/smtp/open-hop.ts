/** Opens a connection to a next hop: TCP, greeting, EHLO, STARTTLS as the hop's `tls` has it. */
import { readFile } from 'node:fs/promises';
import { connect as connectTcp, isIP } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import type { NextHopTls, SmtpNextHop } from '../../../policy/next-hop.ts';
import type { HopAnswer } from '../../../protocol/hop/hop-answer.ts';
import { answerTo, type HopStage, hopDown, hopInsane, parseCapabilities } from '../../../protocol/hop/hop-reply.ts';
import type { ServerReply } from '../../../protocol/hop/reply-parser.ts';
import type { Faults } from '../../faults.ts';
import { HopConnection, type HopFault, type HopListener } from './hop-connection.ts';

export interface OpenHopOptions {
  /** The name that EHLO says. */
  readonly ehloName: string;
  /** From the first packet to the last EHLO, a second attempt included. */
  readonly connectMs: number;
  /** TLS or no connection, whatever `tls` says; verified only where it says `require`. */
  readonly mustTls?: boolean;
  /** Where faults of ours are told. @default nobody reads */
  readonly faults?: Faults | undefined;
}

/** Octets; more than any usual reply has, and a longer one is read in pieces. */
const READ_OCTETS = 4096;

/** Why there is no connection, for the one who asked. */
class OpeningFailed extends Error {
  readonly answer: HopAnswer;
  readonly isHandshake: boolean;

  constructor(answer: HopAnswer, isHandshake = false) {
    super(answer.detail);
    this.answer = answer;
    this.isHandshake = isHandshake;
  }
}

/** A connection ready for MAIL, its listener still to be set; else what the client hears. Never rejects. */
export async function openHop(hop: SmtpNextHop, options: OpenHopOptions): Promise<HopConnection | HopAnswer> {
  const byMs = performance.now() + options.connectMs;
  const { mustTls = false } = options;
  if (mustTls && hop.tls === 'never') return hopDown('TLS is needed, and policy says tls=never');
  const opened = await attempt(hop, mustTls ? 'require' : hop.tls, options);
  // Opportunistic TLS (RFC 7435 section 3): a hop whose TLS is broken is better spoken to in the clear than not at all.
  const canFallBack = opened instanceof OpeningFailed && opened.isHandshake && hop.tls === 'offer' && !mustTls;
  const result = canFallBack
    ? await attempt(hop, 'never', { ...options, connectMs: byMs - performance.now() })
    : opened;
  return result instanceof OpeningFailed ? result.answer : result;
}

async function attempt(
  hop: SmtpNextHop,
  tls: NextHopTls,
  options: OpenHopOptions,
): Promise<HopConnection | OpeningFailed> {
  const opening = new Opening(hop, options);
  try {
    return await opening.run(tls);
  } catch (error) {
    opening.destroy();
    if (error instanceof OpeningFailed) return error;
    return new OpeningFailed(hopDown(error instanceof Error ? error.message : String(error)));
  } finally {
    opening.stopTimer();
  }
}

/** One attempt, a step at a time; whatever ends it early rejects the step under way, or the next one. */
class Opening implements HopListener {
  readonly #hop: SmtpNextHop;
  readonly #ehloName: string;
  readonly #connectMs: number;
  readonly #faults: Faults | undefined;
  readonly #timer: NodeJS.Timeout;
  #tlsSocket: TLSSocket | undefined;
  #connection: HopConnection | undefined;
  #step: PromiseWithResolvers<ServerReply | undefined> | undefined;
  #failure: OpeningFailed | undefined;
  #stage = 'greeting';
  #isConnected = false;

  constructor(hop: SmtpNextHop, options: OpenHopOptions) {
    this.#hop = hop;
    this.#ehloName = options.ehloName;
    this.#faults = options.faults;
    this.#connectMs = Math.max(options.connectMs, 1);
    this.#timer = setTimeout(() => this.#fail(hopDown(`late${this.#where()}`)), this.#connectMs);
  }

  async run(tls: NextHopTls): Promise<HopConnection> {
    // Read before STARTTLS, so that nothing stands between its reply and the handshake.
    const ca = this.#hop.ca === undefined ? undefined : await readFile(this.#hop.ca);
    const plain = this.#connect();
    await this.#mustTake('greeting', '');
    await this.#hello(plain);
    if (tls === 'never' || !(await this.#canStartTls(plain, tls))) return this.#alive(plain);
    const secured = await this.#secure(plain, ca);
    // RFC 3207 section 4.2: what was known before TLS is forgotten.
    await this.#hello(secured);
    return this.#alive(secured);
  }

  /** Under TLS the end of the connection can be heard before the reply in front of it has been awaited. */
  #alive(connection: HopConnection): HopConnection {
    if (this.#failure !== undefined) throw this.#failure;
    return connection;
  }

  stopTimer(): void {
    clearTimeout(this.#timer);
  }

  destroy(): void {
    this.#connection?.destroy();
    this.#tlsSocket?.destroy();
  }

  onReply(reply: ServerReply): void {
    this.#step?.resolve(reply);
  }

  onBroken(fault: HopFault): void {
    const detail = `${fault.detail}${this.#where()}`;
    this.#fail(fault.kind === 'insane' ? hopInsane(detail) : hopDown(detail));
  }

  onDrain(): void {
    // Commands are too short to be held up.
  }

  #where(): string {
    return ` at ${this.#isConnected ? this.#stage : 'connecting'}`;
  }

  #fail(answer: HopAnswer, isHandshake = false): void {
    this.#failure ??= new OpeningFailed(answer, isHandshake);
    this.#step?.reject(this.#failure);
  }

  /** Waits for what `start` sets going. */
  async #wait(stage: string, start: () => void): Promise<ServerReply | undefined> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#stage = stage;
    this.#step = Promise.withResolvers();
    start();
    return await this.#step.promise;
  }

  #connect(): HopConnection {
    const { host, port } = this.#hop;
    // One buffer for each connection in place of 64 KiB for each read: a microsecond for each reply of the hop.
    const buffer = Buffer.allocUnsafeSlow(READ_OCTETS);
    const callback = (octets: number): boolean => {
      connection.receive(buffer.subarray(0, octets));
      return true;
    };
    const socket = connectTcp({ host, port, noDelay: true, keepAlive: true, onread: { buffer, callback } });
    const connection = new HopConnection(socket, { listener: this, isTls: false, faults: this.#faults });
    this.#connection = connection;
    socket.once('connect', () => {
      this.#isConnected = true;
    });
    return connection;
  }

  async #ask(stage: HopStage, command: string): Promise<ServerReply> {
    const reply = await this.#wait(stage, () => this.#connection?.ask(command, 1, this.#connectMs));
    if (reply === undefined) throw new TypeError(`No reply at ${stage}`);
    return reply;
  }

  async #mustTake(stage: HopStage, command: string): Promise<ServerReply> {
    const reply = await this.#ask(stage, command);
    const answer = answerTo(stage, reply);
    if (!answer.isTaken) throw new OpeningFailed(answer);
    return reply;
  }

  async #hello(connection: HopConnection): Promise<void> {
    const reply = await this.#ask('hello', `EHLO ${this.#ehloName}\r\n`);
    if (reply.code >= 500) {
      // RFC 5321 section 3.2: an old server, which knows no extension.
      await this.#mustTake('hello', `HELO ${this.#ehloName}\r\n`);
      return;
    }
    const answer = answerTo('hello', reply);
    if (!answer.isTaken) throw new OpeningFailed(answer);
    connection.capabilities = parseCapabilities(reply.lines);
  }

  async #canStartTls(connection: HopConnection, tls: NextHopTls): Promise<boolean> {
    if (!connection.capabilities.hasStartTls) {
      if (tls === 'require') throw new OpeningFailed(hopDown('TLS is required, and STARTTLS is not offered'));
      return false;
    }
    const reply = await this.#ask('starttls', 'STARTTLS\r\n');
    const answer = answerTo('starttls', reply);
    if (answer.isTaken) return true;
    // A refusal leaves the session as it was, and with `offer` the mail goes in the clear; 421 ends the session.
    if (tls === 'offer' && answer.rule === 'next-hop-down' && reply.code !== 421) return false;
    throw new OpeningFailed(answer);
  }

  async #secure(plain: HopConnection, ca: Buffer | undefined): Promise<HopConnection> {
    const { host } = this.#hop;
    const options: ConnectionOptions = {
      socket: plain.release(),
      host,
      // RFC 6066 section 3: no address literal in SNI; the name to verify is then `host`.
      servername: isIP(host) === 0 ? host : '',
      rejectUnauthorized: this.#hop.tls === 'require',
      minVersion: 'TLSv1.2',
      ...(ca === undefined ? {} : { ca }),
    };
    const socket = await this.#handshake(options);
    if (socket.readableLength > 0) throw new OpeningFailed(hopInsane('reply that nothing asked for at handshake'));
    const secured = new HopConnection(socket, { listener: this, isTls: true, faults: this.#faults });
    this.#connection = secured;
    return secured;
  }

  async #handshake(options: ConnectionOptions): Promise<TLSSocket> {
    const socket = connectTls(options);
    this.#tlsSocket = socket;
    const onError = (error: NodeJS.ErrnoException) =>
      this.#fail(hopDown(`TLS handshake failed: ${reasonOf(error)}`), true);
    const onClose = () => this.#fail(hopDown('TLS handshake failed: connection closed'), true);
    socket.on('error', onError);
    socket.on('close', onClose);
    await this.#wait('handshake', () => socket.once('secureConnect', () => this.#step?.resolve(undefined)));
    socket.off('error', onError);
    socket.off('close', onClose);
    return socket;
  }
}

function reasonOf(error: NodeJS.ErrnoException): string {
  // Of several addresses tried, an AggregateError names none in its message.
  return error.message === '' ? (error.code ?? error.name) : error.message;
}
