/** An edge proxy of its own, over real sockets, as the other side of a dialogue. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { connect as connectTls, createSecureContext, type SecureContext } from 'node:tls';
import { generate } from 'selfsigned';
import { vi } from 'vitest';
import { Faults } from '../../edge-proxy/faults.ts';
import { KeptBudget } from '../../edge-proxy/kept/kept-budget.ts';
import { PublishedServer } from '../../edge-proxy/listener/published-server.ts';
import { PartialDeliveries } from '../../edge-proxy/next-hop/partial-deliveries.ts';
import type { SessionEvent } from '../../policy/event.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { Policy } from '../../policy/snapshot.ts';
import type { Peer } from './play.ts';
import { RecordingHops } from './recording-hops.ts';
import type { Scene } from './scene.ts';

const HOST = '127.0.0.1';
/** Milliseconds; far above what a reply takes here. */
const PATIENCE_MS = 3000;

export async function makeSecureContext(): Promise<SecureContext> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'mx.example.com' }], { keyType: 'ec' });
  return createSecureContext({ key, cert });
}

export class SocketPeer implements Peer {
  readonly #scene: Scene;
  readonly #secureContext: SecureContext;
  readonly #hops: RecordingHops;
  readonly #events: SessionEvent[] = [];
  readonly #proxy: PublishedServer;
  #policy: Policy;
  #socket: Socket | undefined;
  #text = '';
  #isOver = false;

  constructor(scene: Scene, secureContext: SecureContext) {
    this.#scene = scene;
    this.#policy = scene.policy;
    this.#secureContext = secureContext;
    this.#hops = new RecordingHops(scene.answers);
    this.#proxy = this.#makeProxy();
  }

  async start(): Promise<void> {
    const [listener] = await this.#proxy.listen();
    const socket = connect({ host: HOST, port: listener?.port ?? 0, allowHalfOpen: true });
    this.#listenTo(socket);
    if (this.#scene.isImplicitTls) await this.startTls();
  }

  async stop(): Promise<void> {
    this.#socket?.destroy();
    await this.#proxy.leave(0);
  }

  async send(octets: Buffer): Promise<void> {
    this.#socket?.write(octets);
  }

  async nextLine(): Promise<string | undefined> {
    await vi.waitUntil(() => this.#text.includes('\r\n') || this.#isOver, { timeout: PATIENCE_MS, interval: 1 });
    const end = this.#text.indexOf('\r\n');
    if (end === -1) return undefined;
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 2);
    return line;
  }

  unread(): readonly string[] {
    return this.#text.split('\r\n').filter((line) => line !== '');
  }

  async closes(): Promise<boolean> {
    await vi.waitUntil(() => this.#isOver, { timeout: PATIENCE_MS, interval: 1 });
    this.#socket?.end();
    return true;
  }

  async startTls(): Promise<void> {
    const raw = this.#socket;
    if (raw === undefined) throw new TypeError('Cannot start TLS without a connection');
    raw.removeAllListeners();
    const secured = connectTls({ socket: raw, rejectUnauthorized: false });
    this.#listenTo(secured);
    await once(secured, 'secureConnect');
  }

  async end(): Promise<void> {
    this.#socket?.end();
  }

  async reset(): Promise<void> {
    this.#socket?.resetAndDestroy();
  }

  async wait(seconds: number): Promise<void> {
    throw new TypeError(`Cannot wait ${seconds} s: only the machine's clock is the test's`);
  }

  offerPolicy(policy: Policy): void {
    this.#policy = policy;
    this.#proxy.offerPolicy(policy);
  }

  shutDown(): void {
    void this.#proxy.leave(PATIENCE_MS);
  }

  hopLines(): readonly string[] {
    return this.#hops.transcript.lines;
  }

  events(): readonly SessionEvent[] {
    return this.#events;
  }

  async eventually(check: () => void): Promise<void> {
    await vi.waitFor(check, { timeout: PATIENCE_MS, interval: 2 });
  }

  #listenTo(socket: Socket): void {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1');
    });
    socket.on('end', () => {
      this.#isOver = true;
    });
    socket.on('close', () => {
      this.#isOver = true;
    });
    socket.on('error', () => undefined);
  }

  #makeProxy(): PublishedServer {
    const { answers, isImplicitTls } = this.#scene;
    return new PublishedServer({
      host: HOST,
      listeners: [{ port: 0, mode: isImplicitTls ? 'tls' : 'starttls' }],
      policy: () => this.#policy,
      services: {
        server: 'test',
        now: () => performance.now(),
        calendar: () => Date.now(),
        nextHops: this.#hops,
        served: new PartialDeliveries(() => performance.now()),
        keptBudget: new KeptBudget(tmpdir()),
        secureContext: () => this.#secureContext,
        record: (event) => this.#events.push(event),
        log: () => undefined,
        faults: new Faults(),
        decisions: {
          authenticate: async (request) =>
            answers.authenticate(request) ?? { kind: 'defer', reply: REPLIES.authenticationDeferred },
          checkRelay: async (question, recipients) =>
            recipients.map(
              (recipient) =>
                answers.checkRelay({ ...question, recipient }, this.#policy) ?? {
                  kind: 'defer',
                  reply: REPLIES.decisionDeferred,
                },
            ),
          checkLimits: async (request) => answers.checkLimits?.(request) ?? { kind: 'permit' },
        },
      },
    });
  }
}
