/** The policy of a task's role, judged by requests: what the proxy asks is allowed, what a stranger in it would ask is not. */
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { type Resource, resourcesOf, serverStack, stacksOf } from '../../infra/test-support/synthesis.ts';
import { isAllowed, type PolicyStatement, type Request } from './policy-evaluator.ts';

const TABLE = 'arn:aws:dynamodb:eu-west-1:111122223333:table/policy';
const HELD_TABLE = 'arn:aws:dynamodb:eu-west-1:111122223333:table/held';
const HELD_BUCKET = 'arn:aws:s3:::held-content';
const COUNTERS = 'arn:aws:dynamodb:eu-west-1:111122223333:table/counters';
const FUNCTION = 'arn:aws:lambda:eu-west-1:111122223333:function:';

const stacks = stacksOf();

function taskPolicy(server: string): readonly PolicyStatement[] {
  const policies = resourcesOf(Template.fromStack(serverStack(server, stacks)), 'AWS::IAM::Policy');
  const own = policies.filter(({ Properties }) => JSON.stringify(Properties.Roles).includes('TaskRole'));
  return own.flatMap(({ Properties }) => Properties.PolicyDocument.Statement.map(resolved));
}

function resolved(statement: Resource): PolicyStatement {
  const resources = [statement.Resource].flat().map(arnOf);
  return { Effect: statement.Effect, Action: statement.Action, Resource: resources, Condition: statement.Condition };
}

/** An ARN as it would be deployed. */
function arnOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[kind, inner] = ['', undefined]] = Object.entries(value as object);
  if (kind === 'Fn::Join') return inner[1].map(arnOf).join('');
  const name = String(inner);
  if (name.includes('TablesPolicy')) return TABLE;
  if (name.includes('TablesCounters')) return COUNTERS;
  if (name.includes('TablesEvents')) return TABLE.replace('policy', 'events');
  if (name.includes('TablesUsers')) return TABLE.replace('policy', 'users');
  if (name.includes('RunsLog')) return 'arn:aws:logs:eu-west-1:111122223333:log-group:/functions';
  if (name.includes('DeadLetters')) return 'arn:aws:sqs:eu-west-1:111122223333:dead';
  if (name.includes('SesSet')) return 'postern';
  if (name.includes('HeldTable')) return HELD_TABLE;
  if (name.includes('HeldContent')) return HELD_BUCKET;
  const called = /Screening(Authenticate|CheckRelay|CheckLimits|RecordEvents)Function/.exec(name)?.[1];
  if (called !== undefined) return FUNCTION + called;
  const pseudo = { 'AWS::Partition': 'aws', 'AWS::Region': 'eu-west-1', 'AWS::AccountId': '111122223333' }[name];
  if (pseudo === undefined) throw new RangeError(`${name} is not known`);
  return pseudo;
}

function read(action: string, ...partitions: string[]): Request {
  return { action, resource: TABLE, keys: { 'dynamodb:LeadingKeys': partitions } };
}

