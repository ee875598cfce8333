/** An edge proxy in the test's process: real listeners on free ports, real TLS; decisions and hops are the test's. */

import { tmpdir } from 'node:os';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Decisions } from '../../edge-proxy/decisions/decisions.ts';
import type { RelayAsker } from '../../edge-proxy/decisions/relay-question.ts';
import type { EventOrigin } from '../../edge-proxy/events/event-origin.ts';
import { Faults } from '../../edge-proxy/faults.ts';
import type { HeldStore } from '../../edge-proxy/held/held-store.ts';
import { KeptBudget } from '../../edge-proxy/kept/kept-budget.ts';
import { PublishedServer } from '../../edge-proxy/listener/published-server.ts';
import type { LogFields } from '../../edge-proxy/log.ts';
import type { NextHops } from '../../edge-proxy/next-hop/next-hop.ts';
import { PartialDeliveries } from '../../edge-proxy/next-hop/partial-deliveries.ts';
import type { ClientConnectionOptions } from '../../edge-proxy/session/client-connection.ts';
import { ReplyHolds } from '../../edge-proxy/session/reply-holds.ts';
import type { SessionServices } from '../../edge-proxy/session/session-services.ts';
import { TurnQueue } from '../../edge-proxy/session/turn-queue.ts';
import type { AuthenticateDecision, CheckLimitsDecision, CheckRelayDecision } from '../../policy/decision.ts';
import type { SessionEvent } from '../../policy/event.ts';
import { type NextHop, parseNextHop } from '../../policy/next-hop.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { AuthenticateRequest, CheckLimitsRequest, CheckRelayRequest } from '../../policy/request.ts';
import type { Policy } from '../../policy/snapshot.ts';
import { authenticateAlice } from './answers.ts';
import { makeCertificate } from './edge-proxy-certificate.ts';
import { TestClient } from './edge-proxy-client.ts';
import { FakeNextHops, type HopBehaviour } from './edge-proxy-hops.ts';
import { testPolicy } from './policy.ts';

let madeContext: Promise<SecureContext> | undefined;

/** Runs `test` with a proxy of its own, for tests that run side by side. */
export async function withBed(options: BedOptions, test: (bed: ProxyBed) => Promise<void>): Promise<void> {
  const bed = await ProxyBed.start(options);
  try {
    await test(bed);
  } finally {
    await bed.close();
  }
}

/** One for all tests of a file. */
async function testSecureContext(): Promise<SecureContext> {
  madeContext ??= makeCertificate().then(({ pem }) => createSecureContext({ key: pem, cert: pem }));
  return await madeContext;
}

export function hopNamed(text: string): NextHop {
  const hop = parseNextHop(text);
  if (!hop.ok) throw new TypeError(hop.problem);
  return hop.value;
}

export function permitRelay(hop: NextHop): CheckRelayDecision {
  return { kind: 'permit', nextHop: hop, scope: 'domain', cacheSeconds: 5, rule: 'domain#example.com' };
}

/** Lets ALICE in and takes mail for example.com, unless a test says otherwise. */
export class TestDecisions implements Decisions {
  onAuthenticate: (request: AuthenticateRequest) => AuthenticateDecision | Promise<AuthenticateDecision>;
  onCheckRelay: (request: CheckRelayRequest) => CheckRelayDecision | Promise<CheckRelayDecision>;
  onCheckLimits: (request: CheckLimitsRequest) => CheckLimitsDecision | Promise<CheckLimitsDecision> = () => ({
    kind: 'permit',
  });

  constructor(hop: NextHop) {
    this.onAuthenticate = ({ username, password = '' }) => authenticateAlice({ username, password });
    this.onCheckRelay = ({ recipient }) =>
      recipient.endsWith('@example.com')
        ? permitRelay(hop)
        : { kind: 'reject', reply: REPLIES.relayDenied, scope: 'domain', cacheSeconds: 5, rule: 'relay-domains' };
  }

  async authenticate(request: AuthenticateRequest): Promise<AuthenticateDecision> {
    return await this.onAuthenticate(request);
  }

  checkRelay(
    question: RelayAsker,
    recipients: readonly string[],
  ): readonly CheckRelayDecision[] | Promise<readonly CheckRelayDecision[]> {
    const decisions = recipients.map((recipient) => this.onCheckRelay({ ...question, recipient }));
    const known = decisions.flatMap((decision) => (decision instanceof Promise ? [] : [decision]));
    return known.length === decisions.length ? known : Promise.all(decisions);
  }

