/** By which identities of Amazon SES a server may send, and with which configuration set. */
import { ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Server } from '../configuration/server/server.ts';

/**
 * ARNs that a right to send needs: identities that the server names, else those of the domains that the deployment
 * verifies, else every one of the account; and its configuration set, else every one: an identity that has a default
 * set asks for the same right on that.
 */
export function sesResourcesOf(scope: Construct, server: Server, sesDomains: readonly string[]): readonly string[] {
  const arn = (resource: string, resourceName: string): string => {
    const { PARTITION: partition, REGION: region, ACCOUNT_ID: account } = Aws;
    const parts = { partition, service: 'ses', region, account, resource, resourceName };
    return Stack.of(scope).formatArn({ ...parts, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
  };
  const sets = arn('configuration-set', server.sesConfigurationSet ?? '*');
  if (server.sesIdentityArns !== undefined) return [...server.sesIdentityArns, sets];
  if (sesDomains.length === 0) return [arn('identity', '*'), sets];
  // Where an address was verified beside its domain, the address is the identity.
  return [...sesDomains.flatMap((domain) => [arn('identity', domain), arn('identity', `*@${domain}`)]), sets];
}

/** Octets: what policies that stand in a role may hold in all is 10,240, a managed one 6,144 (quotas of IAM). */
const POLICY_OCTETS = 4_500;
/** Octets of an ARN beside the name at its end, account and the longest region included. */
const ARN_OCTETS = 70;

/** Resources in as many lists as there must be policies. */
export function policySizes(resources: readonly string[], names: readonly string[]): readonly (readonly string[])[] {
  const longest = Math.max(...names.map((name) => name.length), 1) + ARN_OCTETS;
  const size = Math.max(1, Math.floor(POLICY_OCTETS / longest));
  return Array.from({ length: Math.ceil(resources.length / size) }, (_, index) =>
    resources.slice(index * size, (index + 1) * size),
  );
}
