import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { SAMPLE, sampleWith } from '../../test-support/context.ts';
import { listOf, resourcesOf, type Statement, serverTemplate, statementsOf } from '../../test-support/synthesis.ts';

/** Statements of the role that the container itself has. */
function taskStatements(template: Template): readonly Statement[] {
  return resourcesOf(template, 'AWS::IAM::Policy')
    .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes('TaskRole'))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

function statementFor(template: Template, action: string): Statement | undefined {
  return taskStatements(template).find(({ Action }) => listOf(Action).includes(action));
}

type Fields = Readonly<Record<string, unknown>>;

const submission = serverTemplate('submission');
const inbound = serverTemplate('inbound');

describe('a task', () => {
  it('may do these things and no others', () => {
    const actionsOf = (template: Template) =>
      taskStatements(template)
        .flatMap(({ Action }) => listOf(Action))
        .sort();

    const always = [
      // Its own policy; held mail, put, changed and read by id, listed by server and state.
      'dynamodb:BatchWriteItem',
      ...['dynamodb:GetItem', 'dynamodb:GetItem', 'dynamodb:PutItem'],
      ...['dynamodb:Query', 'dynamodb:Query', 'dynamodb:Query'],
      'dynamodb:UpdateItem',
      'lambda:InvokeFunction',
      ...['s3:GetObject', 's3:PutObject', 's3:PutObjectTagging'],
      'secretsmanager:GetSecretValue',
    ];
    expect(actionsOf(inbound)).toEqual(always);
    expect(actionsOf(submission)).toEqual([...always, 'ses:GetSendQuota', 'ses:SendEmail', 'ses:SendRawEmail']);
  });

  it.each([
    ['submission', submission],
    ['inbound', inbound],
  ])('of %s reads its own partition of one table', (name, template) => {
    expect(statementFor(template, 'dynamodb:Query')).toMatchObject({
      Resource: { 'Fn::ImportValue': expect.stringContaining('TablesPolicy') },
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [name] } },
    });
  });

  it('writes its sessions under way to a partition of its own, and reads no other of the counters', () => {
    expect(statementFor(inbound, 'dynamodb:BatchWriteItem')).toMatchObject({
      Action: ['dynamodb:BatchWriteItem', 'dynamodb:Query'],
      Resource: { 'Fn::ImportValue': expect.stringContaining('TablesCounters') },
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['live#inbound'] } },
    });
  });

  it('invokes exactly the functions that it asks', () => {
    const functions = listOf(statementFor(inbound, 'lambda:InvokeFunction')?.Resource).map((arn) =>
      JSON.stringify(arn),
    );

    expect(functions).toEqual([
      expect.stringMatching(/ScreeningAuthenticateFunction\w+Arn/),
      expect.stringMatching(/ScreeningCheckLimitsFunction\w+Arn/),
      expect.stringMatching(/ScreeningCheckRelayFunction\w+Arn/),
      expect.stringMatching(/ScreeningRecordEventsFunction\w+Arn/),
    ]);
  });

  it('reads exactly the secret of its certificate', () => {
    const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:mail-AbCdEf';
    const template = serverTemplate('submission', sampleWith({ certificateSecret: arn }));

    expect(statementFor(template, 'secretsmanager:GetSecretValue')?.Resource).toBe(arn);
    // By name, with the six characters that Secrets Manager chose.
    const byName = JSON.stringify(statementFor(submission, 'secretsmanager:GetSecretValue')?.Resource);
    expect(byName).toContain(':secret:postern/mail.example.com-??????"');
  });

  it('reads the secrets of next hops that its first items or the configuration name', () => {
    const policy = [
      { item: 'settings', hostname: 'relay.example.com', defaultNextHop: 'smtp://a?tls=require&auth=secret:hops/one' },
      { item: 'domain#example.org', nextHop: 'smtp://a?tls=require&auth=secret:hops/one' },
      { item: 'domain#example.net', nextHop: 'smtp://b?tls=require&auth=file:/login.json' },
    ];
    const egress = [{ to: '10.0.0.0/8', port: 25, note: 'hops' }];
    const named = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:hops/two-AbCdEf';
    const template = serverTemplate('submission', sampleWith({ policy, egress, nextHopSecrets: [named] }));

    const secrets = taskStatements(template)
      .filter(({ Action }) => listOf(Action).includes('secretsmanager:GetSecretValue'))
      .flatMap(({ Resource }) => listOf(Resource))
      .map((resource) => JSON.stringify(resource));
    const ofHops = secrets.filter((text) => text.includes('hops/'));
    expect(ofHops).toEqual([`"${named}"`, expect.stringContaining(':secret:hops/one-??????"')]);
    // Beside those of the certificate: its name with six characters, and its bare name.
    expect(secrets).toHaveLength(4);
  });

  it('uses the key of the secret where one is named', () => {
    const certificateKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const template = serverTemplate('submission', sampleWith({ certificateKeyArn }));

    expect(statementFor(template, 'kms:Decrypt')?.Resource).toBe(certificateKeyArn);
  });

  it('sends by the identities that the deployment verified, or those that are named, or else by any', () => {
    const resourceOf = (template: Template) => JSON.stringify(statementFor(template, 'ses:SendRawEmail')?.Resource);
    const named = 'arn:aws:ses:eu-west-1:111122223333:identity/example.org';

    expect(resourceOf(submission)).toContain(':identity/example.com"');
    expect(resourceOf(submission)).toContain(':identity/*@example.com"');
    expect(resourceOf(serverTemplate('submission', sampleWith({ sesIdentityArns: [named] })))).toContain(`"${named}"`);
    expect(resourceOf(serverTemplate('submission', { ...SAMPLE, sesDomains: [] }))).toContain(':identity/*"');
  });
});

