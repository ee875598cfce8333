/** DynamoDB, and S3 for the layers of the image, by routes of the private subnets: they cost nothing. */
import { Aws } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { GatewayService } from '../configuration/network/aws-service.ts';

export interface GatewayEndpointsProps {
  readonly vpc: ec2.IVpc;
  /** Where tasks stand. */
  readonly subnets: readonly ec2.ISubnet[];
  /** Those that are made. */
  readonly services: readonly GatewayService[];
  /** Whether nothing but Postern's tasks uses them: they then lead to this account alone. */
  readonly isOwn: boolean;
}

const { DYNAMODB, S3 } = ec2.GatewayVpcEndpointAwsService;
const SERVICES = { dynamodb: ['DynamoDb', DYNAMODB], s3: ['S3', S3] } as const satisfies Record<
  GatewayService,
  readonly [string, ec2.GatewayVpcEndpointAwsService]
>;

export class GatewayEndpoints extends Construct {
  constructor(scope: Construct, id: string, { vpc, subnets, services, isOwn }: GatewayEndpointsProps) {
    super(scope, id);
    for (const name of services) {
      const [logicalName, service] = SERVICES[name];
      const endpoint = new ec2.GatewayVpcEndpoint(this, logicalName, {
        vpc,
        service,
        subnets: [{ subnets: [...subnets] }],
      });
      // Without a policy a task that was taken over could write to any bucket or table of anyone.
      if (isOwn) for (const statement of ownStatements(name)) endpoint.addToPolicy(statement);
    }
  }
}

function ownStatements(service: GatewayService): readonly iam.PolicyStatement[] {
  const own = new iam.PolicyStatement({
    principals: [new iam.AnyPrincipal()],
    actions: [`${service}:*`],
    resources: ['*'],
    conditions: { StringEquals: { 'aws:ResourceAccount': Aws.ACCOUNT_ID } },
  });
  if (service !== 's3') return [own];
  // Where Amazon ECR keeps layers of images; the guide to its endpoints names it.
  const layers = new iam.PolicyStatement({
    principals: [new iam.AnyPrincipal()],
    actions: ['s3:GetObject'],
    resources: [`arn:${Aws.PARTITION}:s3:::prod-${Aws.REGION}-starport-layer-bucket/*`],
  });
  return [own, layers];
}
