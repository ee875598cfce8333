import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { SAMPLE, sampleWith } from '../test-support/context.ts';
import { listOf, resourcesOf, serverTemplate, stacksOf, statementsOf } from '../test-support/synthesis.ts';

const stacks = stacksOf(SAMPLE);
const policy = Template.fromStack(stacks.policy);
const functions = Template.fromStack(stacks.functions);
const inbound = serverTemplate('inbound');

const HELD_TABLE = expect.stringContaining('HeldTable');
const HELD_CONTENT = { 'Fn::Join': ['', [{ 'Fn::ImportValue': expect.stringContaining('HeldContent') }, '/held/*']] };

describe('the bucket', () => {
  const [bucket] = resourcesOf(policy, 'AWS::S3::Bucket');

  it('outlives the stack, encrypts, is open to no one and by TLS alone', () => {
    expect(bucket).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      },
    });
    const [{ Properties } = { Properties: undefined }] = resourcesOf(policy, 'AWS::S3::BucketPolicy');
    const denied = Properties.PolicyDocument.Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Deny');
    expect(denied.map(({ Condition }: { Condition: unknown }) => Condition)).toEqual([
      { Bool: { 'aws:SecureTransport': 'false' } },
      { NumericLessThan: { 's3:TlsVersion': 1.2 } },
    ]);
  });

  it('keeps content for longer than any item that names it, and no class for ever', () => {
    const rules: { TagFilters?: { Key: string; Value: string }[]; ExpirationInDays?: number }[] =
      bucket?.Properties.LifecycleConfiguration.Rules;
    const classes = rules.flatMap(({ TagFilters: [tag] = [], ExpirationInDays = 0 }) =>
      tag === undefined ? [] : [[Number(tag.Value), ExpirationInDays] as const],
    );

    expect(classes).toEqual([
      [7, 14],
      [30, 37],
      [90, 97],
      [365, 372],
      [3650, 3657],
    ]);
  });
});

describe('the table', () => {
  const table = resourcesOf(policy, 'AWS::DynamoDB::Table').find(({ Properties }) =>
    JSON.stringify(Properties.KeySchema).includes('"id"'),
  );

  it('outlives the stack, can be restored, lets items expire, and is read by state', () => {
    expect(table).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        GlobalSecondaryIndexes: [
          {
            IndexName: 'serverState',
            KeySchema: [
              { AttributeName: 'serverState', KeyType: 'HASH' },
              { AttributeName: 'at', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
      },
    });
  });
});

describe('a task', () => {
  const held = statementsOf(inbound).filter(({ Resource }) => JSON.stringify(Resource).includes('Held'));

  it('stores content and items, reads them, and lists those of its own server', () => {
    expect(held).toMatchObject([
      { Action: ['s3:GetObject', 's3:PutObject', 's3:PutObjectTagging'], Resource: HELD_CONTENT },
      {
        Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
        Resource: { 'Fn::ImportValue': HELD_TABLE },
      },
      {
        Action: 'dynamodb:Query',
        Resource: { 'Fn::Join': ['', [{ 'Fn::ImportValue': HELD_TABLE }, '/index/serverState']] },
        Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['inbound#held', 'inbound#releasing'] } },
      },
    ]);
  });

  it('has both by name, and a place to write what it has not judged yet', () => {
    const [definition] = resourcesOf(inbound, 'AWS::ECS::TaskDefinition');
    const [container] = definition?.Properties.ContainerDefinitions ?? [];

    expect(container.Environment).toEqual(
      expect.arrayContaining([
        { Name: 'POSTERN_HELD_TABLE', Value: { 'Fn::ImportValue': HELD_TABLE } },
        { Name: 'POSTERN_HELD_BUCKET', Value: { 'Fn::ImportValue': expect.stringContaining('HeldContent') } },
      ]),
    );
    expect(container.ReadonlyRootFilesystem).toBe(true);
    expect(container.MountPoints).toEqual([{ ContainerPath: '/tmp', ReadOnly: false, SourceVolume: 'scratch' }]);
    expect(definition?.Properties.Volumes).toEqual([{ Name: 'scratch' }]);
  });
});

describe('the admin function', () => {
  it('reads and decides, makes no held mail and removes none', () => {
    const held = statementsOf(functions)
      .filter(({ Resource }) => JSON.stringify(Resource).includes('Held'))
      .flatMap(({ Action }) => listOf(Action));

    expect([...new Set(held)].sort()).toEqual([
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      's3:GetObject',
    ]);
  });

  it('knows both by the variables that it reads, and records who looked and decided', () => {
    const admin = resourcesOf(functions, 'AWS::Lambda::Function').find(
      ({ Properties }) => Properties.Environment.Variables.POSTERN_HELD_TABLE !== undefined,
    );

    expect(Object.keys(admin?.Properties.Environment.Variables)).toEqual(
      expect.arrayContaining(['POSTERN_HELD_TABLE', 'POSTERN_HELD_BUCKET', 'POSTERN_EVENTS_TABLE']),
    );
    const writes = statementsOf(functions).filter(({ Action }) => listOf(Action).includes('dynamodb:BatchWriteItem'));
    expect(JSON.stringify(writes.map(({ Resource }) => Resource))).toContain('TablesEvents');
  });
});

describe('the alarm', () => {
  it.each([
    [{}, 24],
    [{ heldAlarmHours: 4 }, 4],
  ])('of %j is raised at mail that has waited for so many hours', (change, hours) => {
    serverTemplate('submission', sampleWith(change)).hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'HeldOldestHours',
      Threshold: hours,
      Statistic: 'Maximum',
      TreatMissingData: 'notBreaching',
    });
  });
});
