/** Where the tasks of a server may connect to: the hops that it names, AWS, and nothing else. */
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { EgressPeer } from '../configuration/server/egress-rule.ts';
import type { Server } from '../configuration/server/server.ts';
import type { EdgeNetwork } from '../network/edge-network.ts';

export interface SiteRuleProps {
  readonly server: Server;
  readonly network: EdgeNetwork;
}

const HTTPS = ec2.Port.tcp(443);
/** An answer that is too long for UDP is asked for over TCP (RFC 7766 section 5). */
const DNS = [ec2.Port.udp(53), ec2.Port.tcp(53)];

export class SiteRule extends Construct {
  /** The security group of the tasks. */
  readonly securityGroup: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, { server, network }: SiteRuleProps) {
    super(scope, id);
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: `Tasks of ${server.name}`,
      // The VPC's own resolver answers whatever the rules are; name servers of yours need one.
      allowAllOutbound: false,
    });
    for (const { peer, what } of network.awsPeers) this.securityGroup.addEgressRule(peer, HTTPS, what);
    for (const { to, port, note } of server.egress) {
      this.securityGroup.addEgressRule(peerOf(to), ec2.Port.tcp(port), note ?? 'Next hop');
    }
    for (const address of network.resolvers) {
      const resolver = ec2.Peer.ipv4(`${address}/32`);
      for (const port of DNS) this.securityGroup.addEgressRule(resolver, port, 'Name server');
    }
    for (const [index, groupId] of network.existingEndpointGroupIds.entries()) {
      // In this stack and not in the network's: a server that goes takes its rule with it.
      new ec2.CfnSecurityGroupIngress(this, `ToEndpoints${index + 1}`, {
        groupId,
        sourceSecurityGroupId: this.securityGroup.securityGroupId,
        ipProtocol: 'tcp',
        fromPort: 443,
        toPort: 443,
        description: `Tasks of ${server.name}`,
      });
    }
  }
}

function peerOf(to: EgressPeer): ec2.IPeer {
  switch (to.kind) {
    case 'network':
      return to.network.family === 4 ? ec2.Peer.ipv4(to.cidr) : ec2.Peer.ipv6(to.cidr);
    case 'security-group':
      return ec2.Peer.securityGroupId(to.id);
    case 'prefix-list':
      return ec2.Peer.prefixList(to.id);
  }
}
