/** By which identities of Amazon SES a server may send. */
import { ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Server } from '../configuration/server.ts';

/** Those that it names, else those that the deployment verified, else every one of the account. */
export function sesIdentitiesOf(
  scope: Construct,
  { sesIdentityArns }: Server,
  verified: readonly string[],
): readonly string[] {
  if (sesIdentityArns !== undefined) return sesIdentityArns;
  if (verified.length > 0) return verified;
  const { REGION: region, ACCOUNT_ID: account } = Aws;
  const every = { service: 'ses', region, account, resource: 'identity', resourceName: '*' };
  return [Stack.of(scope).formatArn({ ...every, arnFormat: ArnFormat.SLASH_RESOURCE_NAME })];
}

/** What cdk-nag finds in the last of these. */
export const EVERY_IDENTITY =
  'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*]';
