import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { CDK_CONTEXT, SAMPLE } from '../test-support/context.ts';
import { listOf, type Resource, resourcesOf, stacksOf, statementsOf } from '../test-support/synthesis.ts';

const template = Template.fromStack(stacksOf().policy);
// That of held mail has its own test.
const tables = resourcesOf(template, 'AWS::DynamoDB::Table').filter((table) => !keysOf(table).includes('id'));

function keysOf(table: Resource): readonly string[] {
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
        // A first deployment that fails takes it back, or the next would find it in its way.
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
        Properties: { EmailIdentity: 'example.com', MailFromAttributes: { MailFromDomain: 'bounce.example.com' } },
      },
    ]);
  });

  it('has the records to make for it among the outputs', () => {
    const [records] = recordsTold(template);

    expect(records?.match(/ (CNAME|MX|TXT) /g)).toEqual([' CNAME ', ' CNAME ', ' CNAME ', ' MX ', ' TXT ']);
    expect(records).toContain('bounce.example.com. MX 10 feedback-smtp.');
    expect(records).toContain('bounce.example.com. TXT \\"v=spf1 include:amazonses.com ~all\\"');
  });

  it('has them written into its hosted zone', () => {
    const hostedZones = [{ name: 'example.com', hostedZoneId: 'Z0123456789' }];
    const zoned = Template.fromStack(stacksOf({ ...SAMPLE, hostedZones }).policy);

    const [group, ...more] = resourcesOf(zoned, 'AWS::Route53::RecordSetGroup');
    expect(more).toEqual([]);
    expect(group?.Properties.RecordSets.map(({ Type }: { Type: string }) => Type)).toEqual([
      'CNAME',
      'CNAME',
      'CNAME',
      'MX',
      'TXT',
    ]);
  });

  it('may be one of a hundred, of whose records a stack has room to tell', () => {
    const sesDomains = Array.from({ length: 100 }, (_, index) => `d${index}.example.com`);
    const many = Template.fromStack(stacksOf({ ...SAMPLE, sesDomains }).policy);

    expect(recordsTold(many)).toHaveLength(10);
    expect(Object.keys(many.toJSON().Outputs).length).toBeLessThan(200);
    many.resourceCountIs('AWS::SES::EmailIdentity', 100);
  });
});

function recordsTold(of: Template): readonly string[] {
  const outputs: readonly { Description?: string; Value: unknown }[] = Object.values(of.toJSON().Outputs);
  return outputs
    .filter(({ Description = '' }) => Description.startsWith('DNS records to make: DKIM'))
    .map(({ Value }) => JSON.stringify(Value));
}

describe('a table of yours', () => {
  const arn = 'arn:aws:dynamodb:eu-west-1:111122223333:table/restored';
  const streamArn = `${arn}/stream/2026-11-30T00:00:00.000`;
  const context = { ...SAMPLE, existing: { tables: { policy: { arn, streamArn } } } };

  it('is used in place of the one that is made', () => {
    const stacks = stacksOf(context);

    expect(JSON.stringify(Template.fromStack(stacks.policy).findOutputs('PolicyTable'))).toContain('restored');
    const text = JSON.stringify(Template.fromStack(stacks.functions).toJSON());
    expect(text).toContain(streamArn);
    expect(text).not.toMatch(/ImportValue":"[^"]*TablesPolicy/);
  });

  it('takes its place in one deployment, and gives it back: what others import stays', () => {
    const exportsOf = (of: Template) => Object.keys(of.toJSON().Outputs).filter((id) => id.startsWith('Exports'));

    expect(exportsOf(Template.fromStack(stacksOf(context).policy))).toEqual(exportsOf(template));
  });
});

// A value that a stack reads weakly is not read again when it changes: a task would call a function that is gone.
it('is read by strong references, so that nothing that a server uses can go', () => {
  expect(CDK_CONTEXT['@aws-cdk/core:defaultCrossStackReferences']).toBe('strong');
});
