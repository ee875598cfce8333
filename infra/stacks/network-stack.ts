/** The network that published servers stand in: a VPC that is made or one of yours, and its way to AWS. */
import { CfnWaitConditionHandle, Stack, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { ImportedVpc, NetworkConfiguration } from '../configuration/network.ts';
import { AwsEndpoints } from '../network/aws-endpoints.ts';
import type { EdgeNetwork } from '../network/edge-network.ts';
import { GatewayEndpoints } from '../network/gateway-endpoints.ts';
import { NewVpc } from '../network/new-vpc.ts';

export interface NetworkStackProps extends StackProps {
  readonly configuration: NetworkConfiguration;
  /** Whether a server sends through Amazon SES. */
  readonly hasSes: boolean;
  /** How long logs are kept. */
  readonly logRetention: logs.RetentionDays;
}

/** Over NAT the endpoints of AWS have public addresses, many and changing: only the port can be named. */
const AWS_OVER_NAT = [{ peer: ec2.Peer.anyIpv4(), what: 'AWS over NAT' }];

export class NetworkStack extends Stack {
  readonly network: EdgeNetwork;

  constructor(scope: Construct, id: string, props: NetworkStackProps) {
    super(scope, id, { description: 'Postern: network', ...props });
    const { configuration, hasSes, logRetention } = props;
    const vpc =
      configuration.vpc === undefined
        ? new NewVpc(this, 'New', { configuration, logRetention }).vpc
        : this.#importVpc(configuration.vpc);
    const { publicSubnets } = vpc;
    const privateSubnets = vpc.privateSubnets.length > 0 ? vpc.privateSubnets : vpc.isolatedSubnets;
    const place = { vpc, publicSubnets, privateSubnets };
    if (configuration.outbound === 'nat') {
      // Of a VPC of yours the routes are yours.
      if (configuration.vpc === undefined) new GatewayEndpoints(this, 'Gateways', { vpc, subnets: privateSubnets });
      this.network = { ...place, awsPeers: AWS_OVER_NAT };
      return;
    }
    const endpoints = new AwsEndpoints(this, 'Endpoints', { vpc, subnets: privateSubnets, hasSes, logRetention });
    const { securityGroupId: endpointSecurityGroupId } = endpoints.securityGroup;
    this.network = { ...place, awsPeers: endpoints.peers, endpointSecurityGroupId };
  }

  /** By attributes and not by look-up: synth needs no account. */
  #importVpc({ id, zoneNames, publicSubnetIds, privateSubnetIds, privateRouteTableIds }: ImportedVpc): ec2.IVpc {
    // CloudFormation refuses a stack without resources, and this one may have no other.
    new CfnWaitConditionHandle(this, 'Imported');
    const hasPublic = publicSubnetIds.length > 0;
    const vpc = ec2.Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: id,
      availabilityZones: [...zoneNames],
      publicSubnetIds: hasPublic ? [...publicSubnetIds] : undefined,
      privateSubnetIds: [...privateSubnetIds],
      privateSubnetRouteTableIds: privateRouteTableIds === undefined ? undefined : [...privateRouteTableIds],
    });
    acknowledge(vpc, 'Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId', 'Only tables that get a route are asked for');
    return vpc;
  }
}
