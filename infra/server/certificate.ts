/** The secret that holds a server's private key and certificate chain. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Server } from '../configuration/server/server.ts';

export interface Certificate {
  /** What the proxy is told: `secret:` with the secret's ARN. */
  readonly location: string;
  /** What its tasks may do for it. */
  readonly statements: readonly iam.PolicyStatement[];
}

/** The certificate in a secret that the deployment keeps. */
export function renewedCertificate(secretArn: string): Certificate {
  return {
    location: `secret:${secretArn}`,
    statements: [new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] })],
  };
}

/** Reading alone: the proxy looks for a new version itself, which DescribeSecret would not tell it sooner. */
export function certificateOf(scope: Construct, server: Server): Certificate {
  const { certificateSecret = '', certificateKeyArn } = server;
  const arn = certificateSecret.startsWith('arn:') ? certificateSecret : secretArn(scope, certificateSecret);
  const statements = [
    new iam.PolicyStatement({
      actions: ['secretsmanager:GetSecretValue'],
      // And the bare name, by which a secret that is not there is judged: without it the task would hear of a lacking
      // right, and not of a lacking secret.
      resources: [...new Set([secretResource(scope, certificateSecret), arn])],
    }),
  ];
  if (certificateKeyArn !== undefined) {
    statements.push(new iam.PolicyStatement({ actions: ['kms:Decrypt'], resources: [certificateKeyArn] }));
  }
  return { location: `secret:${arn}`, statements };
}

/** A secret in a statement; a name with the six characters that Secrets Manager adds to it. */
export function secretResource(scope: Construct, nameOrArn: string): string {
  return nameOrArn.startsWith('arn:') ? nameOrArn : `${secretArn(scope, nameOrArn)}-??????`;
}

function secretArn(scope: Construct, name: string): string {
  return Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: name,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
