/** A function's log, and a role that may write to it and no other. */
import { RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface FunctionLogProps {
  /**
   * Name of the log group.
   *
   * @default CloudFormation's choice
   */
  readonly logGroupName?: string | undefined;
  readonly retention: logs.RetentionDays;
}

export class FunctionLog extends Construct {
  readonly logGroup: logs.LogGroup;
  /** In place of AWSLambdaBasicExecutionRole, which lets a function write to every log. */
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, { retention, logGroupName }: FunctionLogProps) {
    super(scope, id);
    this.logGroup = new logs.LogGroup(this, 'Log', {
      logGroupName,
      retention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    this.logGroup.grantWrite(this.role);
  }
}
