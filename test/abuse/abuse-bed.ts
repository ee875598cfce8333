/** A whole Postern of real processes, attacked from processes of their own, with an honest client that comes meanwhile. */

import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedRun } from '../support/embedded-run.ts';
import { AttackerProcess } from './attacker-process.ts';
import type { AttackName } from './attacks/all-attacks.ts';
import { STRANGERS, type Target } from './attacks/attack.ts';
import { type Visit, visitInbound } from './honest-client.ts';
import { MemoryWatch, residentOctets } from './process-figures.ts';

export type Server = 'inbound' | 'submission';

export interface AttackOptions {
  readonly count: number;
  /** Connections that come from one address; the limit of one client, `maxConnectionsPerClient`, by default. */
  readonly perAddress?: number;
  /** The first two octets of its addresses. @default STRANGERS */
  readonly network?: string;
  /** The server whose memory is watched. */
  readonly watched?: Server;
  /** The honest client's visits, one after the other. */
  readonly visits?: number;
  readonly visit?: (token: string) => Promise<Visit>;
  /** Milliseconds that the attack lasts at least. */
  readonly forMs?: number;
}

export interface AttackFigures {
  readonly visits: readonly Visit[];
  readonly peakOctets: number;
  /** Sessions that stood at the end, as the server counts them. */
  readonly sessions: number;
}

/** Default of `maxConnectionsPerClient`. */
const PER_ADDRESS = 50;

export class AbuseBed {
  readonly run: EmbeddedRun;
  readonly #pids: Readonly<Record<Server, number>>;
  readonly #healthPorts: Readonly<Record<Server, number>>;
  /** Resident octets before the first attack. */
  readonly idleOctets: Readonly<Record<Server, number>>;
  readonly #tokens: string[] = [];

  private constructor(run: EmbeddedRun) {
    this.run = run;
    const { parts } = JSON.parse(readFileSync(join(run.home, 'run.json'), 'utf8'));
    this.#pids = { inbound: parts.inbound.pid, submission: parts.submission.pid };
    this.#healthPorts = { inbound: parts.inbound.healthPort, submission: parts.submission.healthPort };
    const [inbound, submission] = [residentOctets(this.#pids.inbound), residentOctets(this.#pids.submission)];
    this.idleOctets = { inbound, submission };
  }

  static async start(): Promise<AbuseBed> {
    const run = await EmbeddedRun.start();
    return new AbuseBed(run);
  }

  async attack(name: AttackName, options: AttackOptions): Promise<AttackFigures> {
    const {
      count,
      perAddress = PER_ADDRESS,
      network = STRANGERS,
      watched = 'inbound',
      visits = 3,
      forMs = 0,
    } = options;
    const visit = options.visit ?? ((token: string) => visitInbound(this.run.inboundPort, token));
    const target: Target = {
      inbound: this.run.inboundPort,
      submission: this.run.submissionPort,
      submissions: this.run.submissionsPort,
      count,
      perAddress,
      network,
    };
    const memory = new MemoryWatch(this.#pids[watched]);
    const attacker = await AttackerProcess.start(name, target);
    try {
      const endAt = performance.now() + forMs;
      const made: Visit[] = [];
      while (made.length < visits || performance.now() < endAt) made.push(await visit(this.#newToken(name)));
      return { visits: made, peakOctets: memory.stop(), sessions: await this.sessions(watched) };
    } finally {
      memory.stop();
      await attacker.stop();
    }
  }

  /** Sessions that stand, as the server's health tells. */
  async sessions(server: Server): Promise<number> {
    return (await this.#health(server)).sessions;
  }

  async policyVersion(server: Server): Promise<string> {
    return (await this.#health(server)).policyVersion;
  }

  async #health(server: Server): Promise<{ readonly sessions: number; readonly policyVersion: string }> {
    const answer = await fetch(`http://127.0.0.1:${this.#healthPorts[server]}/health`);
    return (await answer.json()) as { readonly sessions: number; readonly policyVersion: string };
  }

  /** How often each honest message lies at the internal MTA, of those that were taken. */
  async deliveries(): Promise<readonly number[]> {
    const counts = new Map(this.#tokens.map((token) => [token, 0]));
    const directory = join(this.run.home, 'mail', 'mta');
    for (const name of await readdir(directory)) {
      if (!name.endsWith('.eml')) continue;
      const token = /^Subject: (honest-\S+)\r$/m.exec(await readFile(join(directory, name), 'latin1'))?.[1] ?? '';
      const count = counts.get(token);
      if (count !== undefined) counts.set(token, count + 1);
    }
    return [...counts.values()];
  }

  #newToken(name: AttackName): string {
    const token = `honest-${name}-${this.#tokens.length}`;
    this.#tokens.push(token);
    return token;
  }
}
