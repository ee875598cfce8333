/** The public side of a server: its addresses, the load balancer that owns them, and who may connect. */
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { Server } from '../configuration/server.ts';
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

export class EdgeDoor extends Construct {
  readonly loadBalancer: elbv2.NetworkLoadBalancer;
  readonly securityGroup: ec2.SecurityGroup;
  /** None of an internal server. */
  readonly addresses: readonly DoorAddress[];

  constructor(scope: Construct, id: string, { server, network }: EdgeDoorProps) {
    super(scope, id);
    const { vpc } = network;
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: `Clients of ${server.name}`,
      allowAllOutbound: false,
    });
    for (const port of server.ports) {
      for (const cidr of server.clients) this.securityGroup.addIngressRule(ec2.Peer.ipv4(cidr), ec2.Port.tcp(port));
    }
    acknowledge(this.securityGroup, 'AwsSolutions-EC23', 'A published mail server is for the whole internet');

    const isPublic = server.scheme === 'internet-facing';
    this.addresses = isPublic ? this.#addresses(server) : [];
    const subnets = (isPublic ? network.publicSubnets : network.privateSubnets).slice(0, server.zones);
    this.loadBalancer = new elbv2.NetworkLoadBalancer(this, 'LoadBalancer', {
      vpc,
      internetFacing: isPublic,
      subnetMappings: subnets.map((subnet, index) => ({
        subnet,
        allocationId: this.addresses[index]?.allocationId,
        privateIpv4Address: server.privateAddresses?.[index],
      })),
      // Only at creation can a Network Load Balancer be given one.
      securityGroups: [this.securityGroup],
      // With an address in one zone, tasks in the others would have no clients.
      crossZoneEnabled: true,
    });
    acknowledge(this.loadBalancer, 'AwsSolutions-ELB2', 'It logs TLS listeners alone, and these are TCP');
  }

  #addresses({ zones, allocationIds }: Server): readonly DoorAddress[] {
    if (allocationIds !== undefined) return allocationIds.map((allocationId) => ({ allocationId }));
    return Array.from({ length: zones }, (_, index) => {
      const address = new ec2.CfnEIP(this, `Address${index + 1}`, { domain: 'vpc' });
      return { allocationId: address.attrAllocationId, publicIp: address.attrPublicIp };
    });
  }
}
