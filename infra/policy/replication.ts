/** What the CDK makes to replicate tables, and to tell another region their names; none of it is ours to narrow. */
import type { Stack } from 'aws-cdk-lib';
import { acknowledge } from '../acknowledge.ts';

export function acknowledgeReplication(stack: Stack): void {
  acknowledge(stack, 'AwsSolutions-L1', 'The CDK chooses the runtime of its own functions');
}
