/** One try at a next hop, on a TCP connection that is there: greeting, EHLO, STARTTLS as the hop's `tls` has it. */
import { isIP } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import type { NextHopTls } from '../../../../policy/next-hop.ts';
import type { HopAnswer } from '../../../../protocol/hop/hop-answer.ts';
import { answerTo, type HopStage, hopDown, hopInsane, parseCapabilities } from '../../../../protocol/hop/hop-reply.ts';
import { relayedLoginReply } from '../../../../protocol/hop/relayed-login-reply.ts';
import type { ServerReply } from '../../../../protocol/hop/reply-parser.ts';
import type { Faults } from '../../../faults.ts';
import type { HopCredentials } from '../../login-secrets.ts';
import { HopConnection, type HopFault, type HopListener } from './hop-connection.ts';
import { type LoginTurn, loginFailed } from './own-login.ts';

export interface OpeningOptions {
  /** The name to verify and to say in SNI. */
  readonly host: string;
  readonly tls: NextHopTls;
  /** Whether a certificate is verified. */
  readonly isVerified: boolean;
  /** Trusted in place of the public authorities. */
  readonly ca: Buffer | undefined;
  /** The login that is made once TLS is there; none when undefined. */
  readonly login: LoginTurn | undefined;
  /** The name that EHLO says. */
  readonly ehloName: string;
  readonly withinMs: number;
  readonly faults: Faults | undefined;
}

/** Why there is no connection, for the one who asked. */
export class OpeningFailed extends Error {
  readonly answer: HopAnswer;
  readonly at: 'handshake' | 'login' | undefined;

  /** @param at where it makes a difference: other hosts of a hop would refuse the login too */
  constructor(answer: HopAnswer, at?: 'handshake' | 'login') {
    super(answer.detail);
    this.answer = answer;
    this.at = at;
  }
}

/** A connection ready for MAIL, its listener still to be set. */
export interface Opened {
  readonly connection: HopConnection;
  /** Why STARTTLS was offered and came to nothing, so that mail goes in the clear. */
  readonly tlsProblem: string | undefined;
  /** When the hop's certificate ends, milliseconds since 1970; undefined where none was verified. */
  readonly certificateEndMs?: number | undefined;
}

/** Takes the connection over; it is destroyed where this fails. Never rejects. */
export async function runOpening(connection: HopConnection, options: OpeningOptions): Promise<Opened | OpeningFailed> {
  const opening = new Opening(connection, options);
  try {
    return await opening.run();
  } catch (error) {
    opening.destroy();
    if (error instanceof OpeningFailed) return error;
    return new OpeningFailed(hopDown(error instanceof Error ? error.message : String(error)));
  } finally {
    opening.stopTimer();
  }
}

/** A step at a time; whatever ends it early rejects the step under way, or the next one. */
class Opening implements HopListener {
  readonly #options: OpeningOptions;
  readonly #withinMs: number;
  readonly #timer: NodeJS.Timeout;
  #tlsSocket: TLSSocket | undefined;
  #connection: HopConnection;
  #step: PromiseWithResolvers<ServerReply | undefined> | undefined;
  #failure: OpeningFailed | undefined;
  #stage = 'greeting';
  #tlsProblem: string | undefined;
  #certificateEndMs: number | undefined;

  constructor(connection: HopConnection, options: OpeningOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#withinMs = Math.max(options.withinMs, 1);
    this.#timer = setTimeout(() => this.#fail(hopDown(`late at ${this.#stage}`)), this.#withinMs);
  }

