/** HAProxy in TCP mode: a relay in C that reads nothing of what it passes on. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOST } from '../../local/names.ts';
import { installed, unusedPort } from './installed.ts';
import { InstalledSubject } from './installed-subject.ts';
import type { SubjectKind } from './subject.ts';

export const HAPROXY: SubjectKind = {
  name: 'haproxy',
  what: 'HAProxy in TCP mode; screens nothing; with logins implicit TLS',
  missing: () => (installed('haproxy') === undefined ? 'HAProxy is not installed' : undefined),
  start: async (surroundings) => {
    const { home, sinkPort, certificate, needsLogin } = surroundings;
    const port = await unusedPort();
    const path = join(home, 'haproxy.cfg');
    const tls = needsLogin ? ` ssl crt ${certificate}` : '';
    writeFileSync(path, configuration(`${HOST}:${port}${tls}`, `${HOST}:${sinkPort}`));
    const command = [installed('haproxy') ?? '', '-db', '-f', path];
    return InstalledSubject.start({ name: 'haproxy', command, port, hasImplicitTls: needsLogin }, surroundings);
  },
};

/** One thread: more than one cannot run on one core. */
function configuration(bind: string, sink: string): string {
  return `global
  maxconn 8000
  nbthread 1
defaults
  mode tcp
  timeout connect 5s
  timeout client 300s
  timeout server 300s
frontend smtp
  bind ${bind} backlog 8192
  default_backend sink
backend sink
  server sink ${sink}
`;
}
