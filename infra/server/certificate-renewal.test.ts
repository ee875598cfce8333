import { Match, Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { readConfiguration } from '../configuration/read-configuration.ts';
import { sampleWith } from '../test-support/context.ts';
import { resourcesOf, serverTemplate, stacksOf, statementsOf } from '../test-support/synthesis.ts';

const ORDER = { issuer: 'letsencrypt', hostedZoneId: 'Z123', email: 'ops@example.com' };
const [FIRST] = readConfiguration(sampleWith({})).servers;
const NAME = FIRST?.name ?? '';
const HOSTNAME = FIRST?.policy.settings.hostname;
const CONTEXT = sampleWith({ certificateSecret: undefined, certificate: ORDER });
const template = serverTemplate(NAME, CONTEXT);
const functions = Template.fromStack(stacksOf(CONTEXT).functions);

it('has the certificate and the account in secrets that outlive the stack', () => {
  const secrets = resourcesOf(template, 'AWS::SecretsManager::Secret');

  expect(secrets.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(['Retain', 'Retain']);
});

it('may write the records that prove its names, and no other of the zone', () => {
  const change = statementsOf(template).find(({ Action }) => Action === 'route53:ChangeResourceRecordSets');

  expect(JSON.stringify(change?.Resource)).toContain('hostedzone/Z123');
  expect(change?.Condition).toEqual({
    'ForAllValues:StringEquals': {
      'route53:ChangeResourceRecordSetsNormalizedRecordNames': [`_acme-challenge.${HOSTNAME}`],
      'route53:ChangeResourceRecordSetsRecordTypes': ['TXT'],
    },
  });
});

it('renews each day, without an execution that an account must have to spare', () => {
  template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 day)' });
  template.hasResourceProperties('AWS::Lambda::Function', {
    ReservedConcurrentExecutions: Match.absent(),
    Timeout: 600,
    Environment: { Variables: Match.objectLike({ POSTERN_CERTIFICATES: Match.anyValue() }) },
  });
});

it('renews when somebody asks by the admin API, which may say so and no more', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: ['postern.admin'],
      'detail-type': ['renew-certificate'],
      detail: { deployment: ['Postern'], server: [NAME] },
    },
    Targets: [
      Match.objectLike({
        InputTransformer: {
          InputPathsMap: { 'detail-force': '$.detail.force' },
          InputTemplate: '{"force":<detail-force>}',
        },
      }),
    ],
  });
  const put = statementsOf(functions).find(({ Action }) => Action === 'events:PutEvents');
  expect(put).toMatchObject({ Condition: { StringEquals: { 'events:source': 'postern.admin' } } });
});

it('lets no task start before there is a certificate', () => {
  const [first] = Object.keys(template.findResources('Custom::PosternFirstCertificate'));
  const [service] = resourcesOf(template, 'AWS::ECS::Service');

  expect(service?.DependsOn).toContain(first);
});

it('tells tasks of its own secret, which they may read and not write', () => {
  const [definition] = resourcesOf(template, 'AWS::ECS::TaskDefinition');
  const environment = JSON.stringify(definition?.Properties.ContainerDefinitions[0].Environment);
  const [secret] = Object.keys(
    template.findResources('AWS::SecretsManager::Secret', {
      Properties: { Description: `Certificate of the published server ${NAME}` },
    }),
  );

  expect(environment).toContain(`secret:`);
  expect(environment).toContain(secret);
});

it('raises an alarm when a renewal fails', () => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'CertificateFailures', Threshold: 1 });
});

it.each([
  ['neither', { certificateSecret: undefined }, 'certificateSecret'],
  ['both', { certificate: ORDER }, 'the deployment renews one, or you keep one'],
  ['an issuer that is none', { certificateSecret: undefined, certificate: { ...ORDER, issuer: 'me' } }, 'issuer'],
])('%s is an error that names it', (_what, change, problem) => {
  expect(() => readConfiguration(sampleWith(change))).toThrow(problem);
});
