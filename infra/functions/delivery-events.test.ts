import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { SAMPLE, sampleOf, sampleWith } from '../test-support/context.ts';
import { listOf, resourcesOf, serverTemplate, stacksOf, statementsOf } from '../test-support/synthesis.ts';

function functionsOf(context: unknown = SAMPLE): Template {
  return Template.fromStack(stacksOf(context).functions);
}

const sample = functionsOf();

function destinationsOf(template: Template) {
  return resourcesOf(template, 'AWS::SES::ConfigurationSetEventDestination').map(({ Properties }) => Properties);
}

const OWN_SET = { Ref: expect.stringMatching(/^SesSet/) };

describe('what SES tells', () => {
  it('goes to a topic of its own, the five kinds that say what became of a message, and nothing of readers', () => {
    expect(destinationsOf(sample)).toEqual([
      {
        ConfigurationSetName: OWN_SET,
        EventDestination: {
          Enabled: true,
          MatchingEventTypes: ['delivery', 'deliveryDelay', 'bounce', 'complaint', 'reject'],
          SnsDestination: { TopicARN: { Ref: expect.stringMatching(/^DeliveriesTopic/) } },
        },
      },
    ]);
  });

  it('may be published by SES alone, for that set alone, and over TLS', () => {
    const policies = resourcesOf(sample, 'AWS::SNS::TopicPolicy').map(({ Properties }) => Properties);
    const own = policies.find(({ Topics }) => JSON.stringify(Topics).includes('Deliveries'));

    expect(own?.PolicyDocument.Statement).toMatchObject([
      { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      {
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'ses.amazonaws.com' },
        Condition: {
          StringEquals: { 'AWS:SourceAccount': { Ref: 'AWS::AccountId' }, 'AWS:SourceArn': expect.anything() },
        },
      },
    ]);
    expect(JSON.stringify(own?.PolicyDocument.Statement[1].Condition)).toContain('SesSet');
  });

  it('calls the function, and what fails to the last is kept', () => {
    const [subscription] = resourcesOf(sample, 'AWS::SNS::Subscription').filter(
      ({ Properties }) => Properties.Protocol === 'lambda',
    );

    expect(JSON.stringify(subscription?.Properties.Endpoint)).toContain('RecordDeliveries');
    expect(JSON.stringify(subscription?.Properties.RedrivePolicy)).toContain('DeadLetters');
  });

  it('is told of sets that servers name too, once of each', () => {
    const context = sampleOf([{ sesConfigurationSet: 'bounces' }, { sesConfigurationSet: 'bounces' }, {}], {
      elasticIpQuota: 20,
    });

    expect(destinationsOf(functionsOf(context)).map((each) => each.ConfigurationSetName)).toEqual([OWN_SET, 'bounces']);
  });

  it('is of the servers’ own sets alone where each names one', () => {
    const context = sampleWith({}, { sesConfigurationSet: 'bounces' });

    expect(destinationsOf(functionsOf(context)).map((each) => each.ConfigurationSetName)).toEqual(['bounces']);
  });

  it('is recorded nowhere where that is not wanted; the set stays, which servers may import', () => {
    const template = functionsOf({ ...SAMPLE, recordDeliveries: false });

    expect(destinationsOf(template)).toEqual([]);
    expect(resourcesOf(template, 'AWS::SES::ConfigurationSet')).toHaveLength(1);
    expect(JSON.stringify(template.toJSON().Outputs)).toContain('SesSet');
    const server = serverTemplate('submission', { ...SAMPLE, recordDeliveries: false });
    expect(JSON.stringify(server.toJSON())).not.toContain('POSTERN_SES_CONFIGURATION_SET');
  });
});

it('a server that sends by SES names the set, and may use no other', () => {
  const text = JSON.stringify(serverTemplate('submission').toJSON());

  expect(text).toContain('POSTERN_SES_CONFIGURATION_SET');
  expect(text).not.toContain(':configuration-set/*');
});

it('reports may go out from postmasters alone, by no identity but the servers’', () => {
  const statements = statementsOf(sample).filter(({ Action }) => listOf(Action).includes('ses:SendRawEmail'));

  expect(statements).toHaveLength(1);
  expect(statements[0]?.Condition).toEqual({ StringLike: { 'ses:FromAddress': 'postmaster@*' } });
  const resources = listOf(statements[0]?.Resource).map((resource) => JSON.stringify(resource));
  expect(resources.map((resource) => /:(?:identity|configuration-set)\/[^"]*/.exec(resource)?.[0])).toEqual([
    ':configuration-set/*',
    ':identity/*@example.com',
    ':identity/example.com',
  ]);
});
