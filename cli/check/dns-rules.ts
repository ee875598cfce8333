/** DNS records that a server should have, compared with DNS as it is. */
import { type Ask, type Compared, compareRecords, recordsOf } from '../dns/records.ts';
import type { Finding } from './finding.ts';
import type { CheckedServer } from './policy-items.ts';

/** Domains whose records are asked for; `postern dns --check` asks for all. */
const MOST_DOMAINS = 100;

/**
 * What is missing or differs: of the host itself, and where strangers bring mail, of the domains that it is taken for. What DNS
 * cannot be asked is no finding.
 */
export async function dnsFindings({ server, document, snapshot }: CheckedServer, ask: Ask): Promise<Finding[]> {
  const settings = snapshot.policy?.settings;
  if (settings === undefined) return [];
  const { hostname } = settings;
  const addresses = (await Promise.all([ask(hostname, 'A'), ask(hostname, 'AAAA')]).catch(() => undefined))?.flat();
  if (addresses === undefined) return [];
  if (addresses.length === 0) {
    const problem = `hostname: ${hostname} has no address in DNS: no client finds it`;
    return [{ level: 'warning', server, item: 'settings', problem }];
  }
  const domains = settings.authentication === 'none' ? Object.keys(document.domains ?? {}) : [];
  const records = recordsOf({
    hostname,
    addresses,
    domains: domains.slice(0, MOST_DOMAINS),
    senderDomains: [],
    region: '',
    hasMtaSts: false,
  });
  return (await compareRecords(records, ask)).flatMap((compared) => finding(server, domains, compared));
}

function finding(server: string, domains: readonly string[], { record, state, found }: Compared): readonly Finding[] {
  if (state === 'ok' || state === 'unknown') return [];
  const { name, type, value, why } = record;
  const domain = domains.find((each) => name === each || name.endsWith(`.${each}`));
  const is = state === 'missing' ? 'there is none' : `it is ${found.join(', ')}`;
  const problem = `DNS: ${name} should have ${type} ${value} (${why}); ${is}`;
  // Reports of failed TLS are wanted, and nothing fails without.
  const level = type === 'TXT' ? 'note' : 'warning';
  return [{ level, server, item: domain === undefined ? 'settings' : `domain#${domain}`, problem }];
}
