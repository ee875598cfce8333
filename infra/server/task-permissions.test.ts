import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { SAMPLE, sampleWith } from '../test-support/context.ts';
import { listOf, resourcesOf, type Statement, serverTemplate, statementsOf } from '../test-support/synthesis.ts';

/** Statements of the role that the container itself has. */
function taskStatements(template: Template): readonly Statement[] {
  return resourcesOf(template, 'AWS::IAM::Policy')
    .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes('TaskRole'))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

function statementFor(template: Template, action: string): Statement | undefined {
  return taskStatements(template).find(({ Action }) => listOf(Action).includes(action));
}

const submission = serverTemplate('submission');
const inbound = serverTemplate('inbound');

describe('a task', () => {
  it('may do these things and no others', () => {
    const actionsOf = (template: Template) => taskStatements(template).flatMap(({ Action }) => listOf(Action));

    expect(actionsOf(submission)).toEqual([
      'dynamodb:GetItem',
      'dynamodb:Query',
      'lambda:InvokeFunction',
      'ses:SendEmail',
      'ses:SendRawEmail',
      'secretsmanager:GetSecretValue',
    ]);
    expect(actionsOf(inbound)).toEqual([
      'dynamodb:GetItem',
      'dynamodb:Query',
      'lambda:InvokeFunction',
      'secretsmanager:GetSecretValue',
    ]);
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
    expect(secrets).toHaveLength(3);
  });

  it('uses the key of the secret where one is named', () => {
    const certificateKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const template = serverTemplate('submission', sampleWith({ certificateKeyArn }));

    expect(statementFor(template, 'kms:Decrypt')?.Resource).toBe(certificateKeyArn);
  });

  it('sends by the identities that the deployment verified, or those that are named, or else by any', () => {
    const resourceOf = (template: Template) => JSON.stringify(statementFor(template, 'ses:SendRawEmail')?.Resource);
    const named = 'arn:aws:ses:eu-west-1:111122223333:identity/example.org';

    expect(resourceOf(submission)).toContain('Sesexamplecom');
    expect(resourceOf(serverTemplate('submission', sampleWith({ sesIdentityArns: [named] })))).toBe(`"${named}"`);
    expect(resourceOf(serverTemplate('submission', { ...SAMPLE, sesDomains: [] }))).toContain(':identity/*"');
  });
});

describe('wildcards', () => {
  it('stand nowhere but where an action knows no resource, and in the name of a secret', () => {
    const wild = [submission, inbound]
      .flatMap(statementsOf)
      .filter(({ Action, Resource }) => /[*?]/.test(JSON.stringify([Action, Resource])))
      .map(({ Action, Resource }) => [Action, JSON.stringify(Resource).includes(':secret:postern/') || Resource]);

    expect(wild).toEqual([
      ['secretsmanager:GetSecretValue', true],
      ['secretsmanager:GetSecretValue', true],
    ]);
  });
});
