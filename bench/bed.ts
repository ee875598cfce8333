/** The surroundings of one workload: the sink, the generator, the cloud; none of them on the subject's core. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cleanEnvironment } from '../local/child-environment.ts';
import { HOST } from '../local/names.ts';
import { ensureCertificate } from '../local/start/certificate.ts';
import { portOf } from '../local/start/part.ts';
import { BenchError } from './bench-error.ts';
import type { Bundles } from './cloud/bundles.ts';
import { BenchCloud } from './cloud/cloud.ts';
import { domainDatabase } from './cloud/domain-database.ts';
import { screensOf } from './cloud/screens.ts';
import { DOMAIN, LOGIN } from './identity.ts';
import type { Load, Order, OrderAnswer, Sent, Stretch } from './load/load.ts';
import { LoadClient } from './load/smtp-client.ts';
import type { Cores } from './machine/cores.ts';
import { Program } from './machine/program.ts';
import type { SinkCounts } from './sink/smtp-scanner.ts';
import type { Subject, SubjectKind } from './subjects/subject.ts';
import type { Workload } from './workload.ts';

/** Milliseconds in which the end of a process becomes known. */
const NOTICE_MS = 500;

export interface BedOptions {
  readonly cores: Cores;
  readonly bundles: Bundles;
  /** Flags of Node for the edge proxy. */
  readonly nodeFlags: readonly string[];
  readonly say: (line: string) => void;
}

/** Messages that came through; of octets only an SMTP sink knows. */
export interface Arrived {
  readonly messages: number;
  readonly octets: number | undefined;
}

export class Bed {
  readonly sink: Program;
  readonly generator: Program;
  readonly cloud: BenchCloud;
  readonly workload: Workload;
  readonly #options: BedOptions;
  readonly #home: string;
  readonly #removeHome: () => void;
  readonly #sinkPort: number;

  private constructor(parts: Pick<Bed, 'sink' | 'generator' | 'cloud' | 'workload'>, place: Place) {
    this.sink = parts.sink;
    this.generator = parts.generator;
    this.cloud = parts.cloud;
    this.workload = parts.workload;
    this.#options = place.options;
    this.#home = place.home;
    this.#removeHome = place.removeHome;
    this.#sinkPort = place.sinkPort;
  }

  static async start(workload: Workload, options: BedOptions): Promise<Bed> {
    const { bundles, say } = options;
    const { domainsInTable, nextHop, needsLogin, screeningRules, hopMs } = workload;
    const database = domainsInTable > 1 ? await domainDatabase(domainsInTable, say) : undefined;
    const home = mkdtempSync(join(tmpdir(), 'postern-bench-'));
    // Nothing stays of a benchmark that was interrupted.
    const removeHome = (): void => rmSync(home, { recursive: true, force: true });
    process.once('exit', removeHome);
    await ensureCertificate(join(home, 'certificate.pem'));
    const sink = ours('sink', 'sink', [String(hopMs)]);
    const generator = ours('generator', 'load');
    const [listening] = await Promise.all([sink.listening, generator.listening]);
    const sinkPort = portOf(listening);
    const policy = {
      nextHop: nextHop === 'ses' ? 'ses' : `smtp://${HOST}:${sinkPort}?tls=never`,
      needsLogin,
      screens: screensOf({ nextHop, screeningRules }),
    };
    const cloud = await BenchCloud.start({ home, bundles, policy, database });
    return new Bed({ sink, generator, cloud, workload }, { options, home, removeHome, sinkPort });
  }

