/** An SMTP client that does what a test tells it, sane or not. Octets are ISO 8859-1 strings. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** A whole reply: lines that go on, and the last. */
const REPLY = /^(?:\d{3}-[^\r\n]*\r\n)*\d{3}(?: [^\r\n]*)?\r\n/;

export class TestClient {
  /** Every octet that came, under TLS as deciphered. */
  heard = '';
  /** How many pieces they came in. */
  segments = 0;
  /** FIN, or under TLS close_notify, came. */
  hasEnded = false;
  error: string | undefined;
  /** Resolves when nothing can come any more, whatever the reason. */
  closed: Promise<void> = Promise.resolve();
  #socket: Socket | TLSSocket;
  #unread = '';
  #isGone = false;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket | TLSSocket) {
    this.#socket = socket;
    this.#listen(socket);
  }

  static async connect(port: number): Promise<TestClient> {
    const client = TestClient.dial(port);
    await once(client.#socket, 'connect');
    return client;
  }

  /** As `connect`, without waiting for the connection. */
  static dial(port: number): TestClient {
    return new TestClient(createConnection({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true }));
  }

  /** TLS first. */
  static async connectTls(port: number): Promise<TestClient> {
    const raw = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    await once(raw, 'connect');
    const client = new TestClient(raw);
    await client.startTls();
    return client;
  }

  get socket(): Socket | TLSSocket {
    return this.#socket;
  }

  send(octets: string | Buffer): void {
    this.#socket.write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets);
  }

  /** Sends, and waits until the kernel has it all. */
  async sendAll(octets: string | Buffer): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#socket.write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets, () => resolve());
    });
  }

  /** Sends `command` and hears one reply. */
  async ask(command: string): Promise<string> {
    this.send(`${command}\r\n`);
    return await this.hear();
  }

  /** The next whole reply, its CR LF included; throws when none can come any more. */
  async hear(): Promise<string> {
    for (;;) {
      const reply = REPLY.exec(this.#unread)?.[0];
      if (reply !== undefined) return this.#take(reply.length);
      if (this.#isGone) throw new Error(`No reply came, but "${this.#unread}" (${this.error ?? 'FIN'})`);
      await this.#more();
    }
  }

  async hearReplies(count: number): Promise<string[]> {
    const replies: string[] = [];
    while (replies.length < count) replies.push(await this.hear());
    return replies;
  }

  /** All that comes until the other side has ended. */
  async hearToEnd(): Promise<string> {
    while (!this.#isGone) await this.#more();
    return this.#take(this.#unread.length);
  }

  /** EHLO, MAIL, RCPT and DATA, up to 354. */
  async openContent(recipient = 'bob@example.com'): Promise<void> {
    this.send(`EHLO client.example\r\nMAIL FROM:<alice@example.com>\r\nRCPT TO:<${recipient}>\r\nDATA\r\n`);
    const replies = await this.hearReplies(4);
    if (replies[3]?.startsWith('354') !== true) throw new Error(`No 354 but ${replies.join('')}`);
  }

  /** The handshake, from our side; after STARTTLS and its 220. */
  async startTls(): Promise<void> {
    const raw = this.#socket;
    raw.removeAllListeners('data');
    raw.removeAllListeners('end');
    raw.removeAllListeners('close');
    const secured = connectTls({ socket: raw, rejectUnauthorized: false });
    // `tls.connect` takes half-openness from its own options only, and has none there.
    secured.allowHalfOpen = true;
    this.#socket = secured;
    this.#listen(secured);
    await Promise.race([once(secured, 'secureConnect'), this.closed]);
  }

  get hasTls(): boolean {
    return 'encrypted' in this.#socket;
  }

  /** FIN; under TLS after a close_notify. */
  end(): void {
    this.#socket.end();
  }

  /** RST. */
  reset(): void {
    if (this.hasTls) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  #listen(socket: Socket): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    socket.on('data', (octets: Buffer) => {
      this.segments += 1;
      this.heard += octets.toString('latin1');
      this.#unread += octets.toString('latin1');
      this.#wake?.();
    });
    socket.on('end', () => {
      this.hasEnded = true;
      this.#gone();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message;
      this.#gone();
    });
    socket.on('close', () => {
      this.#gone();
      resolve();
    });
  }

  #gone(): void {
    this.#isGone = true;
    this.#wake?.();
  }

  #take(octets: number): string {
    const taken = this.#unread.slice(0, octets);
    this.#unread = this.#unread.slice(octets);
    return taken;
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}
