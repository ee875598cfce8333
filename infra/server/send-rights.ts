/** The right of a server's tasks to send through Amazon SES, in as many policies as it takes. */
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { Server } from '../configuration/server/server.ts';
import { policySizes, sesResourcesOf } from './ses-identities.ts';

const ARN = 'arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>';

/** One statement a policy: what a role itself holds, and what a managed policy holds, is bounded. */
export function sendStatements(
  scope: Construct,
  server: Server,
  sesDomains: readonly string[],
): readonly iam.PolicyStatement[] {
  const resources = sesResourcesOf(scope, server, sesDomains);
  const names = server.sesIdentityArns ?? sesDomains.map((domain) => `*@${domain}`);
  acknowledgeWildcards(scope, sesDomains);
  return policySizes(resources, names).map(
    (part) =>
      new iam.PolicyStatement({
        // SendRawEmail up to 7,000,000 octets; above them SendEmail of API v2, which asks for either.
        actions: ['ses:SendRawEmail', 'ses:SendEmail'],
        resources: [...part],
      }),
  );
}

/** The right to read the account's quota, by which tasks pace what they send; it knows no resources. */
export function quotaStatements(): readonly iam.PolicyStatement[] {
  return [new iam.PolicyStatement({ actions: ['ses:GetSendQuota'], resources: ['*'] })];
}

/** Gives a role the statements that do not fit into its own policy. */
export function attachMore(scope: Construct, role: iam.IRole, statements: readonly iam.PolicyStatement[]): void {
  for (const [index, statement] of statements.entries()) {
    const description = 'More identities that mail may be sent by';
    new iam.ManagedPolicy(scope, `SendRights${index + 2}`, { description, statements: [statement], roles: [role] });
  }
}

function acknowledgeWildcards(scope: Construct, sesDomains: readonly string[]): void {
  acknowledge(scope, 'AwsSolutions-IAM5[Resource::*]', 'ses:GetSendQuota knows no resources');
  acknowledge(
    scope,
    `AwsSolutions-IAM5[Resource::${ARN}:identity/*]`,
    'No identity is named: policy says which senders a user may use',
  );
  acknowledge(
    scope,
    `AwsSolutions-IAM5[Resource::${ARN}:configuration-set/*]`,
    'No set is named, and an identity may have one of its own, on which SES asks for the same right',
  );
  for (const domain of sesDomains) {
    acknowledge(
      scope,
      `AwsSolutions-IAM5[Resource::${ARN}:identity/*@${domain}]`,
      'Addresses of the domain, which may be verified beside it',
    );
  }
}
