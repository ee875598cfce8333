/**
 * A Postfix of its own: configuration and queue in a temporary folder, one port of 127.0.0.1, no system service.
 *
 * Its smtpd hands each message through, before it is queued, to an SMTP server of the test (`smtpd_proxy_filter`), which
 * writes down what came: nothing is ever delivered.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../support/edge-proxy-certificate.ts';
import { freePort } from '../support/free-port.ts';
import { PeerProgram } from '../support/peer-program.ts';
import { PostfixSink } from './postfix-sink.ts';
import { type Delivered, MAX_MESSAGE_OCTETS, type Subject } from './subject.ts';

const MASTER = '/usr/lib/postfix/sbin/master';
const QUEUES = [
  'active',
  'bounce',
  'corrupt',
  'defer',
  'deferred',
  'flush',
  'hold',
  'incoming',
  'maildrop',
  'saved',
  'trace',
];

/** Why it cannot run here; `undefined` when it can. */
export function postfixMissing(): string | undefined {
  if (!existsSync(MASTER)) return 'Postfix is not installed';
  return process.getuid?.() === 0 ? undefined : 'Postfix starts only as root';
}

export class PostfixSubject implements Subject {
  readonly name = 'postfix';
  readonly port: number;
  readonly #sink: PostfixSink;
  readonly #master: PeerProgram;

  private constructor(port: number, sink: PostfixSink, master: PeerProgram) {
    this.port = port;
    this.#sink = sink;
    this.#master = master;
  }

  /** @param settings of `main.cf`, on top of the usual ones */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<PostfixSubject> {
    const folder = mkdtempSync(join(tmpdir(), 'postern-postfix-'));
    const sink = await PostfixSink.start();
    const port = await freePort();
    const { pem } = await makeCertificate();
    makeFolders(folder);
    writeFileSync(join(folder, 'config/certificate.pem'), pem, { mode: 0o600 });
    writeFileSync(join(folder, 'config/main.cf'), mainCf(folder, settings));
    writeFileSync(join(folder, 'config/master.cf'), masterCf(port, sink.port));
    const command = [MASTER, '-c', join(folder, 'config'), '-d'];
    const log = join(folder, 'maillog');
    const release = async (): Promise<void> => {
      await sink.stop();
      rmSync(folder, { recursive: true, force: true });
    };
    const master = await PeerProgram.start({ name: 'Postfix', command, ports: [port], greets: true, log, release });
    return new PostfixSubject(port, sink, master);
  }

  /** The process whose children speak with clients. */
  get pid(): number {
    return this.#master.pid;
  }

  takeDelivered(): Delivered[] {
    return this.#sink.takeDelivered();
  }

  /** Postfix's own Received fields, of all messages so far. */
  get receivedFields(): readonly string[] {
    return this.#sink.receivedFields;
  }

  async stop(): Promise<void> {
    await this.#master.stop();
  }
}

function makeFolders(folder: string): void {
  const owner = Number(execFileSync('id', ['-u', 'postfix'], { encoding: 'utf8' }));
  const dropGroup = Number(execFileSync('getent', ['group', 'postdrop'], { encoding: 'utf8' }).split(':')[2]);
  chmodSync(folder, 0o755);
  for (const name of ['config', 'queue', 'queue/pid', 'data']) mkdirSync(join(folder, name));
  for (const name of [...QUEUES, 'private', 'public']) {
    mkdirSync(join(folder, 'queue', name), { mode: 0o700 });
    chownSync(join(folder, 'queue', name), owner, name === 'public' ? dropGroup : -1 >>> 0);
  }
  chownSync(join(folder, 'data'), owner, 0);
}

/** Set up as Postern is: mail for example.com from anybody, nothing else. */
function mainCf(folder: string, more: Readonly<Record<string, string>>): string {
  const settings = {
    compatibility_level: '3.6',
    queue_directory: `${folder}/queue`,
    data_directory: `${folder}/data`,
    command_directory: '/usr/sbin',
    daemon_directory: '/usr/lib/postfix/sbin',
    maillog_file: `${folder}/maillog`,
    maillog_file_prefixes: folder,
    myhostname: 'mx.example.com',
    mydestination: 'example.com',
    mynetworks: '',
    local_recipient_maps: '',
    alias_maps: '',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    smtpd_relay_restrictions: 'reject_unauth_destination',
    smtpd_recipient_restrictions: '',
    smtpd_proxy_options: 'speed_adjust',
    message_size_limit: String(MAX_MESSAGE_OCTETS),
    smtputf8_enable: 'yes',
    smtpd_tls_security_level: 'may',
    smtpd_tls_chain_files: `${folder}/config/certificate.pem`,
    smtpd_error_sleep_time: '0',
    smtpd_soft_error_limit: '1000',
    smtpd_hard_error_limit: '1000',
    smtpd_junk_command_limit: '1000',
    smtpd_client_connection_count_limit: '0',
    smtpd_peername_lookup: 'no',
    smtpd_helo_required: 'yes',
    default_transport: 'discard',
    local_transport: 'discard',
    ...more,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

function masterCf(port: number, sinkPort: number): string {
  return `127.0.0.1:${port} inet n - n - - smtpd
  -o smtpd_proxy_filter=127.0.0.1:${sinkPort}
rewrite unix - - n - - trivial-rewrite
tlsmgr unix - - n 1000? 1 tlsmgr
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
discard unix - - n - - discard
error unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
`;
}
