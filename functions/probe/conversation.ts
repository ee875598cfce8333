/**
 * One SMTP conversation with a server that is probed: lines out, replies in, TLS when asked for.
 *
 * It trusts the server in nothing: replies go through the strict reader of next hops, each wait is bounded, and a
 * certificate that does not verify is noted and not fatal, since to tell of it is what a probe is for.
 */
import { once } from 'node:events';
import { createConnection, isIP, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { ReplyParser, type ServerReply } from '../../protocol/hop/reply-parser.ts';

/** Where a server listens, and how it is spoken to there. */
export interface Door {
  readonly host: string;
  readonly port: number;
  /** `implicit`: TLS from the first octet (RFC 8314 section 3.3). */
  readonly tls: 'starttls' | 'implicit';
  /** The name that the certificate must have; `host` unless that is an address. */
  readonly name?: string | undefined;
}

/** What a server did that ends its conversation: a broken connection, a late or malformed reply, a failed handshake. */
export class ConversationError extends Error {
  override readonly name = 'ConversationError';
}

/** What a TLS handshake showed. */
export interface TlsFacts {
  /** `TLSv1.3` and the like. */
  readonly protocol: string;
  readonly cipher: string;
  /** Why the chain or the name does not verify; absent where both do. */
  readonly problem?: string;
  /** Subject alternative names, or the common name. */
  readonly names: readonly string[];
  readonly issuer: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** The server's own certificate, DER. */
  readonly raw: Buffer;
}

export interface ConversationOptions {
  /** Milliseconds for the connection, for each reply and for a handshake. */
  readonly timeoutMs: number;
  /** Options of the handshake besides those that a probe needs: authorities, protocol versions. */
  readonly secure?: Pick<ConnectionOptions, 'ca' | 'minVersion' | 'maxVersion' | 'ciphers'>;
}

export class Conversation {
  readonly #door: Door;
  readonly #options: ConversationOptions;
  #socket: Socket | TLSSocket;
  #replies = new ReplyParser();
  #facts: TlsFacts | undefined;
  #fault: ConversationError | undefined;
  #wake: () => void = () => undefined;

  private constructor(door: Door, options: ConversationOptions, socket: Socket) {
    this.#door = door;
    this.#options = options;
    this.#socket = socket;
  }

  /** Connects, by TLS where the door wants it; the greeting is still to be read. @throws ConversationError */
  static async open(door: Door, options: ConversationOptions): Promise<Conversation> {
    const socket = createConnection({ host: door.host, port: door.port });
    const conversation = new Conversation(door, options, socket);
    await conversation.#within(once(socket, 'connect'), `connect to ${door.host}:${door.port}`);
    if (door.tls === 'implicit') await conversation.secure();
    else conversation.#listen();
    return conversation;
  }

  /** Facts of the handshake; absent in the clear. */
  get tls(): TlsFacts | undefined {
    return this.#facts;
  }

  /** The address of this end, as an EHLO name (RFC 5321 section 4.1.3). */
  get literal(): string {
    const address = (this.#socket.localAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
    return isIP(address) === 6 ? `[IPv6:${address}]` : `[${address}]`;
  }

  /** Sends a line and reads its reply. @throws ConversationError */
  async ask(line: string): Promise<ServerReply> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  /** Sends octets, one a character, as they are. */
  write(octets: string): void {
    this.#socket.write(octets, 'latin1');
  }

  /** Reads the next reply. @throws ConversationError when it is late or malformed, or the connection ends */
  async reply(): Promise<ServerReply> {
    const reply = await this.#next(this.#options.timeoutMs);
    if (reply === undefined) throw new ConversationError(`no reply within ${this.#options.timeoutMs} ms`);
    return reply;
  }

  /** The reply that comes within `ms` though none is due; nothing where the server keeps quiet or hangs up. */
  async unasked(ms: number): Promise<ServerReply | undefined> {
    return this.#next(ms).catch(() => undefined);
  }

  /** Makes the handshake, as after the 220 to STARTTLS. @throws ConversationError */
  async secure(): Promise<TlsFacts> {
    const plain = this.#socket;
    plain.removeAllListeners('data');
    const name = this.#door.name ?? (isIP(this.#door.host) === 0 ? this.#door.host : undefined);
    const socket = connectTls({
      socket: plain,
      rejectUnauthorized: false,
      ...(name === undefined ? {} : { servername: name }),
      ...this.#options.secure,
    });
    this.#socket = socket;
    this.#replies = new ReplyParser();
    await this.#within(once(socket, 'secureConnect'), 'make the TLS handshake');
    this.#listen();
    this.#facts = factsOf(socket, name);
    return this.#facts;
  }

  /** Ends without a word more. */
  close(): void {
    this.#socket.destroy();
  }

  #listen(): void {
    const fail = (message: string): void => {
      this.#fault ??= new ConversationError(message);
      this.#wake();
    };
    this.#socket.on('data', (octets: Buffer) => {
      this.#replies.receive(octets);
      this.#wake();
    });
    this.#socket.on('error', (error) => fail(error.message));
    this.#socket.on('end', () => fail('the server closed the connection'));
    this.#socket.on('close', () => fail('the connection is closed'));
  }

  async #next(ms: number): Promise<ServerReply | undefined> {
    const ender = new AbortController();
    const late = wait(ms, 'late' as const, { signal: ender.signal }).catch(() => 'late' as const);
    try {
      for (;;) {
        const reply = this.#replies.next();
        if (reply !== undefined) return reply;
        if (this.#replies.problem !== undefined)
          throw new ConversationError(`malformed reply: ${this.#replies.problem}`);
        if (this.#fault !== undefined) throw this.#fault;
        const woken = new Promise<'woken'>((resolve) => {
          this.#wake = () => resolve('woken');
        });
        if ((await Promise.race([woken, late])) === 'late') return undefined;
      }
    } finally {
      ender.abort();
    }
  }

  async #within(event: Promise<unknown>, doing: string): Promise<void> {
    const { timeoutMs } = this.#options;
    const ender = new AbortController();
    try {
      await Promise.race([
        event,
        wait(timeoutMs, undefined, { signal: ender.signal }).then(() => {
          throw new Error(`no answer within ${timeoutMs} ms`);
        }),
      ]);
    } catch (error) {
      this.close();
      throw new ConversationError(`Cannot ${doing}: ${error instanceof Error ? error.message : 'unknown'}`);
    } finally {
      ender.abort();
      // A handshake that fails later must not end the process.
      this.#socket.on('error', () => undefined);
    }
  }
}

function factsOf(socket: TLSSocket, name: string | undefined): TlsFacts {
  const certificate = socket.getPeerCertificate(true);
  const alternative = (certificate.subjectaltname ?? '').split(', ').map((each) => each.replace(/^[^:]*:/, ''));
  const names = alternative.filter((each) => each !== '');
  const common = certificate.subject?.CN;
  const error: unknown = socket.authorizationError;
  const problem = socket.authorized ? undefined : String(error instanceof Error ? error.message : error);
  // No name can be wrong where an address was asked: only the chain counts there.
  const isNameAlone = name === undefined && problem === 'ERR_TLS_CERT_ALTNAME_INVALID';
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher().standardName,
    ...(problem === undefined || isNameAlone ? {} : { problem }),
    names: names.length > 0 ? names : [common].flat().filter((each) => each !== undefined),
    issuer: [certificate.issuer?.O, certificate.issuer?.CN].flat().filter(Boolean).join(', '),
    expiresAtMs: Date.parse(certificate.valid_to),
    raw: certificate.raw,
  };
}
