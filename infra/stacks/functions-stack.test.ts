import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../functions/admin/env.ts';
import { SAMPLE } from '../test-support/context.ts';
import { listOf, resourcesOf, serverStack, stacksOf, statementsOf } from '../test-support/synthesis.ts';

const template = Template.fromStack(
  stacksOf({ ...SAMPLE, functions: { reservedConcurrency: { authenticate: 50 } } }).functions,
);
/** Without that of the CDK, which stands between CloudFormation and one of ours. */
const functions = resourcesOf(template, 'AWS::Lambda::Function').filter(
  ({ Properties }) => Properties.Handler === 'index.handler',
);

describe('the functions', () => {
  it('run on arm64 and Node 24, traced, each with a log that ends', () => {
    expect(functions).toHaveLength(9);
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({
        Architectures: ['arm64'],
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogGroup: expect.anything(), LogFormat: 'JSON' },
      });
      expect(Properties).not.toHaveProperty('FunctionName');
    }
    for (const { Properties } of resourcesOf(template, 'AWS::Logs::LogGroup')) {
      expect(Properties.RetentionInDays).toBe(30);
    }
  });

  it('have the concurrency that is reserved, and no other', () => {
    expect(functions.map(({ Properties }) => Properties.ReservedConcurrentExecutions)).toEqual([
      50,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('have shares of the account where no number is given, by a call that no template can fail for', () => {
    const [share] = resourcesOf(template, 'Custom::PosternSharedConcurrency');
    const rights = statementsOf(template).find(({ Action }) =>
      listOf(Action).includes('lambda:PutFunctionConcurrency'),
    );

    expect(share?.Properties.Functions).toBe('check-relay check-limits record-events');
    expect(listOf(rights?.Resource)).toHaveLength(3);
    template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 day)' });
  });

  it('have no shares where that is not wanted', () => {
    const without = stacksOf({ ...SAMPLE, functions: { shareConcurrency: false } }).functions;

    expect(resourcesOf(Template.fromStack(without), 'Custom::PosternSharedConcurrency')).toEqual([]);
  });

  it('stand ready where that is wanted, and are asked by the name of what does', () => {
    const stacks = stacksOf({ ...SAMPLE, functions: { provisioned: { authenticate: 3, 'check-relay': 2 } } });
    const ready = Template.fromStack(stacks.functions);
    const aliases = resourcesOf(ready, 'AWS::Lambda::Alias').map(({ Properties }) => Properties);

    expect(aliases.map(({ ProvisionedConcurrencyConfig }) => ProvisionedConcurrencyConfig)).toEqual([
      { ProvisionedConcurrentExecutions: 3 },
      { ProvisionedConcurrentExecutions: 2 },
    ]);
    for (const { Name, FunctionVersion } of aliases) {
      expect(Name).toBe('ready');
      expect(FunctionVersion).toEqual({ 'Fn::GetAtt': [expect.any(String), 'Version'] });
    }
    const server = Template.fromStack(serverStack('inbound', stacks));
    const [task] = resourcesOf(server, 'AWS::ECS::TaskDefinition');
    const asked = JSON.stringify(task?.Properties.ContainerDefinitions);
    expect(asked.match(/:ready/g)).toHaveLength(2);
    expect(resourcesOf(template, 'AWS::Lambda::Alias')).toEqual([]);
  });

  it('know the tables that they use, by the variables that they read', () => {
    expect(functions.map(({ Properties }) => Object.keys(Properties.Environment.Variables))).toEqual([
      ['POSTERN_USERS_TABLE', 'POSTERN_COUNTERS_TABLE', 'POSTERN_POLICY_TABLE'],
      ['POSTERN_POLICY_TABLE'],
      ['POSTERN_COUNTERS_TABLE'],
      ['POSTERN_EVENTS_TABLE'],
      [
        ...['POSTERN_POLICY_TABLE', 'POSTERN_USERS_TABLE', 'POSTERN_EVENTS_TABLE', 'POSTERN_COUNTERS_TABLE'],
        ...['POSTERN_HELD_TABLE', 'POSTERN_HELD_BUCKET'],
      ],
      ['POSTERN_POLICY_TABLE', 'POSTERN_EVENTS_TABLE'],
      ['POSTERN_FUNCTIONS'],
      ['POSTERN_EVENTS_TABLE'],
      ['POSTERN_POLICY_TABLE', 'POSTERN_EVENTS_TABLE'],
    ]);
  });

  it('may do what they need with each of them', () => {
    const grants = statementsOf(template)
      .filter(({ Action }) => listOf(Action).some((action) => action.startsWith('dynamodb:')))
      .map(({ Action, Resource }) => [Action, listOf(Resource).length]);

    expect(grants).toEqual([
      ['dynamodb:GetItem', 1],
      [['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'], 1],
      ['dynamodb:Query', 1],
      ['dynamodb:BatchGetItem', 1],
      [['dynamodb:GetItem', 'dynamodb:UpdateItem'], 1],
      // Events with their index, and counts.
      [['dynamodb:BatchWriteItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], 1],
      [['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan', 'dynamodb:UpdateItem'], 1],
      [['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:Scan', 'dynamodb:UpdateItem'], 1],
      [['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem', 'dynamodb:Query'], 1],
      // The indexes: sessions of the events, states of held mail, which is looked at and decided about.
      ['dynamodb:Query', 2],
      // Lockouts, what users have sent, and sessions under way.
      [
        ...[
          ['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:Scan'],
          1,
        ],
      ],
      [['dynamodb:GetItem', 'dynamodb:UpdateItem'], 1],
      // The streams of changes: streams can be listed as a whole alone, with the traces.
      [['dynamodb:ListStreams', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments'], 1],
      [['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'], 1],
      ['dynamodb:BatchWriteItem', 1],
      [['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'], 2],
      ['dynamodb:BatchWriteItem', 1],
      ['dynamodb:BatchGetItem', 1],
      // Events, counts, and marks of reports.
      [['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], 1],
    ]);
  });

  it('have no managed policy, and no wildcard but for traces, the list of streams and held content', () => {
    for (const { Properties } of resourcesOf(template, 'AWS::IAM::Role')) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    }
    const wild = statementsOf(template).filter(
      ({ Action, Resource }) => JSON.stringify(Resource).includes('*') || JSON.stringify(Action).includes('*'),
    );
    const actions = wild
      // The content of held mail, below one prefix of one bucket.
      .filter(({ Action }) => Action !== 's3:GetObject')
      // Reports of bounces, by the identities that servers send by.
      .filter(({ Action }) => Action !== 'ses:SendRawEmail')
      // The CDK's own function calls one of ours, in each version.
      .filter(({ Action }) => Action !== 'lambda:InvokeFunction')
      .map(({ Action }) =>
        listOf(Action).filter((action) => !['dynamodb:ListStreams', 'lambda:GetAccountSettings'].includes(action)),
      );
    expect(actions).toEqual(functions.map(() => ['xray:PutTelemetryRecords', 'xray:PutTraceSegments']));
  });

  it('put what could not be written where it is seen', () => {
    const withDeadLetters = functions.filter(({ Properties }) => Properties.DeadLetterConfig !== undefined);

    expect(withDeadLetters.map(({ Properties }) => Properties.Description)).toEqual([
      'Keeps what the edge proxies report',
      'Keeps what Amazon SES tells of mail that it took, and reports bounces to senders',
    ]);
  });
});

it('check-policy is called by the streams of policy and users, and one bad change holds up no other for ever', () => {
  const sources = resourcesOf(template, 'AWS::Lambda::EventSourceMapping').map(({ Properties }) => Properties);

  const source = {
    StartingPosition: 'TRIM_HORIZON',
    BatchSize: 100,
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 10,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    DestinationConfig: {
      OnFailure: { Destination: { 'Fn::GetAtt': [expect.stringMatching(/^DeadLetters/), 'Arn'] } },
    },
  };
  expect(sources).toMatchObject([source, source]);
  expect(sources.map(({ EventSourceArn }) => JSON.stringify(EventSourceArn)).sort()).toEqual([
    expect.stringMatching(/TablesPolicy.*StreamArn/),
    expect.stringMatching(/TablesUsers.*StreamArn/),
  ]);
});

describe('the admin API', () => {
  it('asks IAM on every route', () => {
    const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties);

    expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual([...ROUTES].sort());
    expect(routes.filter(({ AuthorizationType }) => AuthorizationType !== 'AWS_IAM')).toEqual([]);
  });

  it('logs who called, and is throttled', () => {
    expect(resourcesOf(template, 'AWS::ApiGatewayV2::Stage')).toMatchObject([
      {
        Properties: {
          AccessLogSettings: { Format: expect.stringContaining('$context.identity.userArn') },
          DefaultRouteSettings: { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
        },
      },
    ]);
  });
});

it('one permission lets the API call its function, so that more routes make its policy no longer', () => {
  const ofApi = { Principal: 'apigateway.amazonaws.com' };
  template.resourcePropertiesCountIs('AWS::Lambda::Permission', ofApi, 1);
});

it('the log of the API has a name that makes no policy of the region longer', () => {
  template.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: '/aws/vendedlogs/postern/admin-api' });
  template.hasResourceProperties('AWS::ApiGatewayV2::Api', { Name: 'Postern admin' });
});

it('logs of functions are found by their names', () => {
  const names = resourcesOf(template, 'AWS::Logs::LogGroup').map(({ Properties }) => Properties.LogGroupName);

  const folders = ['authenticate', 'check-relay', 'check-limits', 'record-events', 'admin', 'check-policy'];
  expect(names).toEqual(expect.arrayContaining(folders.map((folder) => `/postern/functions/${folder}`)));
});

describe('a deployment with a name', () => {
  const named = Template.fromStack(stacksOf({ ...SAMPLE, name: 'staging' }).functions);

  it('has metrics, logs and stacks of its own', () => {
    const variables = resourcesOf(named, 'AWS::Lambda::Function').map(
      ({ Properties }) => Properties.Environment.Variables.POSTERN_METRIC_NAMESPACE,
    );

    expect(variables.filter((namespace) => namespace !== undefined)).toEqual([
      'staging-Postern',
      'staging-Postern',
      'staging-Postern',
      'staging-Postern',
    ]);
    expect(JSON.stringify(resourcesOf(named, 'AWS::CloudWatch::Dashboard'))).toContain('staging-Postern');
    named.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: '/staging-postern/functions/admin' });
  });
});

describe('alarms', () => {
  it('of what the servers share link their articles and tell the topic', () => {
    const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);

    expect(alarms.map(({ AlarmDescription }) => AlarmDescription.replace(/^.* What to do: /, ''))).toEqual([
      'docs/runbook.md#dead-letters',
      'docs/runbook.md#admin-api-errors',
      'docs/runbook.md#function-throttles',
      'docs/runbook.md#function-errors',
      'docs/runbook.md#slow-decisions',
      'docs/runbook.md#changes-unchecked',
      'docs/runbook.md#certificate-expiring',
      'docs/runbook.md#table-throttles',
      'docs/runbook.md#ses-reputation',
      'docs/runbook.md#ses-reputation',
    ]);
    for (const { AlarmActions, OKActions } of alarms) expect([AlarmActions, OKActions]).toMatchObject([[{}], [{}]]);
  });

  it('look at every function and table', () => {
    const text = JSON.stringify(resourcesOf(template, 'AWS::CloudWatch::Alarm'));
    const counted = (name: string) => text.split(`"MetricName":"${name}"`).length - 1;

    expect(['Throttles', 'Errors', 'Duration', 'IteratorAge'].map(counted)).toEqual([8, 8, 3, 1]);
    expect(['ReadThrottleEvents', 'WriteThrottleEvents'].map(counted)).toEqual([5, 5]);
  });

  it('of SES are there where a server sends through it', () => {
    const servers = SAMPLE.servers.slice(1);
    const inside = Template.fromStack(stacksOf({ ...SAMPLE, servers }).functions);

    expect(JSON.stringify(resourcesOf(inside, 'AWS::CloudWatch::Alarm'))).not.toContain('Reputation');
  });

  it('are sent by alarms of this account alone, to each mailbox, and to a topic of yours', () => {
    const alarmTopic = 'arn:aws:sns:eu-west-1:111122223333:alarms';
    const alarmEmail = ['a@example.com', 'b@example.com'];
    const told = Template.fromStack(stacksOf({ ...SAMPLE, alarmEmail, existing: { alarmTopic } }).functions);

    const mailboxes = resourcesOf(told, 'AWS::SNS::Subscription')
      .filter(({ Properties }) => Properties.Protocol === 'email')
      .map(({ Properties }) => Properties.Endpoint);
    expect(mailboxes).toEqual(alarmEmail);
    const [alarm] = resourcesOf(told, 'AWS::CloudWatch::Alarm');
    expect(alarm?.Properties.AlarmActions).toEqual([{ Ref: expect.any(String) }, alarmTopic]);
    const [policy] = resourcesOf(told, 'AWS::SNS::TopicPolicy');
    expect(policy?.Properties.PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({ Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } } }),
    );
  });

  it('link the runbook where it can be read, and have their topic where no one is named yet', () => {
    const context = { ...SAMPLE, alarmEmail: undefined, runbookUrl: 'https://wiki.example.com/runbook' };
    const quiet = Template.fromStack(stacksOf(context).functions);

    quiet.resourcePropertiesCountIs('AWS::SNS::Topic', { DisplayName: 'Postern alarms' }, 1);
    quiet.resourcePropertiesCountIs('AWS::SNS::Subscription', { Protocol: 'email' }, 0);
    const [alarm] = resourcesOf(quiet, 'AWS::CloudWatch::Alarm');
    expect(alarm?.Properties.AlarmDescription).toContain('https://wiki.example.com/runbook#dead-letters');
  });
});

it('one dashboard shows every server', () => {
  const [dashboard, ...more] = resourcesOf(template, 'AWS::CloudWatch::Dashboard');

  const body = JSON.stringify(dashboard?.Properties.DashboardBody);
  expect(more).toEqual([]);
  expect(body).toContain('submission: messages');
  expect(body).toContain('inbound: trouble');
});
