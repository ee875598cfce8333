/** Mistakes that show only when a server, or all of them, are looked at whole. */
import type * as z from 'zod';
import { type Network, parseNetwork } from '../../../policy/client-network.ts';
import { CLIENT_PREFIX } from '../../../policy/item.ts';
import { hopHostName, nextHopName } from '../../../policy/next-hop.ts';
import { type NetworkConfiguration, zoneCount } from '../network/network.ts';
import { letsOut, reachesAnywhere } from './egress-reach.ts';
import { checkRules, type Report } from './rule-checks.ts';
import { NEEDS_CERTIFICATE, routesThroughSes, type Server } from './server.ts';

interface Checked {
  readonly region?: string | undefined;
  readonly network: NetworkConfiguration;
  readonly replicas: readonly { readonly region: string; readonly network: NetworkConfiguration }[];
  readonly servers: readonly Server[];
  readonly hostedZones: readonly { readonly name: string }[];
  readonly mtaSts?: { readonly mode: string; readonly domains: readonly string[] } | undefined;
  readonly probe: { readonly hourly: boolean };
}

type Context = z.RefinementCtx<Checked>;

export function checkServers(checked: Checked, context: Context): void {
  const { servers, replicas } = checked;
  checkReplicas(checked, context);
  checkMtaSts(checked, context);
  for (const [index, server] of servers.entries()) {
    const report: Report = (field, message) => {
      context.addIssue({ code: 'custom', path: ['servers', index, ...field], message });
    };
    const earlier = servers.slice(0, index);
    const own = server.region === undefined || server.region === checked.region;
    const place = own ? checked : replicas.find(({ region }) => region === server.region);
    if (place === undefined) report(['region'], `${server.region} is neither the deployment's region nor a replica`);
    const { network } = place ?? checked;
    const zones = zoneCount(network);
    const hasPublicSubnets = network.vpc === undefined || network.vpc.publicSubnetIds.length > 0;
    if (server.zones > zones) report(['zones'], `${server.zones} is more than the ${zones} zones of the network`);
    if (server.scheme === 'internet-facing' && !hasPublicSubnets) {
      report(['scheme'], 'internet-facing needs network.vpc.publicSubnetIds');
    }
    checkName(server, earlier, report);
    checkAddresses(server, earlier, report);
    checkPorts(server, report);
    checkCertificate(server, report);
    checkEgress(server, report);
    checkSes(server, report);
    checkIpv6(server, network, report);
    checkRules(server, network, report);
  }
}

function checkReplicas({ region, replicas }: Checked, context: Context): void {
  if (replicas.length > 0 && region === undefined) {
    context.addIssue({
      code: 'custom',
      path: ['region'],
      message: 'is missing: replicas are of tables in a known one',
    });
  }
  const regions = [region, ...replicas.map((replica) => replica.region)];
  for (const [at, { region: own }] of replicas.entries()) {
    if (regions.indexOf(own) === at + 1) continue;
    context.addIssue({ code: 'custom', path: ['replicas', at], message: `${own} is named twice` });
  }
}

function checkMtaSts({ mtaSts, hostedZones, servers, probe }: Checked, context: Context): void {
  if (mtaSts?.mode === 'enforce' && !probe.hourly) {
    const message = 'enforce needs probe.hourly, by which certificates are looked at first';
    context.addIssue({ code: 'custom', path: ['mtaSts', 'mode'], message });
  }
  for (const [at, domain] of (mtaSts?.domains ?? []).entries()) {
    const report = (message: string): void => {
      context.addIssue({ code: 'custom', path: ['mtaSts', 'domains', at], message: `${domain} ${message}` });
    };
    if (!hostedZones.some(({ name }) => domain === name || domain.endsWith(`.${name}`))) {
      report('is in none of hostedZones: its records could not be made');
    }
    if (!servers.some(({ ports, policy }) => ports.includes(25) && policy.domains.some((each) => each === domain))) {
      report('is listed by no server at port 25');
    }
  }
}

function checkName({ name, scheme, policy }: Server, earlier: readonly Server[], report: Report): void {
  if (earlier.some((other) => other.name === name)) report(['name'], `"${name}" is the name of another server too`);
  const { hostname } = policy.settings;
  // One name leads to both addresses, and a client to either. The same name inside and outside is split DNS.
  const rival = earlier.find((other) => other.policy.settings.hostname === hostname && other.scheme === scheme);
  if (rival !== undefined) report(['policy'], `hostname ${hostname} is that of ${rival.name} too`);
}

