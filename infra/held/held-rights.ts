/** What the tasks of a server and the admin function may do with held mail, and where they find it. */
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { ENV_HELD_BUCKET, ENV_HELD_TABLE } from '../../functions/admin/env.ts';
import { HELD_CONTENT_PREFIX, HELD_INDEX, serverState } from '../../policy/held.ts';
import { acknowledge } from '../acknowledge.ts';
import type { HeldMail } from './held-mail.ts';

/** States that a task looks for: what waits for a decision, and what is to be handed on. */
const LISTED = ['held', 'releasing'] as const;

/** The same for tasks and functions. */
export function heldEnvironment({ table, bucket }: HeldMail): Readonly<Record<string, string>> {
  return { [ENV_HELD_TABLE]: table.tableName, [ENV_HELD_BUCKET]: bucket.bucketName };
}

/** The wildcard of a grant on content: cdk-nag names it as the template does, by what the stack exports. */
export function acknowledgeContent(scope: Construct, { bucket }: HeldMail): void {
  const stack = Stack.of(bucket);
  const { 'Fn::ImportValue': name } = stack.resolve(stack.exportValue(bucket.bucketArn));
  acknowledge(
    scope,
    `AwsSolutions-IAM5[Resource::${String(name)}/${HELD_CONTENT_PREFIX}*]`,
    'Content has the day and the id of its message for a name',
  );
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
      conditions: {
        'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': LISTED.map((state) => serverState(server, state)) },
      },
    }),
  ];
}

/** The admin function reads, and decides: it makes no held mail and removes none. */
export function grantHeldToAdmin(admin: lambda.Function, held: HeldMail): void {
  // Its role stands beside it and not below.
  acknowledgeContent(admin.role ?? admin, held);
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