describe.each(['submission', 'inbound'])('a task of %s', (server) => {
  const policy = taskPolicy(server);
  const other = server === 'inbound' ? 'submission' : 'inbound';

  it.each(['dynamodb:GetItem', 'dynamodb:Query'])('may %s in its own partition', (action) => {
    expect(isAllowed(policy, read(action, server))).toBe(true);
  });

  it.each(['dynamodb:GetItem', 'dynamodb:Query'])('may not %s in another, alone or beside its own', (action) => {
    expect(isAllowed(policy, read(action, other))).toBe(false);
    expect(isAllowed(policy, read(action, server, other))).toBe(false);
    expect(isAllowed(policy, read(action, `${server}x`))).toBe(false);
  });

  it.each(['Scan', 'BatchGetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'PartiQLSelect'])('may not %s', (name) => {
    expect(isAllowed(policy, read(`dynamodb:${name}`, server))).toBe(false);
  });

  it('may not read another table or an index', () => {
    expect(isAllowed(policy, { ...read('dynamodb:Query', server), resource: `${TABLE}/index/x` })).toBe(false);
    expect(isAllowed(policy, { ...read('dynamodb:GetItem', server), resource: TABLE.replace('policy', 'users') })).toBe(
      false,
    );
  });

  it.each(['s3:PutObject', 's3:PutObjectTagging', 's3:GetObject'])(
    'may %s of held content, and elsewhere not',
    (action) => {
      const may = (resource: string) => isAllowed(policy, { action, resource });

      expect(may(`${HELD_BUCKET}/held/2026-11-30/T1.1`)).toBe(true);
      expect([`${HELD_BUCKET}/other/T1.1`, HELD_BUCKET, 'arn:aws:s3:::another/held/T1.1'].map(may)).toEqual([
        false,
        false,
        false,
      ]);
    },
  );

  it.each(['s3:DeleteObject', 's3:ListBucket'])('may not %s', (action) => {
    const objects = [HELD_BUCKET, `${HELD_BUCKET}/held/2026-11-30/T1.1`];

    expect(objects.map((resource) => isAllowed(policy, { action, resource }))).toEqual([false, false]);
  });

  it('may list held mail of its own server alone, and remove none', () => {
    const list = (partition: string): boolean =>
      isAllowed(policy, {
        action: 'dynamodb:Query',
        resource: `${HELD_TABLE}/index/serverState`,
        keys: { 'dynamodb:LeadingKeys': [partition] },
      });
    const act = (name: string): boolean =>
      isAllowed(policy, {
        action: `dynamodb:${name}`,
        resource: HELD_TABLE,
        keys: { 'dynamodb:LeadingKeys': ['T1.1'] },
      });

    expect([`${server}#held`, `${server}#releasing`, `${other}#held`].map(list)).toEqual([true, true, false]);
    expect(['PutItem', 'UpdateItem', 'GetItem', 'DeleteItem', 'Scan'].map(act)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('may tell of its own sessions under way, and read no other counter', () => {
    const act = (name: string, partition: string): boolean =>
      isAllowed(policy, {
        action: `dynamodb:${name}`,
        resource: COUNTERS,
        keys: { 'dynamodb:LeadingKeys': [partition] },
      });
    const partitions = [`live#${server}`, `live#${other}`, 'login#alice@example.com'];

    expect(partitions.map((partition) => act('Query', partition))).toEqual([true, false, false]);
    expect(partitions.map((partition) => act('BatchWriteItem', partition))).toEqual([true, false, false]);
    expect(['Scan', 'PutItem', 'DeleteItem'].map((name) => act(name, `live#${server}`))).toEqual([false, false, false]);
  });

  it('may invoke the functions that it asks, and no other', () => {
    const invoke = (name: string) => isAllowed(policy, { action: 'lambda:InvokeFunction', resource: FUNCTION + name });

    const asked = ['Authenticate', 'CheckRelay', 'CheckLimits', 'RecordEvents'];
    expect(asked.filter(invoke)).toEqual(asked);
    expect(['Admin', 'SeedPolicy', 'CheckRelay:1'].map(invoke)).toEqual([false, false, false]);
  });

  it('may read the certificate of its own name, and no other secret', () => {
    const secret = (name: string) => `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${name}`;
    const names = { submission: 'postern/mail.example.com', inbound: 'postern/mx.example.com' };
    const own = names[server as keyof typeof names];
    const may = (name: string) =>
      isAllowed(policy, { action: 'secretsmanager:GetSecretValue', resource: secret(name) });

    expect(may(`${own}-AbCdEf`)).toBe(true);
    expect([`${own}-AbCdEfG`, `${own}.old-AbCdEf`, `${names[other as keyof typeof names]}-AbCdEf`].map(may)).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('may send by the verified identity, and one of its addresses, only where it may send through SES', () => {
    const send = (domain: string): Request => {
      return { action: 'ses:SendRawEmail', resource: `arn:aws:ses:eu-west-1:111122223333:identity/${domain}` };
    };

    expect(isAllowed(policy, send('example.com'))).toBe(server === 'submission');
    expect(isAllowed(policy, send('alice@example.com'))).toBe(server === 'submission');
    expect(
      ['example.org', 'alice@example.org', 'other-example.com'].map((name) => isAllowed(policy, send(name))),
    ).toEqual([false, false, false]);
  });
});

describe('record-deliveries', () => {
  const EVENTS = TABLE.replace('policy', 'events');
  const IDENTITY = 'arn:aws:ses:eu-west-1:111122223333:identity/example.com';
  const policies = resourcesOf(Template.fromStack(stacks.functions), 'AWS::IAM::Policy');
  const own = policies.filter(({ Properties }) => JSON.stringify(Properties.Roles).includes('RecordDeliveries'));
  const policy: readonly PolicyStatement[] = own.flatMap(({ Properties }) =>
    Properties.PolicyDocument.Statement.map(resolved),
  );

  function may(action: string, resource: string, keys: Request['keys'] = {}): boolean {
    return isAllowed(policy, { action, resource, keys });
  }

  it('may write events, counts and marks, and read none', () => {
    const actions = ['BatchWriteItem', 'UpdateItem', 'PutItem', 'DeleteItem', 'Query', 'GetItem', 'Scan'];

    expect(actions.map((name) => may(`dynamodb:${name}`, EVENTS))).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('may read policy by key, and change none', () => {
    const actions = ['BatchGetItem', 'Query', 'PutItem', 'UpdateItem'];

    expect(actions.map((name) => may(`dynamodb:${name}`, TABLE))).toEqual([true, false, false, false]);
    expect(may('dynamodb:GetItem', TABLE.replace('policy', 'users'))).toBe(false);
  });

  it('may send as a postmaster of a domain of ours, and as no one else', () => {
    const from = (address: string) => ({ 'ses:FromAddress': [address] });

    expect(may('ses:SendRawEmail', IDENTITY, from('postmaster@example.com'))).toBe(true);
    expect(may('ses:SendRawEmail', IDENTITY, from('alice@example.com'))).toBe(false);
    expect(may('ses:SendRawEmail', IDENTITY.replace('com', 'org'), from('postmaster@example.org'))).toBe(false);
    expect(may('ses:SendEmail', IDENTITY, from('postmaster@example.com'))).toBe(false);
  });
});
