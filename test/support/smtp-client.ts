/** A client that says exactly what a test tells it to: lines and raw octets, in the clear or under TLS. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

const REPLY_MS = 15_000;

export interface ClientReply {
  readonly code: number;
  /** All lines, without CR LF. */
  readonly lines: readonly string[];
}

export class SmtpClient {
  #socket: Socket;
  #received = '';
  #isClosed = false;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen();
  }

  /** @param localAddress of the client; all of 127.0.0.0/8 is ours */
  static async connect(port: number, localAddress = '127.0.0.1'): Promise<SmtpClient> {
    const socket = connect({ port, host: '127.0.0.1', localAddress, allowHalfOpen: true });
    await once(socket, 'connect');
    return new SmtpClient(socket);
  }

  static async connectTls(port: number): Promise<SmtpClient> {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    return new SmtpClient(socket);
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** Whether the server has ended its side and all it said was read. */
  get isOver(): boolean {
    return this.#isClosed && this.#received === '';
  }

  /** Sends a line and gives its reply. */
  async command(line: string): Promise<ClientReply> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  write(octets: string | Buffer): void {
    this.#socket.write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets);
  }

  /** The next reply; rejects when the server closed without one, or is late. */
  async reply(withinMs = REPLY_MS): Promise<ClientReply> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const match = /^(?:\d{3}-[^\n]*\n)*(\d{3})(?: [^\n]*)?\n/.exec(this.#received);
      if (match?.[0] !== undefined) {
        this.#received = this.#received.slice(match[0].length);
        return { code: Number(match[1]), lines: match[0].trimEnd().split('\r\n') };
      }
      if (this.#isClosed)
        throw new Error(`Server closed without a reply, having said ${JSON.stringify(this.#received)}`);
      await this.#more(deadline - Date.now());
    }
  }

  /** STARTTLS, its handshake, and nothing after it. */
  async startTls(): Promise<void> {
    const { code } = await this.command('STARTTLS');
    if (code !== 220) throw new Error(`STARTTLS was answered ${code}`);
    await this.secure();
  }

  /** The handshake alone. */
  async secure(): Promise<void> {
    this.#socket.removeAllListeners();
    const secured = connectTls({ socket: this.#socket, rejectUnauthorized: false });
    await once(secured, 'secureConnect');
    this.#socket = secured;
    this.#listen();
  }

  /** Resolves when the server has ended its side. */
  async closed(): Promise<void> {
    const deadline = Date.now() + REPLY_MS;
    while (!this.#isClosed) await this.#more(deadline - Date.now());
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #listen(): void {
    this.#socket.on('data', (octets: Buffer) => {
      this.#received += octets.toString('latin1');
      this.#wake?.();
    });
    const close = (): void => {
      this.#isClosed = true;
      this.#wake?.();
    };
    this.#socket.on('end', close);
    this.#socket.on('close', close);
    this.#socket.on('error', close);
  }

  #more(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('Server said nothing in time')), Math.max(0, ms));
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
