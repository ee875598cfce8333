/** Rules that security groups take, counted before EC2 does: 60 a direction and group, five groups a network interface. */
import { type NetworkConfiguration, usesEndpoints } from '../network/network.ts';
import type { Server } from './server.ts';

/** Says what is wrong with a field of a server. */
export type Report = (field: readonly (string | number)[], message: string) => void;

/** Quota of EC2, inbound and outbound each, by address family; it can be raised where groups are made fewer. */
export const RULES_PER_GROUP = 60;
/** Security groups that a load balancer, or a task, may have. */
export const GROUPS_PER_INTERFACE = 5;
/** What the first group of a load balancer holds beside its clients: two rules of ICMP. */
export const ICMP_RULES = 2;

export function checkRules(server: Server, network: NetworkConfiguration, report: Report): void {
  const clients = server.clients.length * server.ports.length;
  const most = RULES_PER_GROUP * GROUPS_PER_INTERFACE - ICMP_RULES;
  if (clients > most) {
    report(
      ['clients'],
      `make ${clients} rules with ${server.ports.length} ports, and a load balancer can have ${most}: ` +
        'put networks together, or into a prefix list (pl-…)',
    );
  }
  const egress = server.egress.length + awsRules(network) + network.resolvers.length * 2;
  if (egress > RULES_PER_GROUP) {
    report(
      ['egress'],
      `makes ${egress} rules with those for AWS, and a security group can have ${RULES_PER_GROUP}: ` +
        'put networks together, or into a prefix list (pl-…)',
    );
  }
}

/** To the endpoints' groups and to two prefix lists; over NAT one rule for all. */
function awsRules(network: NetworkConfiguration): number {
  const endpoints = usesEndpoints(network) ? 3 + network.endpoints.securityGroupIds.length : 0;
  return endpoints + (network.outbound === 'endpoints' ? 0 : 1);
}