describe('what a server may send', () => {
  const resourcesFor = (change: Fields, others: Fields = {}) =>
    JSON.stringify(statementFor(serverTemplate('submission', sampleWith(change, others)), 'ses:SendEmail')?.Resource);
  const withoutSes = [{ item: 'settings', hostname: 'mail.example.com', defaultNextHop: 'smtp://10.20.0.25' }];

  it('follows what it may do, not its first items, which a deployment applies but once', () => {
    expect(resourcesFor({ policy: withoutSes })).toBeUndefined();
    expect(resourcesFor({ policy: withoutSes, ses: true })).toContain(':identity/example.com');
  });

  it('is by its configuration set, that of the deployment, or by whichever an identity has', () => {
    expect(resourcesFor({}, { recordDeliveries: false })).toContain(':configuration-set/*');
    expect(resourcesFor({})).toMatch(/:configuration-set\/",\{"Fn::ImportValue":"[^"]*SesSet/);
    expect(resourcesFor({}, { sesConfigurationSet: 'bounces' })).toContain(':configuration-set/bounces');
    expect(resourcesFor({ sesConfigurationSet: 'own' }, { sesConfigurationSet: 'bounces' })).toMatch(
      /:configuration-set\/own"/,
    );
  });

  it('and its tasks name the set in each call', () => {
    const template = serverTemplate('submission', { ...SAMPLE, sesConfigurationSet: 'bounces' });

    const [definition] = resourcesOf(template, 'AWS::ECS::TaskDefinition');
    expect(definition?.Properties.ContainerDefinitions[0].Environment).toContainEqual({
      Name: 'POSTERN_SES_CONFIGURATION_SET',
      Value: 'bounces',
    });
  });

  it('stands in as many policies as it takes for a hundred domains', () => {
    const sesDomains = Array.from({ length: 100 }, (_, index) => `customer-number-${index}.example.com`);
    const template = serverTemplate('submission', { ...SAMPLE, sesDomains });

    const managed = resourcesOf(template, 'AWS::IAM::ManagedPolicy').map(({ Properties }) => Properties);
    const all = [statementFor(template, 'ses:SendEmail'), ...managed.flatMap((one) => one.PolicyDocument.Statement)];
    expect(all.flatMap(({ Resource }) => Resource)).toHaveLength(201);
    // With a managed policy of ten that a role may have, and 6,144 octets in each.
    expect(managed.length).toBeLessThan(10);
    for (const { PolicyDocument } of managed) {
      const text = JSON.stringify(PolicyDocument).replaceAll(/\{"Fn::Join":\["",\[|\]\]\}|\{"Ref":"AWS::\w+"\}/g, '');
      expect(text.length + PolicyDocument.Statement[0].Resource.length * 20).toBeLessThan(6144);
    }
  });
});

/** Ends of those that hold one, sorted. */
function wildParts(resource: unknown): readonly string[] {
  return listOf(resource)
    .map((arn) => JSON.stringify(arn).replace(/^.*"(:[^"]*)"[\]}]*$/, '$1'))
    .filter((text) => /[*?]/.test(text))
    .sort();
}

describe('wildcards', () => {
  it('stand nowhere but in the name of a secret or of content, and for what SES may ask of an identity', () => {
    const wild = [submission, inbound]
      .flatMap(statementsOf)
      .filter(({ Action, Resource }) => /[*?]/.test(JSON.stringify([Action, Resource])))
      .map(({ Action, Resource }) => [Action, wildParts(Resource)]);

    const content = [
      ['s3:GetObject', 's3:PutObject', 's3:PutObjectTagging'],
      [expect.stringMatching(/HeldContent\w+"\},"\/held\/\*"\]\]\}$/)],
    ];
    expect(wild).toEqual([
      content,
      [['ses:SendEmail', 'ses:SendRawEmail'], [':identity/*@example.com']],
      ['ses:GetSendQuota', ['"*"']],
      ['secretsmanager:GetSecretValue', [':secret:postern/mail.example.com-??????']],
      content,
      ['secretsmanager:GetSecretValue', [':secret:postern/mx.example.com-??????']],
      // No right of a task: the look-up of the load balancer's private address.
      ['ec2:DescribeNetworkInterfaces', ['"*"']],
    ]);
  });
});
