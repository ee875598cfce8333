/** The one function of a stack that makes calls of AWS's SDK for its custom resources: its role and its log. */
import { Stack } from 'aws-cdk-lib';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { FunctionLog } from './function-log.ts';

const ID = 'SdkCalls';

/** Made once a stack: the CDK's function has the role of whoever asks first, and the rights of all go to that. */
export function sdkCalls(scope: Construct, retention: logs.RetentionDays): FunctionLog {
  const stack = Stack.of(scope);
  const known = stack.node.tryFindChild(ID);
  return known instanceof FunctionLog ? known : new FunctionLog(stack, ID, { retention });
}
