/** What SASL mechanisms each hop offers under TLS, remembered for a while. */
import { nextHopName, type SmtpNextHop } from '../../../policy/next-hop.ts';
import type { Faults } from '../../faults.ts';
import type { Log } from '../../log.ts';
import type { HopTimeouts } from '../next-hop.ts';
import { HopConnection } from './connection/hop-connection.ts';
import type { HopStatus } from './connection/hop-status.ts';
import { openHop } from './connection/open-hop.ts';

/** Milliseconds; how long a hop's change of mechanisms can stay unseen. A login asks the hop itself all the same. */
const REMEMBERED_MS = 60_000;
/** Milliseconds in which a hop that could not be asked is not asked again: EHLO waits for it. */
const FAILURE_REMEMBERED_MS = 5000;

interface Learnt {
  readonly mechanisms: readonly string[] | undefined;
  readonly untilMs: number;
}

export interface HopMechanismsOptions {
  readonly ehloName: () => string;
  readonly log: Log;
  readonly faults?: Faults | undefined;
  /** Milliseconds of a clock that never jumps. @default performance.now */
  readonly now?: () => number;
}

export class HopMechanisms {
  readonly #options: HopMechanismsOptions;
  readonly #now: () => number;
  /** By the hop's name; as many as policy ever named. */
  readonly #learnt = new Map<string, Learnt>();
  readonly #underWay = new Map<string, Promise<readonly string[] | undefined>>();

  constructor(options: HopMechanismsOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** What any connection heard of the hop, if it was under TLS. */
  note(hop: SmtpNextHop, connection: HopConnection): void {
    if (connection.isTls) this.#remember(nextHopName(hop), connection.capabilities.authMechanisms, REMEMBERED_MS);
  }

  /** From memory, else from a connection made for it; those who ask meanwhile wait for the same. Never rejects. */
  async learn(hop: SmtpNextHop, timeouts: HopTimeouts, status?: HopStatus): Promise<readonly string[] | undefined> {
    const name = nextHopName(hop);
    const learnt = this.#learnt.get(name);
    if (learnt !== undefined && this.#now() < learnt.untilMs) return learnt.mechanisms;
    const underWay = this.#underWay.get(name);
    if (underWay !== undefined) return underWay;
    // It never rejects.
    const asked = this.#ask(hop, timeouts, status).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, asked);
    return asked;
  }

  async #ask(
    hop: SmtpNextHop,
    timeouts: HopTimeouts,
    status: HopStatus | undefined,
  ): Promise<readonly string[] | undefined> {
    const { ehloName, faults } = this.#options;
    const connectMs = timeouts.connectSeconds * 1000;
    const opened = await openHop(hop, { ehloName: ehloName(), connectMs, mustTls: true, status, faults });
    if (opened instanceof HopConnection) {
      this.note(hop, opened);
      opened.quit();
      return opened.capabilities.authMechanisms;
    }
    const nextHop = nextHopName(hop);
    this.#options.log({ event: 'mechanisms-unknown', nextHop, problem: opened.detail ?? opened.reply.text });
    this.#remember(nextHop, undefined, FAILURE_REMEMBERED_MS);
    return undefined;
  }

  #remember(name: string, mechanisms: readonly string[] | undefined, forMs: number): void {
    this.#learnt.set(name, { mechanisms, untilMs: this.#now() + forMs });
  }
}
