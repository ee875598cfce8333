/**
 * nginx's mail proxy with the policy service that it cannot do without (`auth_http`): it decides the first recipient of
 * a connection, then nginx passes octets on unread.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment } from '../../local/child-environment.ts';
import { HOST } from '../../local/names.ts';
import { portOf } from '../../local/start/part.ts';
import { MAX_MESSAGE_OCTETS } from '../identity.ts';
import { Program } from '../machine/program.ts';
import { installed, unusedPort } from './installed.ts';
import { InstalledSubject } from './installed-subject.ts';
import type { SubjectKind, Surroundings } from './subject.ts';

/** Where distributions keep the module that is loaded at run time. */
const MODULES = ['/usr/lib/nginx/modules/ngx_mail_module.so', '/usr/lib64/nginx/modules/ngx_mail_module.so'];

export const NGINX: SubjectKind = {
  name: 'nginx',
  what: 'nginx mail with its policy service; blind after the first recipient',
  missing: () => {
    if (installed('nginx') === undefined) return 'nginx is not installed';
    return MODULES.some((path) => existsSync(path)) ? undefined : 'the mail module of nginx is not installed';
  },
  start: async (surroundings) => {
    const policyService = startPolicyService(surroundings);
    try {
      const port = await unusedPort();
      const path = join(surroundings.home, 'nginx.conf');
      writeFileSync(path, configuration(surroundings, port, portOf(await policyService.listening)));
      const command = [installed('nginx') ?? '', '-c', path, '-p', surroundings.home, '-e', 'error.log'];
      const beside = { role: 'policy service', program: policyService };
      return await InstalledSubject.start({ name: 'nginx', command, port, beside }, surroundings);
    } catch (error) {
      await policyService.stop();
      throw error;
    }
  },
};

function startPolicyService({ bundles, sinkPort, cores }: Surroundings): Program {
  return new Program({
    name: "nginx's policy service",
    command: [bundles.nginxPolicy, '--to', String(sinkPort)],
    environment: cleanEnvironment(process.env),
    cores: cores.subject,
    isOurs: true,
  });
}

function configuration(
  { certificate, needsLogin, connections }: Surroundings,
  port: number,
  policyPort: number,
): string {
  const module = MODULES.find((path) => existsSync(path)) ?? '';
  // It answers the first recipient by itself and the rest of a group after it in a second small segment, which waits
  // 40 ms for the client's acknowledgement (it has no switch for Nagle's algorithm): with a message a connection that
  // would be measured, and without the group it is faster. Over connections that last the group is faster.
  const pipelining = connections === 'new' ? '' : 'PIPELINING ';
  return `load_module ${module};
user root;
daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log error;
events {
  worker_connections 16000;
}
mail {
  server_name mx.bench.example;
  auth_http ${HOST}:${policyPort}/;
  xclient off;
  proxy_pass_error_message on;
  timeout 300s;
  smtp_auth ${needsLogin ? 'plain' : 'none'};
  smtp_capabilities ${pipelining}"SIZE ${MAX_MESSAGE_OCTETS}" 8BITMIME ENHANCEDSTATUSCODES;
  ssl_certificate ${certificate};
  ssl_certificate_key ${certificate};
  server {
    listen ${HOST}:${port} backlog=8192;
    protocol smtp;
    starttls on;
  }
}
`;
}
