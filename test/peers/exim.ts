/**
 * An Exim of its own: configuration and spool in a temporary folder, one port of 127.0.0.1, no system service. It takes
 * any message and delivers it, once it has answered 250, to an SMTP server of the test, which writes down what came.
 *
 * Debian has Exim and Postfix shut each other out. Unpacked and not installed, it need only find a user of its name:
 * `POSTERN_EXIM` says where it lies.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostfixSink } from '../differential/postfix-sink.ts';
import type { Delivered } from '../differential/subject.ts';
import { until } from '../support/cloud-wait.ts';
import { makeCertificate } from '../support/edge-proxy-certificate.ts';
import { freePort } from '../support/free-port.ts';
import { PeerProgram } from '../support/peer-program.ts';

const EXIM = process.env.POSTERN_EXIM ?? '/usr/sbin/exim4';
/** Whom Debian's Exim becomes; it looks the name up whenever it starts. */
const USER = 'Debian-exim';

/** Why it cannot run here; `undefined` when it can. */
export function eximMissing(): string | undefined {
  if (!existsSync(EXIM)) return 'Exim is not installed';
  if (spawnSync('id', [USER], { stdio: 'ignore' }).status !== 0) return `there is no user ${USER}`;
  return process.getuid?.() === 0 ? undefined : 'Exim starts only as root';
}

export class Exim {
  readonly port: number;
  readonly #sink: PostfixSink;
  readonly #delivered: Delivered[] = [];
  readonly #program: PeerProgram;

  private constructor(port: number, sink: PostfixSink, program: PeerProgram) {
    this.port = port;
    this.#sink = sink;
    this.#program = program;
  }

  /** @param settings of its main part, on top of the usual ones */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<Exim> {
    const folder = mkdtempSync(join(tmpdir(), 'postern-exim-'));
    const sink = await PostfixSink.start();
    const port = await freePort();
    const { pem } = await makeCertificate({ name: 'second.example.com' });
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'spool'));
    writeFileSync(join(folder, 'certificate.pem'), pem, { mode: 0o600 });
    writeFileSync(join(folder, 'exim.conf'), configuration(folder, [port, sink.port], settings));
    for (const name of ['spool', 'certificate.pem']) chownSync(join(folder, name), idOf('-u'), idOf('-g'));
    const command = [EXIM, '-C', join(folder, 'exim.conf'), '-bdf'];
    const log = join(folder, 'spool', 'mainlog');
    const release = async (): Promise<void> => {
      await sink.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    };
    const program = await PeerProgram.start({ name: 'Exim', command, ports: [port], greets: true, log, release });
    return new Exim(port, sink, program);
  }

  /** The message with `text` in it, waited for. */
  mailWith(text: string): Promise<Delivered> {
    return until(`Exim delivers ${text}`, () => {
      this.#delivered.push(...this.#sink.takeDelivered());
      return this.#delivered.find(({ content }) => content.includes(text));
    });
  }

  async stop(): Promise<void> {
    await this.#program.stop();
  }
}

function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, USER], { encoding: 'utf8' }));
}

function configuration(
  folder: string,
  [port, sinkPort]: readonly [number, number],
  more: Readonly<Record<string, string>>,
): string {
  const settings = Object.entries(more).map(([name, value]) => `${name} = ${value}\n`);
  return `exim_path = ${EXIM}
spool_directory = ${folder}/spool
log_file_path = ${folder}/spool/%slog
pid_file_path = ${folder}/spool/pid
primary_hostname = second.example.com
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port}
tls_advertise_hosts = *
tls_certificate = ${folder}/certificate.pem
host_lookup =
rfc1413_hosts =
keep_environment =
acl_smtp_rcpt = accept
${settings.join('')}
begin routers
sink:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = sink

begin transports
sink:
  driver = smtp
  port = ${sinkPort}
`;
}