  async checkLimits(request: CheckLimitsRequest): Promise<CheckLimitsDecision> {
    return await this.onCheckLimits(request);
  }
}

export interface RecordedEvent {
  readonly event: SessionEvent;
  readonly origin: EventOrigin;
}

export interface BedOptions {
  readonly policy?: Policy;
  readonly hop?: HopBehaviour;
  /** Other next hops than the fake ones. */
  readonly nextHops?: NextHops;
  readonly nextHop?: NextHop;
  readonly heldStore?: HeldStore;
}

export class ProxyBed {
  policy: Policy;
  readonly decisions: TestDecisions;
  readonly hops: FakeNextHops;
  readonly events: RecordedEvent[] = [];
  readonly lines: LogFields[] = [];
  readonly proxy: PublishedServer;
  readonly services: SessionServices;
  /** The ports of the listener with STARTTLS, and of that with TLS first. */
  port = 0;
  tlsPort = 0;
  readonly #clients: TestClient[] = [];

  private constructor(options: BedOptions, secureContext: SecureContext) {
    this.policy = options.policy ?? testPolicy();
    this.decisions = new TestDecisions(options.nextHop ?? hopNamed('smtp://mta.example.com:25'));
    this.hops = new FakeNextHops(options.hop);
    this.services = {
      server: 'mx1',
      now: () => performance.now(),
      calendar: () => Date.now(),
      decisions: this.decisions,
      nextHops: options.nextHops ?? this.hops,
      served: new PartialDeliveries(() => performance.now()),
      keptBudget: new KeptBudget(tmpdir()),
      heldStore: options.heldStore,
      secureContext: () => secureContext,
      record: (event, origin) => void this.events.push({ event, origin }),
      log: (fields) => void this.lines.push(fields),
      faults: new Faults((fields) => void this.lines.push(fields)),
    };
    this.proxy = new PublishedServer({
      services: this.services,
      policy: () => this.currentPolicy(),
      listeners: [
        { port: 0, mode: 'starttls' },
        { port: 0, mode: 'tls' },
      ],
      host: '127.0.0.1',
    });
  }

  static async start(options: BedOptions = {}): Promise<ProxyBed> {
    const bed = new ProxyBed(options, await testSecureContext());
    const [plain, tls] = await bed.proxy.listen();
    bed.port = plain?.port ?? 0;
    bed.tlsPort = tls?.port ?? 0;
    return bed;
  }

  currentPolicy(): Policy {
    return this.policy;
  }

  /** For a connection that does not come by a listener. */
  connectionOptions(): Omit<ClientConnectionOptions, 'socket'> {
    const { policy, services } = this;
    const turns = new TurnQueue(services.now);
    const client = { address: '192.0.2.1', port: 4711 };
    const shared = { policy, services, turns, holds: new ReplyHolds() };
    return { id: 'S1', ...client, mode: 'starttls', ...shared, refusal: undefined, onClosed: () => {} };
  }

  /** A client that has not heard the greeting. */
  async connect(): Promise<TestClient> {
    return await this.connectTo(this.port);
  }

  async connectTo(port: number): Promise<TestClient> {
    return this.#kept(await TestClient.connect(port));
  }

  /** A client that has heard the greeting. */
  async greeted(): Promise<TestClient> {
    const client = await this.connect();
    await client.hear();
    return client;
  }

  /** A greeted client on the listener with TLS first. */
  async greetedTls(): Promise<TestClient> {
    const client = this.#kept(await TestClient.connectTls(this.tlsPort));
    await client.hear();
    return client;
  }

  /** A new snapshot, as the policy watch brings it. */
  setPolicy(policy: Policy): void {
    this.policy = policy;
    this.proxy.offerPolicy(policy);
  }

  /** Events of one type, oldest first. */
  eventsOf<T extends SessionEvent['type']>(type: T): Extract<SessionEvent, { type: T }>[] {
    return this.events
      .map(({ event }) => event)
      .filter((event): event is Extract<SessionEvent, { type: T }> => event.type === type);
  }

  /** Hangs up on every client and leaves. */
  async close(): Promise<void> {
    for (const client of this.#clients) client.reset();
    await this.proxy.leave(1000);
  }

  #kept(client: TestClient): TestClient {
    this.#clients.push(client);
    return client;
  }
}
