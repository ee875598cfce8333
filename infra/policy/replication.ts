/** What the CDK makes to replicate tables, and to tell another region their names; none of it is ours to narrow. */
import type { Stack } from 'aws-cdk-lib';
import { acknowledge } from '../acknowledge.ts';

/** Rules that the parts of the CDK's provider of replicas break. */
const OF_THE_PROVIDER = [
  'AwsSolutions-L1',
  'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
  'AwsSolutions-IAM5[Action::dynamodb:*]',
  'AwsSolutions-IAM5[Resource::*]',
  'AwsSolutions-IAM5[Resource::<IsCompleteHandler7073F4DA.Arn>:*]',
  'AwsSolutions-IAM5[Resource::<OnEventHandler42BEBAE0.Arn>:*]',
  'AwsSolutions-IAM5[Resource::<ProviderframeworkisComplete26D7B0CB.Arn>:*]',
  'AwsSolutions-IAM5[Resource::<ProviderframeworkonTimeout0B47CA38.Arn>:*]',
  'AwsSolutions-SF1',
  'AwsSolutions-SF2',
] as const;

export function acknowledgeReplication(stack: Stack): void {
  for (const rule of OF_THE_PROVIDER) acknowledge(stack, rule, 'The CDK’s own provider of replicas');
}
