/**
 * A next hop that does what a test tells it: a server on a free port of 127.0.0.1, each connection run by a script.
 *
 * `politely` is the script of a good server, in which single verbs can be made to misbehave.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { NextHopTls, SmtpNextHop } from '../../policy/next-hop.ts';

/** The client has gone; a script need not catch it. */
export class ClientGone extends Error {}

export type HopScript = (client: HopClient, connection: number) => Promise<void>;

export class ScriptedHop {
  readonly clients: HopClient[] = [];
  /** What scripts threw other than `ClientGone`; a test that ends with any fails in `close`. */
  readonly #faults: unknown[] = [];
  readonly #server: Server;

  private constructor(script: HopScript) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      const client = new HopClient(socket);
      this.clients.push(client);
      script(client, this.clients.length).catch((error: unknown) => {
        if (!(error instanceof ClientGone)) this.#faults.push(error);
        client.hangUp();
      });
    });
  }

  static async start(script: HopScript): Promise<ScriptedHop> {
    const hop = new ScriptedHop(script);
    hop.#server.listen(0, '127.0.0.1');
    await once(hop.#server, 'listening');
    return hop;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  nextHop(tls: NextHopTls = 'never', ca?: string): SmtpNextHop {
    return { kind: 'smtp', hosts: [{ host: '127.0.0.1', port: this.port }], tls, ...(ca === undefined ? {} : { ca }) };
  }

  /** Stops listening, hangs up on every client. Throws what a script threw. */
  async close(): Promise<void> {
    for (const client of this.clients) client.reset();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
    if (this.#faults.length > 0) throw new AggregateError(this.#faults, 'A script of the hop failed');
  }
}

/** One connection, seen from the hop. Octets are ISO 8859-1 strings. */
export class HopClient {
  /** Every octet that came, under TLS as deciphered. */
  heard = '';
  /** How many pieces they came in. */
  segments = 0;
  readonly closed: Promise<void>;
  #socket: Socket | TLSSocket;
  #unread = '';
  #isGone = false;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    socket.on('close', () => resolve());
    this.#listen(socket);
  }

  say(octets: string): void {
    this.#socket.write(octets, 'latin1');
  }

  /** Says it an octet at a time, each in a segment of its own as far as TCP lets one. */
  async dribble(octets: string): Promise<void> {
    for (const octet of octets) await new Promise((resolve) => this.#socket.write(octet, 'latin1', resolve));
  }

  /** The next line without its CR LF. */
  async hear(): Promise<string> {
    return (await this.hearUpTo('\r\n')).slice(0, -2);
  }

  /** Content with its terminator. */
  async hearContent(): Promise<string> {
    const start = await this.#atLeast(3);
    return start === '.\r\n' ? this.#take(3) : await this.hearUpTo('\r\n.\r\n');
  }

  async hearUpTo(end: string): Promise<string> {
    for (;;) {
      const at = this.#unread.indexOf(end);
      if (at !== -1) return this.#take(at + end.length);
      await this.#more();
    }
  }

  /** Any octets at all. */
  async hearSomething(): Promise<string> {
    await this.#atLeast(1);
    return this.#take(this.#unread.length);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** FIN, after last words if there are any. */
  hangUp(lastWords = ''): void {
    this.#socket.end(lastWords, 'latin1');
  }

  /** RST. */
  reset(): void {
    if (this.#socket instanceof TLSSocket) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  async startTls(secureContext: SecureContext): Promise<void> {
    const plain = this.#socket;
    plain.removeAllListeners('data');
    plain.removeAllListeners('end');
    const secured = new TLSSocket(plain, { isServer: true, secureContext });
    this.#socket = secured;
    this.#listen(secured);
    await Promise.race([once(secured, 'secure'), this.closed]);
  }

  #listen(socket: Socket): void {
    socket.on('data', (octets) => {
      this.segments += 1;
      this.heard += octets.toString('latin1');
      this.#unread += octets.toString('latin1');
      this.#wake?.();
    });
    const gone = () => {
      this.#isGone = true;
      this.#wake?.();
    };
    socket.on('end', gone);
    socket.on('close', gone);
    socket.on('error', gone);
  }

  async #atLeast(octets: number): Promise<string> {
    while (this.#unread.length < octets) await this.#more();
    return this.#unread.slice(0, octets);
  }

  #take(octets: number): string {
    const taken = this.#unread.slice(0, octets);
    this.#unread = this.#unread.slice(octets);
    return taken;
  }

  async #more(): Promise<void> {
    if (this.#isGone) throw new ClientGone();
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}

export type HopVerb =
  | 'greeting'
  | 'EHLO'
  | 'HELO'
  | 'STARTTLS'
  | 'XCLIENT'
  | 'AUTH'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'content'
  | 'RSET'
  | 'QUIT';

/** Octets to say in place of the good reply, or what to do. */
export type HopMove = string | ((client: HopClient, command: string) => void | Promise<void>);

const GOOD_MOVES: Record<HopVerb, HopMove> = {
  greeting: '220 hop.example ESMTP\r\n',
  EHLO: '250-hop.example\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 HELP\r\n',
  HELO: '250 hop.example\r\n',
  STARTTLS: '502 5.5.1 not here\r\n',
  XCLIENT: '550 5.7.0 not you\r\n',
  AUTH: '502 5.5.1 not here\r\n',
  MAIL: '250 2.1.0 sender ok\r\n',
  RCPT: '250 2.1.5 recipient ok\r\n',
  DATA: '354 go on\r\n',
  content: '250 2.0.0 queued as 1\r\n',
  RSET: '250 2.0.0 reset\r\n',
  QUIT: (client) => {
    client.say('221 2.0.0 bye\r\n');
    client.hangUp();
  },
};

/** By their first four letters. */
const LONGER_VERBS: Readonly<Record<string, HopVerb>> = { STAR: 'STARTTLS', XCLI: 'XCLIENT' };

/** A good server save for `moves`. */
export function politely(moves: Partial<Record<HopVerb, HopMove>> = {}): HopScript {
  return async (client) => {
    await serve(client, moves);
  };
}

/** As `politely`, for a client that is in the middle of a script; `isGreeted` leaves the greeting out. */
export async function serve(
  client: HopClient,
  moves: Partial<Record<HopVerb, HopMove>> = {},
  isGreeted = false,
): Promise<void> {
  const all = { ...GOOD_MOVES, ...moves };
  if (!isGreeted) await make(all.greeting, client, '');
  for (;;) {
    const command = await client.hear();
    const verb = command.slice(0, 4).toUpperCase();
    const name = LONGER_VERBS[verb] ?? verb;
    if (!isVerb(name)) throw new Error(`The hop was told "${command}"`);
    await make(all[name], client, command);
    // A move of DATA that is a function reads the content itself.
    if (name === 'DATA' && saysGoOn(all.DATA)) await make(all.content, client, await client.hearContent());
  }
}

function saysGoOn(move: HopMove): boolean {
  return typeof move === 'string' && move.startsWith('354');
}

function isVerb(name: string): name is HopVerb {
  return name in GOOD_MOVES && name !== 'greeting' && name !== 'content';
}

async function make(move: HopMove, client: HopClient, command: string): Promise<void> {
  if (typeof move === 'string') client.say(move);
  else await move(client, command);
}

export const hangUp: HopMove = (client) => client.hangUp();
export const reset: HopMove = (client) => client.reset();
/** Says nothing, and goes on listening. */
export const keepSilent: HopMove = () => {};