/** A load balancer owns its address, so two servers cannot part one by ports either. */
function checkAddresses(server: Server, earlier: readonly Server[], report: Report): void {
  for (const field of ['allocationIds', 'privateAddresses'] as const) {
    const addresses = server[field] ?? [];
    const belongsTo = field === 'allocationIds' ? 'internet-facing' : 'internal';
    if (addresses.length === 0) continue;
    if (server.scheme !== belongsTo) report([field], `are for scheme ${belongsTo} alone`);
    if (addresses.length !== server.zones) {
      report([field], `has ${addresses.length} where zones is ${server.zones}: one a zone`);
    }
    for (const [at, address] of addresses.entries()) {
      if (addresses.indexOf(address) !== at) report([field, at], `${address} is listed twice`);
      const rival = earlier.find((other) => other[field]?.includes(address));
      if (rival !== undefined) report([field, at], alreadyOwned(address, server, rival));
    }
  }
}

function alreadyOwned(address: string, server: Server, rival: Server): string {
  const shared = server.ports.filter((port) => rival.ports.includes(port));
  if (shared.length > 0) return `${address} with port ${shared.join(', ')} is published by ${rival.name} already`;
  return `${address} is the address of ${rival.name} already: a load balancer shares its address with no other`;
}

function checkPorts({ ports }: Server, report: Report): void {
  for (const [at, port] of ports.entries()) {
    if (ports.indexOf(port) !== at) report(['ports', at], `${port} is listed twice`);
  }
}

function checkCertificate({ certificate, certificateSecret }: Server, report: Report): void {
  if (certificate === undefined && certificateSecret === undefined) report(['certificateSecret'], NEEDS_CERTIFICATE);
  if (certificate !== undefined && certificateSecret !== undefined) {
    report(['certificateSecret'], 'and certificate are both given: the deployment renews one, or you keep one');
  }
}

function checkEgress({ egress, policy }: Server, report: Report): void {
  for (const { item, hop } of policy.routes) {
    if (hop.kind !== 'smtp') continue;
    for (const host of hop.hosts) {
      if (egress.some((rule) => letsOut(rule, host))) continue;
      const name = hop.hosts.length === 1 ? nextHopName(hop) : `${hopHostName(host)} of ${nextHopName(hop)}`;
      report(['egress'], `does not let out to ${name}, which item ${item} names: add its network and port`);
    }
  }
  for (const [at, rule] of egress.entries()) {
    // What strangers may use must not be a way to every mail server, whatever its policy comes to say.
    if (policy.settings.authentication === 'none' && reachesAnywhere(rule, 25)) {
      report(['egress', at, 'to'], 'is every mail server: a server without authentication may reach its own alone');
    }
  }
}

function checkSes(server: Server, report: Report): void {
  if (server.ses || !routesThroughSes(server)) return;
  report(['ses'], 'is false, and an item of its policy routes through SES: its tasks would have no right to send');
}

/**
 * To a task a client that came over IPv6 has an address of the load balancer. An item that lets that address relay would
 * let everyone relay.
 */
function checkIpv6({ ipv6, clients, policy }: Server, network: NetworkConfiguration, report: Report): void {
  if (!ipv6) {
    const isSix = clients.some((client) => client.kind === 'network' && client.family === 6);
    if (isSix) report(['clients'], 'names a network of IPv6, which cannot connect unless ipv6 is true');
    return;
  }
  const inside = (network.vpc?.cidrs ?? [network.cidr]).flatMap((cidr) => networkOf(cidr));
  for (const { item, access } of policy.items) {
    if (access !== 'relay' || typeof item !== 'string') continue;
    const trusted = networkOf(item.slice(CLIENT_PREFIX.length));
    if (trusted.some((one) => inside.some((other) => overlap(one, other)))) {
      report(['ipv6'], `makes every client over IPv6 one of ${item}, which may relay: take that item out first`);
    }
  }
}

function networkOf(text: string): readonly Network[] {
  const network = parseNetwork(text);
  return network.ok ? [network.value] : [];
}

function overlap(one: Network, other: Network): boolean {
  const hostBits = BigInt((one.family === 4 ? 32 : 128) - Math.min(one.prefix, other.prefix));
  return one.family === other.family && one.bits >> hostBits === other.bits >> hostBits;
}
