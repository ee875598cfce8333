/** Where the tasks of a server may connect to: the hops that it names, AWS, and nothing else. */
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { EgressPeer } from '../configuration/egress-rule.ts';
import type { Server } from '../configuration/server.ts';
import type { EdgeNetwork } from '../network/edge-network.ts';

export interface SiteRuleProps {
  readonly server: Server;
  readonly network: EdgeNetwork;
}

const HTTPS = ec2.Port.tcp(443);

export class SiteRule extends Construct {
  /** Of the tasks. */
  readonly securityGroup: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, { server, network }: SiteRuleProps) {
    super(scope, id);
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: `Tasks of ${server.name}`,
      // Names are asked of the VPC's own resolver, which no security group stands before.
      allowAllOutbound: false,
    });
    for (const { peer, what } of network.awsPeers) this.securityGroup.addEgressRule(peer, HTTPS, what);
    for (const { to, port, note } of server.egress) {
      this.securityGroup.addEgressRule(peerOf(to), ec2.Port.tcp(port), note ?? 'Next hop');
    }
    const { endpointSecurityGroupId } = network;
    if (endpointSecurityGroupId === undefined) return;
    // In this stack and not in the network's: a server that goes takes its rule with it.
    new ec2.CfnSecurityGroupIngress(this, 'ToEndpoints', {
      groupId: endpointSecurityGroupId,
      sourceSecurityGroupId: this.securityGroup.securityGroupId,
      ipProtocol: 'tcp',
      fromPort: 443,
      toPort: 443,
      description: `Tasks of ${server.name}`,
    });
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
