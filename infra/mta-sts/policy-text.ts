/** What an MTA-STS policy says (RFC 8461 section 3.2). */
import { createHash } from 'node:crypto';
import type { Server } from '../configuration/server/server.ts';

export interface MtaStsPolicy {
  readonly mode: 'none' | 'testing' | 'enforce';
  readonly maxAgeSeconds: number;
}

/** The servers at port 25 that take the domain's mail, in the order of their MX records. */
export function mailServersOf(domain: string, servers: readonly Server[]): readonly Server[] {
  return servers
    .filter(({ ports, policy }) => ports.includes(25) && policy.domains.some((each) => each === domain))
    .toSorted((a, b) => a.mxPreference - b.mxPreference);
}

export function policyText({ mode, maxAgeSeconds }: MtaStsPolicy, hosts: readonly string[]): string {
  const lines = ['version: STSv1', `mode: ${mode}`, ...hosts.map((host) => `mx: ${host}`), `max_age: ${maxAgeSeconds}`];
  return lines.map((line) => `${line}\r\n`).join('');
}

/** Another one for each text, so that senders fetch it again (RFC 8461 section 3.1). */
export function policyId(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
