/** What the tasks of a server may do on AWS, written by hand: each grant of the CDK would give a little more. */
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';

export interface TaskPermissionsProps {
  /** Name of the published server, its partition of the table. */
  readonly server: string;
  readonly policyTable: dynamodb.ITable;
  /** Functions that the proxy asks. */
  readonly functions: readonly lambda.IFunction[];
  /**
   * Identities that it may send by through Amazon SES.
   *
   * @default none: no route of it leads through SES
   */
  readonly sesIdentityArns?: readonly string[] | undefined;
}

export function taskStatements(props: TaskPermissionsProps): readonly iam.PolicyStatement[] {
  const { server, policyTable, functions, sesIdentityArns } = props;
  const statements = [
    new iam.PolicyStatement({
      actions: ['dynamodb:GetItem', 'dynamodb:Query'],
      resources: [policyTable.tableArn],
      // A task that was taken over must not read what other servers allow. Neither action can do without a partition
      // key, so a request without one, which `ForAllValues` would let pass, is not among them.
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [server] } },
    }),
    new iam.PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: functions.map(({ functionArn }) => functionArn),
    }),
  ];
  if (sesIdentityArns !== undefined) {
    statements.push(
      new iam.PolicyStatement({
        // SendRawEmail up to 7,000,000 octets; above them SendEmail of API v2, which asks for either.
        actions: ['ses:SendRawEmail', 'ses:SendEmail'],
        resources: [...sesIdentityArns],
      }),
    );
  }
  return statements;
}
