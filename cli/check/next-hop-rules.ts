/** Next hops that cannot be found, or that the deployment does not let the tasks connect to. */

import { isInNetworks, parseAddress, parseNetwork } from '../../policy/client-network.ts';
import { type HopHost, hopHostName, type NextHop, nextHopName, type SmtpNextHop } from '../../policy/next-hop.ts';
import { counted } from '../output/counted.ts';
import type { EgressRule } from './egress.ts';
import type { Finding, Level } from './finding.ts';
import type { CheckedServer } from './policy-items.ts';

export interface NextHopQuestions {
  readonly addressesOf: (host: string) => Promise<readonly string[]>;
  /** What lets the server's tasks out; `undefined` when that is not known. */
  readonly egress: readonly EgressRule[] | undefined;
}

export async function nextHopFindings(
  { server, snapshot }: CheckedServer,
  { addressesOf, egress }: NextHopQuestions,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { hop, items } of hopsOf(snapshot)) {
    for (const host of hop.hosts) {
      const say = (level: Level, problem: string): void => {
        const [item = '', ...others] = items;
        const more = others.length === 0 ? '' : ` (and of ${counted(others.length, 'further item')})`;
        const which = hop.hosts.length === 1 ? '' : `, host ${hopHostName(host)},`;
        findings.push({ level, server, item, problem: `next hop ${nextHopName(hop)}${more}${which} ${problem}` });
      };
      const addresses = parseAddress(host.host) === undefined ? await found(addressesOf, host.host, say) : [host.host];
      if (egress !== undefined && addresses.length > 0) checkEgress(host, addresses, egress, say);
    }
  }
  return findings;
}

type Say = (level: Level, problem: string) => void;

interface UsedHop {
  readonly hop: SmtpNextHop;
  /** Keys of the items that name it. */
  readonly items: readonly string[];
}

/** Each SMTP hop once, however many domains it has. */
export function hopsOf({ inForce }: CheckedServer['snapshot']): Iterable<UsedHop> {
  const hops = new Map<string, { hop: SmtpNextHop; items: string[] }>();
  for (const [item, value] of inForce) {
    const hop: NextHop | undefined =
      value.kind === 'settings' ? value.settings.defaultNextHop : value.kind === 'domain' ? value.nextHop : undefined;
    if (hop?.kind !== 'smtp') continue;
    const used = hops.get(nextHopName(hop)) ?? { hop, items: [] };
    used.items.push(item);
    hops.set(nextHopName(hop), used);
  }
  return hops.values();
}

/** A name may well have addresses in the VPC alone, which is why it is no error. */
async function found(addressesOf: NextHopQuestions['addressesOf'], host: string, say: Say): Promise<readonly string[]> {
  try {
    return await addressesOf(host);
  } catch (error) {
    say('warning', `has no address, as seen from here: ${(error as NodeJS.ErrnoException).code ?? error}`);
    return [];
  }
}

function checkEgress(hop: HopHost, addresses: readonly string[], egress: readonly EgressRule[], say: Say): void {
  const rules = egress.filter(({ port }) => port === hop.port);
  const networks = rules.flatMap(({ to }) => {
    const network = parseNetwork(to);
    return network.ok ? [network.value] : [];
  });
  const shut = addresses.filter((address) => !isInNetworks(networks, address));
  if (shut.length === 0) return;
  const unknowable = rules.filter(({ to }) => !parseNetwork(to).ok).map(({ to }) => to);
  const where = shut.join(', ');
  if (unknowable.length > 0) {
    say('note', `may or may not be reached: who is in ${unknowable.join(', ')} is not known here`);
  } else if (shut.length < addresses.length) {
    say('warning', `cannot be reached at ${where}: egress does not let out to it`);
  } else {
    say('error', `cannot be reached: egress does not let out to ${where} port ${hop.port}`);
  }
}