  async run(): Promise<Opened> {
    const plain = this.#connection;
    plain.listener = this;
    await this.#mustTake('greeting', '');
    await this.#hello(plain);
    if (this.#options.tls === 'never' || !(await this.#canStartTls(plain))) return this.#opened(plain);
    const secured = await this.#secure(plain);
    // RFC 3207 section 4.2: what was known before TLS is forgotten.
    await this.#hello(secured);
    if (this.#options.login !== undefined) await this.#logIn(secured, this.#options.login);
    return this.#opened(secured);
  }

  /** AUTH PLAIN where it is offered (RFC 4616), else LOGIN; never but under TLS that is verified. */
  async #logIn({ capabilities, isTls }: HopConnection, login: LoginTurn): Promise<void> {
    if (!isTls || !this.#options.isVerified) throw new TypeError('A login is made under verified TLS');
    const lines = linesOfLogin(login.credentials, capabilities.authMechanisms);
    if (lines === undefined) throw new OpeningFailed(hopDown('neither AUTH PLAIN nor AUTH LOGIN is offered'));
    for (const [index, line] of lines.entries()) {
      const reply = await this.#say('login', `${line}\r\n`);
      const isLast = index === lines.length - 1;
      const answer = relayedLoginReply(reply);
      if (answer.kind === (isLast ? 'taken' : 'challenge')) continue;
      // No word of the hop's: it may repeat what it was told.
      const detail = `${reply.code}${reply.enhanced === undefined ? '' : ` ${reply.enhanced}`} to AUTH`;
      if (answer.kind !== 'refused') throw new OpeningFailed(hopDown(`login put off: ${detail}`));
      login.refused(detail);
      throw new OpeningFailed(loginFailed(`login refused: ${detail}`), 'login');
    }
    login.taken();
  }

  /** Under TLS the end of the connection can be heard before the reply in front of it has been awaited. */
  #opened(connection: HopConnection): Opened {
    if (this.#failure !== undefined) throw this.#failure;
    return { connection, tlsProblem: this.#tlsProblem, certificateEndMs: this.#certificateEndMs };
  }

  stopTimer(): void {
    clearTimeout(this.#timer);
  }

  destroy(): void {
    this.#connection.destroy();
    this.#tlsSocket?.destroy();
  }

  onReply(reply: ServerReply): void {
    this.#step?.resolve(reply);
  }

  onBroken(fault: HopFault): void {
    const detail = `${fault.detail} at ${this.#stage}`;
    this.#fail(fault.kind === 'insane' ? hopInsane(detail) : hopDown(detail));
  }

  onDrain(): void {
    // Commands are too short to be held up.
  }

  #fail(answer: HopAnswer, at?: OpeningFailed['at']): void {
    this.#failure ??= new OpeningFailed(answer, at);
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

  #ask(stage: HopStage, command: string): Promise<ServerReply> {
    return this.#say(stage, command);
  }

  async #say(stage: string, command: string): Promise<ServerReply> {
    const reply = await this.#wait(stage, () => this.#connection.ask(command, 1, this.#withinMs));
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
    const { ehloName } = this.#options;
    const reply = await this.#ask('hello', `EHLO ${ehloName}\r\n`);
    if (reply.code >= 500) {
      // RFC 5321 section 3.2: an old server, which knows no extension.
      await this.#mustTake('hello', `HELO ${ehloName}\r\n`);
      return;
    }
    const answer = answerTo('hello', reply);
    if (!answer.isTaken) throw new OpeningFailed(answer);
    connection.capabilities = parseCapabilities(reply.lines);
  }

  async #canStartTls(connection: HopConnection): Promise<boolean> {
    const { tls } = this.#options;
    if (!connection.capabilities.hasStartTls) {
      if (tls === 'require') throw new OpeningFailed(hopDown('TLS is required, and STARTTLS is not offered'));
      return false;
    }
    const reply = await this.#ask('starttls', 'STARTTLS\r\n');
    const answer = answerTo('starttls', reply);
    if (answer.isTaken) return true;
    // A refusal leaves the session as it was, and with `offer` the mail goes in the clear; 421 ends the session.
    if (tls === 'offer' && answer.rule === 'next-hop-down' && reply.code !== 421) {
      this.#tlsProblem = answer.detail;
      return false;
    }
    throw new OpeningFailed(answer);
  }

  async #secure(plain: HopConnection): Promise<HopConnection> {
    const { host, isVerified, ca, faults } = this.#options;
    const options: ConnectionOptions = {
      socket: plain.release(),
      host,
      // RFC 6066 section 3: no address literal in SNI; the name to verify is then `host`.
      servername: isIP(host) === 0 ? host : '',
      rejectUnauthorized: isVerified,
      minVersion: 'TLSv1.2',
      ...(ca === undefined ? {} : { ca }),
    };
    const socket = await this.#handshake(options);
    if (isVerified) this.#certificateEndMs = socket.getPeerX509Certificate()?.validToDate.getTime();
    if (socket.readableLength > 0) throw new OpeningFailed(hopInsane('reply that nothing asked for at handshake'));
    const secured = new HopConnection(socket, { listener: this, isTls: true, faults });
    this.#connection = secured;
    return secured;
  }

  async #handshake(options: ConnectionOptions): Promise<TLSSocket> {
    const socket = connectTls(options);
    this.#tlsSocket = socket;
    const onError = (error: NodeJS.ErrnoException) =>
      this.#fail(hopDown(`TLS handshake failed: ${reasonOf(error)}`), 'handshake');
    const onClose = () => this.#fail(hopDown('TLS handshake failed: connection closed'), 'handshake');
    socket.on('error', onError);
    socket.on('close', onClose);
    await this.#wait('handshake', () => socket.once('secureConnect', () => this.#step?.resolve(undefined)));
    socket.off('error', onError);
    socket.off('close', onClose);
    return socket;
  }
}

function reasonOf(error: NodeJS.ErrnoException): string {
  return error.message === '' ? (error.code ?? error.name) : error.message;
}

/** What a login says, line by line; the challenges of LOGIN are not read. */
function linesOfLogin({ username, password }: HopCredentials, mechanisms: readonly string[]): string[] | undefined {
  const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  if (mechanisms.includes('PLAIN')) return [`AUTH PLAIN ${base64(`\0${username}\0${password}`)}`];
  return mechanisms.includes('LOGIN') ? ['AUTH LOGIN', base64(username), base64(password)] : undefined;
}
