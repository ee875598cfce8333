/**
 * The host name of a server as the reverse DNS of its Elastic IPs. AWS looks for the A record first, so this waits for
 * it; and it locks the address, so the record is taken back when the server goes.
 */
import { Arn, ArnFormat, Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { sdkCalls } from '../functions/sdk-calls.ts';
import type { EdgeDoor } from './edge-door.ts';

export interface ReverseDnsProps {
  readonly door: EdgeDoor;
  readonly hostname: string;
  /** How long the log is kept. */
  readonly logRetention: logs.RetentionDays;
}

export class ReverseDns extends Construct {
  constructor(scope: Construct, id: string, { door, hostname, logRetention }: ReverseDnsProps) {
    super(scope, id);
    const { logGroup, role } = sdkCalls(this, logRetention);
    for (const [index, { allocationId }] of door.addresses.entries()) {
      const physicalResourceId = PhysicalResourceId.of(`reverse-dns-${index + 1}`);
      const address = Arn.format({
        partition: Aws.PARTITION,
        service: 'ec2',
        region: Aws.REGION,
        account: Aws.ACCOUNT_ID,
        resource: 'elastic-ip',
        resourceName: allocationId,
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      });
      new AwsCustomResource(this, `Address${index + 1}`, {
        resourceType: 'Custom::PosternReverseDns',
        onUpdate: {
          service: 'EC2',
          action: 'ModifyAddressAttribute',
          parameters: { AllocationId: allocationId, DomainName: hostname },
          physicalResourceId,
        },
        onDelete: {
          service: 'EC2',
          action: 'ResetAddressAttribute',
          parameters: { AllocationId: allocationId, Attribute: 'domain-name' },
        },
        policy: AwsCustomResourcePolicy.fromStatements([
          new iam.PolicyStatement({
            actions: ['ec2:ModifyAddressAttribute', 'ec2:ResetAddressAttribute'],
            resources: [address],
          }),
        ]),
        installLatestAwsSdk: false,
        logGroup,
        role,
      });
    }
  }
}
