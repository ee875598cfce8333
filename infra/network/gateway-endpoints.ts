/** DynamoDB, and S3 for the layers of the image, by routes of the private subnets: they cost nothing. */
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

export interface GatewayEndpointsProps {
  readonly vpc: ec2.IVpc;
  /** Where tasks stand. */
  readonly subnets: readonly ec2.ISubnet[];
}

export class GatewayEndpoints extends Construct {
  constructor(scope: Construct, id: string, { vpc, subnets }: GatewayEndpointsProps) {
    super(scope, id);
    const { DYNAMODB, S3 } = ec2.GatewayVpcEndpointAwsService;
    for (const [name, service] of Object.entries({ DynamoDb: DYNAMODB, S3 })) {
      new ec2.GatewayVpcEndpoint(this, name, { vpc, service, subnets: [{ subnets: [...subnets] }] });
    }
  }
}
