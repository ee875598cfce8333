/** What is allowed and may still fail on AWS, or surprise. */
import type { Configuration } from './configuration.ts';
import type { Server } from './server/server.ts';
import { natAddresses } from './server/zones.ts';

export interface ConfigurationWarning {
  readonly id: string;
  readonly message: string;
}

/**
 * Regions where not every zone has Fargate, by the list in the ECS guide. Zone ids stand after other names in each
 * account, so which two zones a deployment would take is not known here; `npm run check:account` asks.
 */
const PARTIAL_FARGATE: Readonly<Record<string, string>> = {
  'us-west-1': 'usw1-az1 and usw1-az3',
  'ap-northeast-1': 'apne1-az1, apne1-az2 and apne1-az4',
  'cn-north-1': 'cnn1-az1 and cnn1-az2',
};

/** Share of V8's heap limit, itself 280 of 512 MiB, that messages to SES may fill (docs/reliability.md). */
const SES_BUDGET_SHARE = 280 / 512 / 12;
const OCTETS_PER_MIB = 1_048_576;

export function warningsOf(configuration: Configuration): readonly ConfigurationWarning[] {
  return [
    ...addressWarnings(configuration),
    ...zoneWarnings(configuration),
    ...configuration.servers.flatMap((server) => serverWarnings(server)),
  ];
}

function addressWarnings(configuration: Configuration): readonly ConfigurationWarning[] {
  const { servers, elasticIpQuota } = configuration;
  const addresses = elasticIps(configuration);
  const short = servers.filter(({ isShortOfAddresses }) => isShortOfAddresses).map(({ name }) => name);
  const warnings: ConfigurationWarning[] = [];
  if (addresses > elasticIpQuota) {
    warnings.push({
      id: 'postern:elastic-ips',
      message:
        `${addresses} Elastic IPs are needed, the account has ${elasticIpQuota}: ask for more (Service Quotas, ` +
        'EC2-VPC Elastic IPs) before you deploy, then say so in elasticIpQuota',
    });
  }
  if (short.length > 0) {
    warnings.push({
      id: 'postern:one-zone',
      message:
        `${short.join(', ')}: one zone and one address each, since ${elasticIpQuota} Elastic IPs do not suffice for ` +
        'two. The loss of that zone is an outage. If one of them stands in two zones already, this deployment takes ' +
        'an address from it: ask for more Elastic IPs and set elasticIpQuota, or write out zones',
    });
  }
  return warnings;
}

function zoneWarnings({ region, network }: Configuration): readonly ConfigurationWarning[] {
  const zones = PARTIAL_FARGATE[region ?? ''];
  if (zones === undefined || network.zoneNames !== undefined || network.vpc !== undefined) return [];
  const message =
    `In ${region} Fargate is in ${zones} alone, and the two zones that AWS chooses may be others: ` +
    'run npm run check:account, and name two zones in network.zoneNames';
  return [{ id: 'postern:zones', message }];
}

function serverWarnings(server: Server): readonly ConfigurationWarning[] {
  const { name, ses, tasks, policy } = server;
  const warnings: ConfigurationWarning[] = [];
  if (server.proxyProtocol) warnings.push({ id: `postern:proxy-protocol-${name}`, message: proxyProtocolText(name) });
  if (server.ipv6) warnings.push({ id: `postern:ipv6-${name}`, message: ipv6Text(name) });
  const budget = Math.floor(tasks.memoryMiB * OCTETS_PER_MIB * SES_BUDGET_SHARE);
  if (ses && policy.settings.maxMessageOctets > budget) {
    warnings.push({
      id: `postern:message-size-${name}`,
      message:
        `Server ${name} offers messages of ${policy.settings.maxMessageOctets} octets, and a task of ` +
        `${tasks.memoryMiB} MiB can hold ${budget} on their way to SES: larger ones hear 452. ` +
        'Set maxMessageOctets in its settings, or raise tasks.memoryMiB',
    });
  }
  return warnings;
}

function proxyProtocolText(name: string): string {
  return (
    `Server ${name} asks for PROXY protocol: a Network Load Balancer sends its header with the client's first ` +
    'octets. That serves port 465, where clients speak first; on 25 and 587 they wait for the greeting, and ' +
    'Postern for the header: unless AWS Support has set your target groups to on_first_ack, no session starts ' +
    'there. The header is read only from proxyProtocolNetworks of its settings, which must hold the subnets of ' +
    "the load balancer. Without it clients' addresses are preserved all the same"
  );
}

function ipv6Text(name: string): string {
  return (
    `Server ${name} takes clients over IPv6: to a task they all have the IPv4 address of the load balancer, so that ` +
    'client# items, maxConnectionsPerClient and lockouts take them for one client. No client# item may give relay ' +
    'access to the subnets of the load balancer'
  );
}

/** Those of the servers and, with NAT in a VPC that is made, one a zone for NAT. */
export function elasticIps({ servers, network }: Pick<Configuration, 'servers' | 'network'>): number {
  const published = servers.filter(({ scheme }) => scheme === 'internet-facing');
  return published.reduce((sum, { zones }) => sum + zones, natAddresses(network));
}
