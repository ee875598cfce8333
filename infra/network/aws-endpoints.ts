/** AWS inside the VPC: what tasks use, and no way to anything else. */
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { GATEWAY_SERVICES, type GatewayService, type InterfaceService } from '../configuration/network/aws-service.ts';
import type { AwsPeer } from './edge-network.ts';
import { GatewayEndpoints } from './gateway-endpoints.ts';
import { GatewayPrefixLists } from './gateway-prefix-lists.ts';

export interface AwsEndpointsProps {
  readonly vpc: ec2.IVpc;
  /** Where tasks stand. */
  readonly subnets: readonly ec2.ISubnet[];
  /** Networks of the VPC: an endpoint takes the traffic of everything in it, so all of it is let in. */
  readonly networks: readonly string[];
  /** Interface endpoints that are made. */
  readonly interfaces: readonly InterfaceService[];
  /** Gateway endpoints that are made. */
  readonly gateways: readonly GatewayService[];
  /** Whether nothing but Postern is in the VPC. */
  readonly isOwn: boolean;
  /** Security groups of interface endpoints that exist already. */
  readonly existingSecurityGroupIds: readonly string[];
  /** How long logs are kept. */
  readonly logRetention: logs.RetentionDays;
}

const { InterfaceVpcEndpointAwsService: Service } = ec2;

const SERVICES = {
  'ecr.api': ['EcrApi', Service.ECR],
  'ecr.dkr': ['EcrDocker', Service.ECR_DOCKER],
  logs: ['Logs', Service.CLOUDWATCH_LOGS],
  lambda: ['Lambda', Service.LAMBDA],
  secretsmanager: ['SecretsManager', Service.SECRETS_MANAGER],
  email: ['Ses', Service.EMAIL],
  ssmmessages: ['EcsExec', Service.SSM_MESSAGES],
} as const satisfies Record<InterfaceService, readonly [string, ec2.InterfaceVpcEndpointAwsService]>;

/**
 * Group and prefix lists are there in every mode of `outbound`, endpoints or not: servers import them, and what a server
 * still imports cannot be taken away. So the mode can be changed, both ways (docs/deploy.md).
 */
export class AwsEndpoints extends Construct {
  readonly peers: readonly AwsPeer[];
  /** What servers import. */
  readonly exported: readonly string[];

  constructor(scope: Construct, id: string, props: AwsEndpointsProps) {
    super(scope, id);
    const { vpc, subnets, interfaces, gateways, isOwn, existingSecurityGroupIds, logRetention } = props;
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      // Never changed: another description is another group, which servers would have to let go of first.
      description: 'Interface endpoints of AWS',
      allowAllOutbound: false,
    });
    for (const cidr of props.networks) {
      securityGroup.addIngressRule(ec2.Peer.ipv4(cidr), ec2.Port.tcp(443), 'From inside of the VPC');
    }
    for (const name of interfaces) {
      const [logicalName, service] = SERVICES[name];
      new ec2.InterfaceVpcEndpoint(this, logicalName, {
        vpc,
        service,
        subnets: { subnets: [...subnets] },
        securityGroups: [securityGroup],
        open: false,
      });
    }
    new GatewayEndpoints(this, 'Gateways', { vpc, subnets, services: gateways, isOwn });
    const { ids } = new GatewayPrefixLists(this, 'PrefixLists', { logRetention });
    this.exported = [securityGroup.securityGroupId, ...GATEWAY_SERVICES.map((name) => ids[name])];
    this.peers = [
      { peer: ec2.Peer.securityGroupId(securityGroup.securityGroupId), what: 'AWS by interface endpoints' },
      ...existingSecurityGroupIds.map((groupId) => {
        return { peer: ec2.Peer.securityGroupId(groupId), what: 'AWS by interface endpoints that were there' };
      }),
      { peer: ec2.Peer.prefixList(ids.dynamodb), what: 'DynamoDB' },
      { peer: ec2.Peer.prefixList(ids.s3), what: 'S3, for the layers of the image' },
    ];
  }
}
