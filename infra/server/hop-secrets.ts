/** What a server's tasks may read to log in to next hops (`auth=secret:NAME`). */
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Server } from '../configuration/server/server.ts';
import { secretResource } from './certificate.ts';

/** The secrets that the first items name, and those that the configuration names for items to come. */
export function hopSecretStatements(scope: Construct, { nextHopSecrets, policy }: Server): iam.PolicyStatement[] {
  const named = policy.routes.flatMap(({ hop }) =>
    hop.kind === 'smtp' && hop.auth?.kind === 'secret' ? [hop.auth.name] : [],
  );
  const resources = [...new Set([...nextHopSecrets, ...named])].map((secret) => secretResource(scope, secret));
  if (resources.length === 0) return [];
  return [new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources })];
}