  async startSubject(kind: SubjectKind): Promise<Subject> {
    const home = join(this.#home, kind.name);
    mkdirSync(home, { recursive: true, mode: 0o755 });
    const { cores, nodeFlags, bundles } = this.#options;
    const { needsLogin, connections } = this.workload;
    const certificate = join(this.#home, 'certificate.pem');
    const place = { home, cores, nodeFlags, bundles, needsLogin, connections, certificate };
    return kind.start({ ...place, sinkPort: this.#sinkPort, cloud: this.cloud });
  }

  /** Has the generator make its connections to a subject. */
  async open(subject: Subject): Promise<void> {
    await this.#order({ kind: 'open', load: this.#loadFor(subject) }, subject);
  }

  /** Hands over one message with a bare LF, and tells whether it was refused. */
  async screensBareNewlines(subject: Subject): Promise<boolean> {
    const client = new LoadClient(this.#loadFor(subject), 0);
    const envelope = { mail: `MAIL FROM:<${LOGIN.username}>\r\n`, recipients: [`RCPT TO:<bob@${DOMAIN}>\r\n`] };
    try {
      await client.open();
      await client.transact(envelope, Buffer.from('Subject: x\r\n\r\na\nb\r\n.\r\n'));
      return false;
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('the message was answered "5')) return true;
      return await this.#failed(subject, `a message with a bare LF: ${errorText(error)}`);
    } finally {
      client.destroy();
    }
  }

  async run(subject: Subject, stretch: Stretch): Promise<Sent> {
    const answer = await this.#order({ kind: 'run', stretch }, subject);
    if (answer.kind !== 'sent') throw new TypeError('The generator did not say what it sent');
    if (answer.sent.messages === 0) throw new BenchError(`${this.workload.name}, ${subject.name}: nothing was sent`);
    return answer.sent;
  }

  async closeConnections(subject: Subject): Promise<void> {
    await this.#order({ kind: 'close' }, subject);
  }

  /** What has come through since the start. */
  async arrived(): Promise<Arrived> {
    if (this.workload.nextHop === 'sink') return (await this.sink.ask({})) as SinkCounts;
    if (this.workload.nextHop === 'held') return { messages: this.cloud.heldMessages(), octets: undefined };
    const kept = readdirSync(this.cloud.sesMail).filter((name) => name.endsWith('.eml'));
    return { messages: kept.length, octets: undefined };
  }

  /** @throws BenchError when something that must run has ended */
  check(subject: Subject): void {
    for (const part of [this.sink, this.generator, this.cloud, subject]) part.check();
  }

  async close(): Promise<void> {
    await Promise.all([this.sink.stop(), this.generator.stop(), this.cloud.close()]);
    process.off('exit', this.#removeHome);
    this.#removeHome();
  }

  #loadFor({ name, port, hasImplicitTls }: Subject): Load {
    const { needsLogin, ...workload } = this.workload;
    const { connections, sessions, isPipelined, recipients, domains, contentOctets, clientAddresses } = workload;
    const what = { connections, sessions, isPipelined, recipients, domains, contentOctets, clientAddresses };
    const plain: Load = { subject: name, port, security: 'none', sender: LOGIN.username, ...what };
    return needsLogin ? { ...plain, security: hasImplicitTls ? 'tls' : 'starttls', login: LOGIN } : plain;
  }

  async #order(order: Order, subject: Subject): Promise<OrderAnswer> {
    const answer = (await this.generator.ask(order)) as OrderAnswer;
    return answer.kind === 'failed' ? await this.#failed(subject, answer.problem) : answer;
  }

  /** Throws what a client saw, or its reason: a subject that ended, which may be noticed a moment later. */
  async #failed(subject: Subject, problem: string): Promise<never> {
    await delay(NOTICE_MS);
    this.check(subject);
    throw new BenchError(`${this.workload.name}, ${subject.name}: ${problem}`);
  }
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Place {
  readonly options: BedOptions;
  readonly home: string;
  readonly removeHome: () => void;
  readonly sinkPort: number;
}

function ours(name: string, folder: string, args: readonly string[] = []): Program {
  return new Program({
    name,
    command: [join(import.meta.dirname, folder, 'main.ts'), ...args],
    environment: cleanEnvironment(process.env),
    isOurs: true,
  });
}
