/** The public side of a server: its addresses, the load balancer that owns them, and who may connect. */
import { RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { Client } from '../configuration/server/client.ts';
import { ICMP_RULES, RULES_PER_GROUP } from '../configuration/server/rule-checks.ts';
import type { Server } from '../configuration/server/server.ts';
import type { EdgeNetwork } from '../network/edge-network.ts';

export interface EdgeDoorProps {
  readonly server: Server;
  readonly network: EdgeNetwork;
}

/** An address as DNS and `modify-address-attribute` want it. */
export interface DoorAddress {
  readonly allocationId: string;
  /** Known where the deployment made it. */
  readonly publicIp?: string | undefined;
}

interface IngressRule {
  readonly peer: ec2.IPeer;
  readonly port: ec2.Port;
  readonly description?: string;
}

/** Type 2 of ICMPv6; EC2 wants its code where a port ends. */
const PACKET_TOO_BIG = new ec2.Port({
  protocol: ec2.Protocol.ICMPV6,
  fromPort: 2,
  toPort: 0,
  stringRepresentation: 'ICMPv6 Type 2 Code 0',
});
const ANY = [ec2.Peer.anyIpv4(), ec2.Peer.anyIpv6()] as const;

export class EdgeDoor extends Construct {
  readonly loadBalancer: elbv2.NetworkLoadBalancer;
  /** The first of its groups: what comes from it comes through the load balancer. */
  readonly securityGroup: ec2.SecurityGroup;
  /** None of an internal server. */
  readonly addresses: readonly DoorAddress[];

  constructor(scope: Construct, id: string, { server, network }: EdgeDoorProps) {
    super(scope, id);
    const { vpc } = network;
    const [first, ...others] = chunks(rulesOf(server, network), RULES_PER_GROUP);
    this.securityGroup = this.#securityGroup('SecurityGroup', `Clients of ${server.name}`, network, first ?? []);
    const more = others.map((rules, index) =>
      this.#securityGroup(`SecurityGroup${index + 2}`, `More clients of ${server.name}`, network, rules),
    );

    const isPublic = server.scheme === 'internet-facing';
    this.addresses = isPublic ? this.#addresses(server) : [];
    const subnets = (isPublic ? network.publicSubnets : network.privateSubnets).slice(0, server.zones);
    this.loadBalancer = new elbv2.NetworkLoadBalancer(this, 'LoadBalancer', {
      vpc,
      internetFacing: isPublic,
      ipAddressType: server.ipv6 ? elbv2.IpAddressType.DUAL_STACK : undefined,
      subnetMappings: subnets.map((subnet, index) => ({
        subnet,
        allocationId: this.addresses[index]?.allocationId,
        privateIpv4Address: server.privateAddresses?.[index],
      })),
      // Only at creation can a Network Load Balancer be given one.
      securityGroups: [this.securityGroup, ...more],
      // A client that knows one address alone reaches the tasks of both zones.
      crossZoneEnabled: true,
    });
    // Not said here at all: `DeletionProtection` says it when the server stands.
    this.loadBalancer.removeAttribute('deletion_protection.enabled');
    acknowledge(this.loadBalancer, 'AwsSolutions-ELB2', 'It logs TLS listeners alone, and these are TCP');
  }

  #securityGroup(
    id: string,
    description: string,
    { vpc }: EdgeNetwork,
    rules: readonly IngressRule[],
  ): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(this, id, { vpc, description, allowAllOutbound: false });
    for (const rule of rules) group.addIngressRule(rule.peer, rule.port, rule.description);
    acknowledge(group, 'AwsSolutions-EC23', 'A published mail server is for the whole internet');
    return group;
  }

  #addresses({ zones, allocationIds }: Server): readonly DoorAddress[] {
    if (allocationIds !== undefined) return allocationIds.map((allocationId) => ({ allocationId }));
    return Array.from({ length: zones }, (_, index) => {
      const address = new ec2.CfnEIP(this, `Address${index + 1}`, { domain: 'vpc' });
      // Its reputation took months. Only a first deployment that fails gives it back: no one knows it yet.
      address.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
      return { allocationId: address.attrAllocationId, publicIp: address.attrPublicIp };
    });
  }
}

function rulesOf({ ports, clients, ipv6 }: Server, { probeSecurityGroup }: EdgeNetwork): readonly IngressRule[] {
  // Routers on the way send it (RFC 1191 section 4, RFC 8201 section 4): without it large packets of clients vanish.
  const tooLarge = [
    { peer: ANY[0], port: ec2.Port.icmpTypeAndCode(3, 4), description: 'Fragmentation needed' },
    { peer: ANY[1], port: PACKET_TOO_BIG, description: 'Packet too big' },
  ];
  const ofClients = ports.flatMap((port) =>
    clients.map((client) => ({ peer: peerOf(client), port: ec2.Port.tcp(port) })),
  );
  const isForAll = clients.some((client) => client.kind === 'network' && client.cidr === '0.0.0.0/0');
  const ofProbe = ports.map((port) => ({ peer: probeSecurityGroup, port: ec2.Port.tcp(port), description: 'Probe' }));
  return [...tooLarge.slice(0, ipv6 ? ICMP_RULES : 1), ...ofClients, ...(isForAll ? [] : ofProbe)];
}

function peerOf(client: Client): ec2.IPeer {
  if (client.kind === 'prefix-list') return ec2.Peer.prefixList(client.id);
  return client.family === 4 ? ec2.Peer.ipv4(client.cidr) : ec2.Peer.ipv6(client.cidr);
}

function chunks<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
