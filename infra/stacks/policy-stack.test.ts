import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { CDK_CONTEXT } from '../test-support/context.ts';
import { listOf, resourcesOf, stacksOf, statementsOf } from '../test-support/synthesis.ts';

const template = Template.fromStack(stacksOf().policy);
const tables = resourcesOf(template, 'AWS::DynamoDB::Table');

function keysOf(table: (typeof tables)[number]): readonly string[] {
  return table.Properties.KeySchema.map(({ AttributeName }: { AttributeName: string }) => AttributeName);
}

describe('the tables', () => {
  it('are four, with the keys that the product uses', () => {
    expect(tables.map(keysOf)).toEqual([['server', 'item'], ['user'], ['stream', 'at'], ['counter', 'scope']]);
  });

  it.each(tables.slice(0, 3).map((table) => [keysOf(table).join(', '), table] as const))(
    'of %s outlives the stack and can be restored',
    (_keys, { DeletionPolicy, UpdateReplacePolicy, Properties }) => {
      expect({ DeletionPolicy, UpdateReplacePolicy }).toEqual({
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
      });
      expect(Properties).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
      });
      expect(Properties).not.toHaveProperty('TableName');
    },
  );

  it('stream what is edited, and let events expire', () => {
    const [policy, users, events] = tables;

    for (const table of [policy, users]) {
      expect(table?.Properties.StreamSpecification).toEqual({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
    }
    expect(events?.Properties.TimeToLiveSpecification).toEqual({ AttributeName: 'expiresAt', Enabled: true });
    expect(events?.Properties.GlobalSecondaryIndexes).toMatchObject([{ IndexName: 'session' }]);
  });

  it('let counters expire, which go with the stack and are encrypted like the others', () => {
    const { DeletionPolicy, Properties } = tables[3] ?? { DeletionPolicy: undefined, Properties: undefined };

    expect(DeletionPolicy).toBe('Delete');
    expect(Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      SSESpecification: { SSEEnabled: true },
    });
  });
});

describe('the seed', () => {
  it('gets the first items of each server as JSON, since CloudFormation makes strings of numbers', () => {
    const seeds = resourcesOf(template, 'Custom::PosternFirstItems').map(({ Properties }) => [
      Properties.Server,
      JSON.parse(Properties.Items),
    ]);

    const servers = CDK_CONTEXT.postern as { servers: { name: string; policy: unknown }[] };
    expect(seeds).toEqual(servers.servers.map(({ name, policy }) => [name, policy]));
  });

  it('may read and put items of the policy table, and delete or update none', () => {
    const actions = statementsOf(template)
      .flatMap(({ Action }) => listOf(Action))
      .filter((action) => action.startsWith('dynamodb:'));

    expect(actions).toEqual(['dynamodb:GetItem', 'dynamodb:PutItem']);
  });
});

describe('a domain of Amazon SES', () => {
  it('is kept when the stack goes', () => {
    expect(resourcesOf(template, 'AWS::SES::EmailIdentity')).toMatchObject([
      {
        DeletionPolicy: 'Retain',
        Properties: { EmailIdentity: 'example.com', MailFromAttributes: { MailFromDomain: 'bounce.example.com' } },
      },
    ]);
  });

  it('has the records to make for it among the outputs', () => {
    const descriptions = Object.values(template.toJSON().Outputs).map((output) => {
      return (output as { Description?: string }).Description;
    });

    const record = 'DNS record to make: ';
    expect(descriptions).toEqual(
      expect.arrayContaining([
        ...Array(3).fill(`${record}DKIM of example.com`),
        `${record}MAIL FROM of example.com`,
        `${record}SPF of bounce.example.com`,
      ]),
    );
  });
});

// A value that a stack reads weakly is not read again when it changes: a task would call a function that is gone.
it('is read by strong references, so that nothing that a server uses can go', () => {
  expect(CDK_CONTEXT['@aws-cdk/core:defaultCrossStackReferences']).toBe('strong');
});
