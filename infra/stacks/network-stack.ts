/** The network that published servers stand in: a VPC that is made or one of yours, and its way to AWS. */
import { Fn, Stack, type StackProps } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { GATEWAY_SERVICES, INTERFACE_SERVICES, type InterfaceService } from '../configuration/network/aws-service.ts';
import type { ImportedVpc } from '../configuration/network/imported-vpc.ts';
import { type NetworkConfiguration, usesEndpoints, zoneCount } from '../configuration/network/network.ts';
import { PUBLISHED_PORTS } from '../configuration/server/server.ts';
import type { DeploymentNames } from '../deployment-names.ts';
import { AwsEndpoints } from '../network/aws-endpoints.ts';
import { EcsRole } from '../network/ecs-role.ts';
import { type AwsPeer, type EdgeNetwork, taskSubnetsOf } from '../network/edge-network.ts';
import { NewVpc } from '../network/new-vpc.ts';
import { ProbeFunction } from '../probe/probe-function.ts';

export interface NetworkStackProps extends StackProps {
  readonly configuration: NetworkConfiguration;
  readonly names: DeploymentNames;
  readonly eventsTable: dynamodb.ITable;
  readonly probe: Configuration['probe'];
  /** Whether a server sends through Amazon SES. */
  readonly hasSes: boolean;
  /** Whether tasks can be entered by ECS Exec. */
  readonly hasExec: boolean;
  /** Whether a server takes clients over IPv6. */
  readonly hasIpv6: boolean;
  /** How long logs are kept. */
  readonly logRetention: logs.RetentionDays;
}

/** Over NAT the endpoints of AWS have public addresses, many and changing: only the port can be named. */
const AWS_OVER_NAT: readonly AwsPeer[] = [{ peer: ec2.Peer.anyIpv4(), what: 'AWS over NAT' }];

export class NetworkStack extends Stack {
  readonly network: EdgeNetwork;
  readonly #zones: number;

  constructor(scope: Construct, id: string, props: NetworkStackProps) {
    super(scope, id, { description: 'Postern: network', ...props });
    const { configuration, logRetention, names, hasIpv6 } = props;
    this.#zones = zoneCount(configuration);
    const made =
      configuration.vpc === undefined
        ? new NewVpc(this, 'New', { configuration, logRetention, hasIpv6, logGroupName: names.log('network/refused') })
            .vpc
        : undefined;
    const vpc = made ?? this.#importVpc(configuration.vpc);
    const { publicSubnets } = vpc;
    const privateSubnets = taskSubnetsOf(vpc);
    new EcsRole(this, 'EcsRole', { logRetention });
    const hasEndpoints = usesEndpoints(configuration);
    const { existing, securityGroupIds } = configuration.endpoints;
    const isMissing = (service: string): boolean => !existing.some((name) => name === service);
    const endpoints = new AwsEndpoints(this, 'Endpoints', {
      vpc,
      subnets: privateSubnets,
      networks: made === undefined ? (configuration.vpc?.cidrs ?? []) : [configuration.cidr],
      interfaces: hasEndpoints ? usedServices(props).filter(isMissing) : [],
      // Over NAT, too, these cost nothing. In a VPC of yours with a way out of its own the routes are yours.
      gateways: hasEndpoints || made !== undefined ? GATEWAY_SERVICES.filter(isMissing) : [],
      isOwn: made !== undefined,
      existingSecurityGroupIds: securityGroupIds,
      logRetention,
    });
    const awsPeers = [
      ...(hasEndpoints ? endpoints.peers : []),
      ...(configuration.outbound === 'endpoints' ? [] : AWS_OVER_NAT),
    ];
    const probe = this.#probe(props, vpc, privateSubnets, awsPeers);
    this.network = {
      vpc,
      publicSubnets,
      privateSubnets,
      awsPeers,
      probe: probe.lambda,
      probeSecurityGroup: probe.securityGroup,
      existingEndpointGroupIds: hasEndpoints ? securityGroupIds : [],
      resolvers: configuration.resolvers,
    };
    // A stack cannot take back what another imports. So all is exported, whether a server imports it now or not: `zones`,
    // `outbound` and servers can then change in one deployment, in any order.
    const subnets = [...publicSubnets, ...privateSubnets].map(({ subnetId }) => subnetId);
    const exported = made === undefined ? endpoints.exported : [vpc.vpcId, ...subnets, ...endpoints.exported];
    for (const value of [...exported, probe.lambda.functionArn, probe.securityGroup.securityGroupId]) {
      this.exportValue(value);
    }
  }

  #probe(
    { names, eventsTable, logRetention, probe }: NetworkStackProps,
    vpc: ec2.IVpc,
    subnets: readonly ec2.ISubnet[],
    awsPeers: readonly AwsPeer[],
  ): { readonly lambda: lambda.IFunction; readonly securityGroup: ec2.ISecurityGroup } {
    const securityGroup = new ec2.SecurityGroup(this, 'ProbeSecurityGroup', {
      vpc,
      description: 'Probe of published servers',
      allowAllOutbound: false,
    });
    for (const { peer, what } of awsPeers) securityGroup.addEgressRule(peer, ec2.Port.tcp(443), what);
    for (const port of PUBLISHED_PORTS) {
      securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(port), 'Load balancers of published servers');
    }
    const { lambda } = new ProbeFunction(this, 'Probe', {
      names,
      eventsTable,
      logRetention,
      usersSecret: probe.usersSecret,
      place: { vpc, subnets, securityGroup },
    });
    return { lambda, securityGroup };
  }

  /** Whichever come first in the region: a look-up, as for a known account, would need credentials at synth. */
  override get availabilityZones(): string[] {
    return Array.from({ length: this.#zones }, (_, index) => Fn.select(index, Fn.getAzs()));
  }

  /** By attributes and not by look-up: synth needs no account. */
  #importVpc(imported: ImportedVpc | undefined): ec2.IVpc {
    if (imported === undefined) throw new TypeError('There is no VPC to import');
    const { id, zoneNames, publicSubnetIds, privateSubnetIds, privateRouteTableIds } = imported;
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

function usedServices({ hasSes, hasExec }: NetworkStackProps): readonly InterfaceService[] {
  const unused = new Set<InterfaceService>([
    ...(hasSes ? [] : ['email' as const]),
    ...(hasExec ? [] : ['ssmmessages' as const]),
  ]);
  return INTERFACE_SERVICES.filter((name) => !unused.has(name));
}
