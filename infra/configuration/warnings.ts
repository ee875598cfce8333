/** What is allowed and may still fail on AWS, or surprise. */
import type { Configuration } from './configuration.ts';
import { zoneCount } from './network.ts';

export interface ConfigurationWarning {
  readonly id: string;
  readonly message: string;
}

/** Elastic IPs that a region gives an account which has not asked for more. */
export const DEFAULT_ELASTIC_IPS = 5;

export function warningsOf(configuration: Configuration): readonly ConfigurationWarning[] {
  const { servers } = configuration;
  const warnings: ConfigurationWarning[] = [];
  const addresses = elasticIps(configuration);
  if (addresses > DEFAULT_ELASTIC_IPS) {
    warnings.push({
      id: 'postern:elastic-ips',
      message:
        `${addresses} Elastic IPs are needed, a region gives ${DEFAULT_ELASTIC_IPS} by default: ` +
        'ask for more (Service Quotas, EC2-VPC Elastic IPs) before you deploy',
    });
  }
  for (const { name } of servers.filter(({ proxyProtocol }) => proxyProtocol)) {
    warnings.push({
      id: `postern:proxy-protocol-${name}`,
      message:
        `Server ${name} asks for PROXY protocol: a Network Load Balancer sends its header with the client's first ` +
        'octets. That serves port 465, where clients speak first; on 25 and 587 they wait for the greeting, and ' +
        'Postern for the header: unless AWS Support has set your target groups to on_first_ack, no session starts ' +
        'there. The header is read only from proxyProtocolNetworks of its settings, which must hold the subnets of ' +
        "the load balancer. Without it clients' addresses are preserved all the same",
    });
  }
  return warnings;
}

/** Those of the servers and, with NAT in a VPC that is made, one a zone for NAT. */
export function elasticIps({ servers, network }: Configuration): number {
  const published = servers.filter(({ scheme }) => scheme === 'internet-facing');
  const nat = network.outbound === 'nat' && network.vpc === undefined ? zoneCount(network) : 0;
  return published.reduce((sum, { zones }) => sum + zones, nat);
}
