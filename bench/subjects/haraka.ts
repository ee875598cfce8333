/** Haraka, a mail server of plugins in Node, with two of its own: the domains that it takes, and handing on. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOST } from '../../local/names.ts';
import { DOMAIN, LOGIN, MAX_MESSAGE_OCTETS } from '../identity.ts';
import { installed, unusedPort } from './installed.ts';
import { InstalledSubject } from './installed-subject.ts';
import type { SubjectKind, Surroundings } from './subject.ts';

export const HARAKA: SubjectKind = {
  name: 'haraka',
  what: 'Haraka with the plugins rcpt_to.in_host_list and queue/smtp_forward',
  missing: () => (installed('haraka') === undefined ? 'no command haraka is installed' : undefined),
  start: async (surroundings) => {
    const port = await unusedPort();
    writeConfiguration(surroundings, port);
    const command = [process.execPath, installed('haraka') ?? '', '-c', surroundings.home];
    return InstalledSubject.start({ name: 'haraka', command, port }, surroundings);
  },
};

function writeConfiguration({ home, sinkPort, needsLogin, certificate }: Surroundings, port: number): void {
  const config = join(home, 'config');
  mkdirSync(join(home, 'queue'), { recursive: true });
  mkdirSync(config, { recursive: true });
  const files = {
    'smtp.ini': `listen=${HOST}:${port}\nnodes=0\n`,
    // As `haraka -i` writes it, but for the size: without these sections it ends at the first connection.
    'connection.ini': `[headers]
add_received=true
max_lines=1000
max_received=100
[max]
bytes=${MAX_MESSAGE_OCTETS}
mime_parts=1000
line_length=512
data_line_length=992
[message]
close=closing connection
[uuid]
banner_chars=6
deny_chars=0
`,
    plugins: needsLogin ? 'tls\nauth/flat_file\nqueue/smtp_forward\n' : 'rcpt_to.in_host_list\nqueue/smtp_forward\n',
    host_list: `${DOMAIN}\n`,
    host_list_regex: `d[0-9]+\\.bench\\.example\n`,
    // Mail of users who logged in is outbound to Haraka: by this it is forwarded too, and not queued.
    'smtp_forward.ini': `host=${HOST}\nport=${sinkPort}\nenable_outbound=true\n`,
    'tls.ini': `key=${certificate}\ncert=${certificate}\n`,
    'auth_flat_file.ini': `[core]\nmethods=PLAIN\n[users]\n${LOGIN.username}=${LOGIN.password}\n`,
    me: 'mx.bench.example',
    'log.ini': '[main]\nlevel=warn\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(config, name), text);
}
