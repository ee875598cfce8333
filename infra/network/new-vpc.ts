/** A VPC for Postern alone, with a log of what its rules refused, and its ways to networks of yours. */
import { CfnOutput, Fn, RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { makesNat, type NetworkConfiguration, prefixOf, zoneCount } from '../configuration/network/network.ts';
import { taskSubnetsOf } from './edge-network.ts';
import { NetworkRoutes } from './network-routes.ts';

export interface NewVpcProps {
  readonly configuration: NetworkConfiguration;
  /** Whether a server takes clients over IPv6. */
  readonly hasIpv6: boolean;
  /** Name of the log of refused connections. */
  readonly logGroupName: string;
  /** How long flow logs are kept. */
  readonly logRetention: logs.RetentionDays;
}

export class NewVpc extends Construct {
  readonly vpc: ec2.Vpc;

  constructor(scope: Construct, id: string, props: NewVpcProps) {
    super(scope, id);
    const { configuration, logRetention, logGroupName, hasIpv6 } = props;
    const { cidr, zoneNames } = configuration;
    const hasNat = makesNat(configuration);
    const zones = zoneCount(configuration);
    this.vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(cidr),
      ipProtocol: hasIpv6 ? ec2.IpProtocol.DUAL_STACK : ec2.IpProtocol.IPV4_ONLY,
      ...(zoneNames === undefined ? { maxAzs: zones } : { availabilityZones: [...zoneNames] }),
      // One a zone: a zone that fails takes no other's way out with it.
      natGateways: hasNat ? zones : 0,
      subnetConfiguration: subnetsOf(prefixOf(cidr), hasNat),
      restrictDefaultSecurityGroup: false,
    });
    // Refused traffic alone: a task that tries to leave its site rule stands here, and mail is logged elsewhere.
    this.vpc.addFlowLog('Refused', {
      trafficType: ec2.FlowLogTrafficType.REJECT,
      destination: ec2.FlowLogDestination.toCloudWatchLogs(
        new logs.LogGroup(this, 'RefusedLog', {
          logGroupName,
          retention: logRetention,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      ),
    });
    new NetworkRoutes(this, 'Routes', { vpc: this.vpc, routes: configuration.routes });
    this.#tell('VpcId', 'For peerings and routes back', this.vpc.vpcId);
    this.#tell('VpcCidr', 'What the mail server sees tasks come from', cidr);
    const subnets = taskSubnetsOf(this.vpc);
    this.#tell('PrivateSubnetIds', 'Where tasks stand', list(subnets.map(({ subnetId }) => subnetId)));
    this.#tell(
      'PrivateRouteTableIds',
      'Route tables of tasks, one a zone',
      list(subnets.map(({ routeTable }) => routeTable.routeTableId)),
    );
  }

  #tell(id: string, description: string, value: string): void {
    new CfnOutput(this, id, { description, value });
  }
}

/** Masks of the subnets: /24 and /22 where there is room, else a sixteenth and a quarter of the VPC. */
function subnetsOf(prefix: number, hasNat: boolean): ec2.SubnetConfiguration[] {
  const { PRIVATE_ISOLATED, PRIVATE_WITH_EGRESS, PUBLIC } = ec2.SubnetType;
  return [
    { name: 'Public', subnetType: PUBLIC, cidrMask: Math.max(24, prefix + 4), mapPublicIpOnLaunch: false },
    {
      name: 'Private',
      subnetType: hasNat ? PRIVATE_WITH_EGRESS : PRIVATE_ISOLATED,
      cidrMask: Math.max(22, prefix + 2),
    },
  ];
}

function list(values: readonly string[]): string {
  return Fn.join(',', [...values]);
}
