/** What the tasks of a server and the admin function may do with held mail, and where they find it. */
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { ENV_HELD_BUCKET, ENV_HELD_TABLE } from '../../functions/admin/env.ts';
import { HELD_CONTENT_PREFIX, HELD_INDEX } from '../../policy/held.ts';
import type { HeldMail } from './held-mail.ts';

/** The same for tasks and functions. */
export function heldEnvironment({ table, bucket }: HeldMail): Readonly<Record<string, string>> {
  return { [ENV_HELD_TABLE]: table.tableName, [ENV_HELD_BUCKET]: bucket.bucketName };
}

/** A task stores what its rules hold, looks for what is released of its server, and hands that on. */
export function heldTaskStatements({ table, bucket }: HeldMail, server: string): readonly iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      // The tag says how long content is kept.
      actions: ['s3:PutObject', 's3:PutObjectTagging', 's3:GetObject'],
      resources: [bucket.arnForObjects(`${HELD_CONTENT_PREFIX}*`)],
    }),
    new iam.PolicyStatement({
      actions: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:GetItem'],
      resources: [table.tableArn],
    }),
    new iam.PolicyStatement({
      actions: ['dynamodb:Query'],
      resources: [`${table.tableArn}/index/${HELD_INDEX}`],
      // Lists of its own server alone; keys of the table are ids, which no condition can tell apart.
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${server}#*`] } },
    }),
  ];
}

/** The admin function reads, and decides: it makes no held mail and removes none. */
export function grantHeldToAdmin(admin: lambda.Function, held: HeldMail): void {
  for (const [name, value] of Object.entries(heldEnvironment(held))) admin.addEnvironment(name, value);
  admin.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['s3:GetObject'],
      resources: [held.bucket.arnForObjects(`${HELD_CONTENT_PREFIX}*`)],
    }),
  );
  admin.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      resources: [held.table.tableArn],
    }),
  );
  admin.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['dynamodb:Query'],
      resources: [`${held.table.tableArn}/index/${HELD_INDEX}`],
    }),
  );
}
