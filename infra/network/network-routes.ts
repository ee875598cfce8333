/** Ways from the private subnets to networks of yours, where the internal mail server stands. */
import { CfnOutput } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { RouteConfiguration } from '../configuration/network/route.ts';
import { taskSubnetsOf } from './edge-network.ts';

export interface NetworkRoutesProps {
  readonly vpc: ec2.Vpc;
  readonly routes: readonly RouteConfiguration[];
}

type Target = Pick<ec2.CfnRouteProps, 'transitGatewayId' | 'vpcPeeringConnectionId' | 'gatewayId'>;

interface Way extends Target {
  /** What must be there before a route can lead to it. */
  readonly after?: ec2.CfnTransitGatewayAttachment;
}

export class NetworkRoutes extends Construct {
  readonly #vpc: ec2.Vpc;
  /** By what routes lead through; several may share one. */
  readonly #ways = new Map<string, Way>();

  constructor(scope: Construct, id: string, { vpc, routes }: NetworkRoutesProps) {
    super(scope, id);
    this.#vpc = vpc;
    for (const route of routes) {
      const { after, ...target } = this.#wayOf(route);
      for (const [index, { routeTable }] of taskSubnetsOf(vpc).entries()) {
        const made = new ec2.CfnRoute(this, `${route.to}-${route.through}-${index + 1}`, {
          routeTableId: routeTable.routeTableId,
          destinationCidrBlock: route.to,
          ...target,
        });
        if (after !== undefined) made.addDependency(after);
      }
    }
  }

  #wayOf(route: RouteConfiguration): Way {
    const known = this.#ways.get(route.through);
    if (known !== undefined) return known;
    const way = this.#newWay(route);
    this.#ways.set(route.through, way);
    return way;
  }

  #newWay({ through, account, region, acceptRoleArn }: RouteConfiguration): Way {
    const [kind] = through.split('-');
    if (kind === 'pcx') return { vpcPeeringConnectionId: through };
    if (kind === 'vgw') return { gatewayId: through };
    if (kind === 'tgw') {
      const after = new ec2.CfnTransitGatewayAttachment(this, through, {
        transitGatewayId: through,
        vpcId: this.#vpc.vpcId,
        subnetIds: taskSubnetsOf(this.#vpc).map(({ subnetId }) => subnetId),
      });
      return { transitGatewayId: through, after };
    }
    const peering = new ec2.CfnVPCPeeringConnection(this, through, {
      vpcId: this.#vpc.vpcId,
      peerVpcId: through,
      peerOwnerId: account,
      peerRegion: region,
      peerRoleArn: acceptRoleArn,
    });
    new CfnOutput(this, `Peering-${through}`, {
      description: `Peering with ${through}: its route tables need a route back through it`,
      value: peering.attrId,
    });
    return { vpcPeeringConnectionId: peering.attrId };
  }
}
