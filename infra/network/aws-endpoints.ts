/** AWS inside the VPC: what tasks use, and no way to anything else. */
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { AwsPeer } from './edge-network.ts';
import { GatewayEndpoints } from './gateway-endpoints.ts';
import { GatewayPrefixLists } from './gateway-prefix-lists.ts';

export interface AwsEndpointsProps {
  readonly vpc: ec2.IVpc;
  /** Where tasks stand. */
  readonly subnets: readonly ec2.ISubnet[];
  /** Whether a server sends through Amazon SES. */
  readonly hasSes: boolean;
  /** How long logs are kept. */
  readonly logRetention: logs.RetentionDays;
}

const { InterfaceVpcEndpointAwsService: Service } = ec2;

/** Image from ECR (its layers come from S3), logs, decisions, certificate. */
const INTERFACES = {
  EcrApi: Service.ECR,
  EcrDocker: Service.ECR_DOCKER,
  Logs: Service.CLOUDWATCH_LOGS,
  Lambda: Service.LAMBDA,
  SecretsManager: Service.SECRETS_MANAGER,
};

export class AwsEndpoints extends Construct {
  readonly peers: readonly AwsPeer[];
  /** Without rules: a published server adds the one that lets itself in. */
  readonly securityGroup: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, { vpc, subnets, hasSes, logRetention }: AwsEndpointsProps) {
    super(scope, id);
    const selection = { subnets: [...subnets] };
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Interface endpoints of AWS',
      allowAllOutbound: false,
    });
    // EMAIL is the API of SES; EMAIL_SMTP would be its SMTP door, which Postern does not use.
    const interfaces = hasSes ? { ...INTERFACES, Ses: Service.EMAIL } : INTERFACES;
    for (const [name, service] of Object.entries(interfaces)) {
      new ec2.InterfaceVpcEndpoint(this, name, {
        vpc,
        service,
        subnets: selection,
        securityGroups: [this.securityGroup],
        open: false,
      });
    }
    new GatewayEndpoints(this, 'Gateways', { vpc, subnets });
    const { ids } = new GatewayPrefixLists(this, 'PrefixLists', { logRetention });
    this.peers = [
      { peer: ec2.Peer.securityGroupId(this.securityGroup.securityGroupId), what: 'AWS by interface endpoints' },
      { peer: ec2.Peer.prefixList(ids.dynamodb), what: 'DynamoDB' },
      { peer: ec2.Peer.prefixList(ids.s3), what: 'S3, for the layers of the image' },
    ];
  }
}
