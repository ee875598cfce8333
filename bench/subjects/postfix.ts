/**
 * A Postfix of its own, as a relay: takes a message into its queue, answers, and hands it on. Configuration and queue lie
 * in a temporary folder; no system service is touched.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOST } from '../../local/names.ts';
import { MAX_MESSAGE_OCTETS } from '../identity.ts';
import { unusedPort } from './installed.ts';
import { InstalledSubject } from './installed-subject.ts';
import type { SubjectKind } from './subject.ts';

const MASTER = '/usr/lib/postfix/sbin/master';
const QUEUES = ['active', 'bounce', 'corrupt', 'defer', 'deferred', 'flush', 'hold', 'incoming', 'maildrop', 'saved'];
/** Processes of a kind: as many connections as Postern has to a hop, and room for their successors. */
const PROCESS_LIMIT = 100;

export const POSTFIX: SubjectKind = {
  name: 'postfix',
  what: 'Postfix as a relay; answers from its queue, before the next hop has the message',
  missing: () => {
    if (!existsSync(MASTER)) return 'Postfix is not installed';
    return process.getuid?.() === 0 ? undefined : 'Postfix starts only as root';
  },
  start: async (surroundings) => {
    const { home, sinkPort } = surroundings;
    const port = await unusedPort();
    makeFolders(home);
    writeFileSync(join(home, 'config/main.cf'), mainCf(home, sinkPort));
    writeFileSync(join(home, 'config/master.cf'), masterCf(port));
    const command = [MASTER, '-c', join(home, 'config'), '-d'];
    return InstalledSubject.start({ name: 'postfix', command, port }, surroundings);
  },
};

/** As `postfix set-permissions` makes them. */
function makeFolders(home: string): void {
  const owner = Number(execFileSync('id', ['-u', 'postfix'], { encoding: 'utf8' }));
  const dropGroup = Number(execFileSync('getent', ['group', 'postdrop'], { encoding: 'utf8' }).split(':')[2]);
  // Processes of user postfix go through it, and through the folder that it is in.
  for (const folder of [join(home, '..'), home]) chmodSync(folder, 0o755);
  for (const name of ['config', 'queue', 'queue/pid', 'data']) mkdirSync(join(home, name), { recursive: true });
  for (const name of [...QUEUES, 'trace', 'private', 'public']) {
    mkdirSync(join(home, 'queue', name), { mode: 0o700, recursive: true });
    chownSync(join(home, 'queue', name), owner, name === 'public' ? dropGroup : -1 >>> 0);
  }
  chownSync(join(home, 'data'), owner, 0);
}

function mainCf(home: string, sinkPort: number): string {
  const settings = {
    compatibility_level: '3.6',
    queue_directory: `${home}/queue`,
    data_directory: `${home}/data`,
    command_directory: '/usr/sbin',
    daemon_directory: '/usr/lib/postfix/sbin',
    maillog_file: `${home}/maillog`,
    maillog_file_prefixes: home,
    myhostname: 'mx.bench.example',
    mydestination: '',
    mynetworks: '127.0.0.0/8',
    local_recipient_maps: '',
    alias_maps: '',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    relayhost: `[${HOST}]:${sinkPort}`,
    default_transport: 'smtp',
    smtp_tls_security_level: 'none',
    smtpd_tls_security_level: 'none',
    default_process_limit: String(PROCESS_LIMIT),
    initial_destination_concurrency: '50',
    default_destination_concurrency_limit: '50',
    message_size_limit: String(MAX_MESSAGE_OCTETS),
    mailbox_size_limit: '0',
    smtpd_client_connection_count_limit: '0',
    smtpd_peername_lookup: 'no',
    smtpd_relay_restrictions: 'permit_mynetworks, reject',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

function masterCf(port: number): string {
  return `${HOST}:${port} inet n - n - - smtpd
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
smtp unix - - n - - smtp
error unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
`;
}
