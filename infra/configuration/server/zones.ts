/** In how many zones a server stands that does not say so: two, as long as the Elastic IPs of the region suffice. */
import { makesNat, type NetworkConfiguration, zoneCount } from '../network/network.ts';
import type { ServerInput } from './server.ts';

/** Elastic IPs that a region gives an account which has not asked for more. */
export const DEFAULT_ELASTIC_IPS = 5;
/** A server in two zones outlives the loss of one. */
const WANTED_ZONES = 2;

export interface Zones {
  readonly zones: number;
  /** Whether it would be more, were there more Elastic IPs. */
  readonly isShortOfAddresses: boolean;
}

/**
 * Zones of each server, in order. Whoever comes first gets two while one is left for each of those that follow: a server
 * that is added last takes no zone from the others before the quota is used up.
 */
export function zonesOf(
  servers: readonly ServerInput[],
  network: NetworkConfiguration,
  elasticIpQuota: number,
): readonly Zones[] {
  const wanted = Math.min(WANTED_ZONES, zoneCount(network));
  let spent = natAddresses(network);
  return servers.map((server, index) => {
    const said = saidZones(server);
    const takesAddresses = server.scheme === 'internet-facing';
    const needed = servers.slice(index + 1).reduce((sum, later) => sum + leastAddresses(later), 0);
    const suffice = !takesAddresses || spent + wanted + needed <= elasticIpQuota;
    const zones = said ?? (suffice ? wanted : 1);
    if (takesAddresses) spent += zones;
    return { zones, isShortOfAddresses: said === undefined && !suffice && wanted > 1 };
  });
}

/** Elastic IPs of the NAT gateways, one a zone. */
export function natAddresses(network: NetworkConfiguration): number {
  return makesNat(network) ? zoneCount(network) : 0;
}

function saidZones({ zones, allocationIds, privateAddresses }: ServerInput): number | undefined {
  return zones ?? allocationIds?.length ?? privateAddresses?.length;
}

function leastAddresses(server: ServerInput): number {
  return server.scheme === 'internet-facing' ? (saidZones(server) ?? 1) : 0;
}
