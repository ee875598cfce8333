/** What the tasks of a server may do on AWS, written by hand: each grant of the CDK would give a little more. */
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { liveCounter } from '../../../policy/live.ts';

export interface TaskPermissionsProps {
  /** Name of the published server, its partition of the table. */
  readonly server: string;
  readonly policyTable: dynamodb.ITable;
  readonly countersTable: dynamodb.ITable;
  /** Functions that the proxy asks. */
  readonly functions: readonly lambda.IFunction[];
}

export function taskStatements(props: TaskPermissionsProps): readonly iam.PolicyStatement[] {
  const { server, policyTable, countersTable, functions } = props;
  return [
    new iam.PolicyStatement({
      actions: ['dynamodb:GetItem', 'dynamodb:Query'],
      resources: [policyTable.tableArn],
      // A task that was taken over must not read what other servers allow. Neither action can do without a partition
      // key, so a request without one, which `ForAllValues` would let pass, is not among them.
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [server] } },
    }),
    new iam.PolicyStatement({
      // Its sessions under way, in a partition of the server's own: never the failed logins of users.
      actions: ['dynamodb:Query', 'dynamodb:BatchWriteItem'],
      resources: [countersTable.tableArn],
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [liveCounter(server)] } },
    }),
    new iam.PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: functions.map(({ functionArn }) => functionArn),
    }),
  ];
}
