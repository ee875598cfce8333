/** A client of the generator: what a good client says, over a raw socket, with as little work as can be. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';
import { HOST } from '../../local/names.ts';
import type { Load } from './load.ts';
import { ReplyReader } from './reply-reader.ts';

const NAME = 'client.bench.example';
/** Made once: each one costs as much as a handshake. Without roots, since nothing is verified. */
const SECURE_CONTEXT = createSecureContext({ ca: [] });

/** A transaction's envelope, as commands. */
export interface Envelope {
  readonly mail: string;
  readonly recipients: readonly string[];
}

interface Waiting {
  readonly count: number;
  readonly resolve: (replies: readonly string[]) => void;
  readonly reject: (error: Error) => void;
}

export class LoadClient {
  readonly #load: Load;
  readonly #localAddress: string | undefined;
  #socket: Socket | undefined;
  #reader = new ReplyReader();
  #replies: string[] = [];
  #waiting: Waiting | undefined;
  #mayPipeline = false;
  #failure: Error | undefined;
  #isLeaving = false;

  constructor(load: Load, number: number) {
    this.#load = load;
    const { clientAddresses } = load;
    this.#localAddress = clientAddresses > 1 ? `127.0.0.${2 + (number % clientAddresses)}` : undefined;
  }

  /** Connects and says what comes before a transaction. */
  async open(): Promise<void> {
    const { port, security, login } = this.#load;
    this.#reader = new ReplyReader();
    this.#failure = undefined;
    this.#isLeaving = false;
    const from = this.#localAddress === undefined ? {} : { localAddress: this.#localAddress };
    const place = { port, host: HOST, noDelay: true, ...from };
    const socket = security === 'tls' ? connectTls({ ...place, ...this.#tlsOptions() }) : connect(place);
    this.#use(socket);
    expectCode(await this.#next(1), '220', 'the greeting');
    await this.#hello();
    if (security === 'starttls') {
      expectCode(await this.#say('STARTTLS\r\n', 1), '220', 'STARTTLS');
      socket.removeAllListeners('data');
      this.#use(connectTls({ socket, ...this.#tlsOptions() }));
      await this.#hello();
    }
    if (login === undefined) return;
    const response = Buffer.from(`\0${login.username}\0${login.password}`).toString('base64');
    expectCode(await this.#say(`AUTH PLAIN ${response}\r\n`, 1), '235', 'AUTH');
  }

  /** Hands one message over; `content` ends with its terminator. */
  async transact({ mail, recipients }: Envelope, content: Buffer): Promise<void> {
    const commands = [mail, ...recipients, 'DATA\r\n'];
    if (this.#mayPipeline) {
      // RFC 2920 section 3.1: DATA is the last of a group.
      const replies = await this.#say(commands.join(''), commands.length);
      for (const [index, reply] of replies.entries()) expectReply(commands[index] ?? '', reply);
    } else {
      for (const command of commands) expectReply(command, (await this.#say(command, 1))[0] ?? '');
    }
    expectCode(await this.#say(content, 1), '250', 'the message');
  }

  /** Says QUIT and resolves when the connection is closed. */
  async leave(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined || socket.destroyed) return;
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    this.#isLeaving = true;
    expectCode(await this.#say('QUIT\r\n', 1), '221', 'QUIT');
    socket.end();
    await closed;
  }

  /** Ends it without a word. */
  destroy(): void {
    this.#isLeaving = true;
    this.#socket?.destroy();
  }

  async #hello(): Promise<void> {
    const [reply = ''] = await this.#say(`EHLO ${NAME}\r\n`, 1);
    expectReply('EHLO', reply);
    this.#mayPipeline = this.#load.isPipelined && /^250[ -]PIPELINING$/im.test(reply);
  }

  #tlsOptions() {
    return { secureContext: SECURE_CONTEXT, rejectUnauthorized: false, servername: 'submission.postern.test' };
  }

  #use(socket: Socket): void {
    this.#socket = socket;
    socket.on('data', (octets: Buffer) => {
      for (const reply of this.#reader.receive(octets.toString('latin1'))) this.#replies.push(reply);
      this.#settle();
    });
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection was closed')));
  }

  #say(octets: string | Buffer, replies: number): Promise<readonly string[]> {
    const answered = this.#next(replies);
    if (typeof octets === 'string') this.#socket?.write(octets, 'latin1');
    else this.#socket?.write(octets);
    return answered;
  }

  #next(count: number): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#waiting = { count, resolve, reject };
      this.#settle();
    });
  }

  #settle(): void {
    const waiting = this.#waiting;
    // A server that gives up in the middle of a group says so once (RFC 5321 section 3.8).
    const isFarewell = this.#replies.some((reply) => reply.startsWith('421'));
    if (waiting === undefined || (this.#replies.length < waiting.count && !isFarewell)) return;
    this.#waiting = undefined;
    waiting.resolve(this.#replies.splice(0, waiting.count));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#waiting?.reject(this.#failure);
    this.#waiting = undefined;
    if (!this.#isLeaving) this.#socket?.destroy();
  }
}

function expectReply(command: string, reply: string): void {
  const verb = command.slice(0, 4).trim();
  expectCode([reply], verb === 'DATA' ? '354' : '250', verb);
}

function expectCode([reply = 'nothing']: readonly string[], code: string, what: string): void {
  if (!reply.startsWith(code)) throw new Error(`${what} was answered "${reply}" where ${code} was expected`);
}
