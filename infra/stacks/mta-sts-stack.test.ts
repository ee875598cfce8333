import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../configuration/read-configuration.ts';
import { SAMPLE } from '../test-support/context.ts';
import { resourcesOf, stacksOf } from '../test-support/synthesis.ts';

function context(mode: string, more: object = {}) {
  return {
    ...SAMPLE,
    hostedZones: [{ name: 'example.com', hostedZoneId: 'Z123' }],
    mtaSts: { mode, domains: ['example.com'] },
    ...more,
  };
}

function templateOf(mode: string): Template {
  const { mtaSts } = stacksOf(context(mode));
  if (mtaSts === undefined) throw new TypeError('There is no such stack');
  return Template.fromStack(mtaSts);
}

const testing = templateOf('testing');
const enforced = templateOf('enforce');

describe('an MTA-STS policy', () => {
  it('is there only where it is wanted', () => {
    expect(stacksOf().mtaSts).toBeUndefined();
  });

  it('names the servers that take the domain’s mail, on a host of its own with a certificate', () => {
    testing.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          POLICIES: JSON.stringify({
            'mta-sts.example.com': 'version: STSv1\r\nmode: testing\r\nmx: mx.example.com\r\nmax_age: 604800\r\n',
          }),
        },
      },
    });
    testing.hasResourceProperties('AWS::CertificateManager::Certificate', { DomainName: 'mta-sts.example.com' });
    testing.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: 'GET /.well-known/mta-sts.txt' });
  });

  it('has an id in DNS, another one for another text', () => {
    const idOf = (template: Template): string => {
      const records = resourcesOf(template, 'AWS::Route53::RecordSet').map(({ Properties }) => Properties);
      return records.find(({ Type, Name }) => Type === 'TXT' && Name === '_mta-sts.example.com.')?.ResourceRecords[0];
    };

    expect(idOf(testing)).toMatch(/^"v=STSv1; id=[0-9a-f]{32}"$/);
    expect(idOf(enforced)).not.toBe(idOf(testing));
  });

  it('is enforced after the certificates of its servers were looked at', () => {
    expect(resourcesOf(testing, 'Custom::PosternVerifiedCertificates')).toEqual([]);

    const [verified] = Object.entries(enforced.findResources('Custom::PosternVerifiedCertificates'));

    expect(JSON.stringify(verified?.[1].Properties.Targets)).toContain('mx.example.com');
    for (const record of resourcesOf(enforced, 'AWS::Route53::RecordSet'))
      expect(record.DependsOn).toContain(verified?.[0]);
  });
});

it.each([
  [{ hostedZones: [] }, 'example.com is in none of hostedZones'],
  [{ mtaSts: { mode: 'testing', domains: ['example.com', 'other.example.com'] } }, 'is listed by no server at port 25'],
  [{ probe: { hourly: false } }, 'enforce needs probe.hourly'],
])('with %j it is an error', (more, problem) => {
  expect(() => readConfiguration(context('enforce', more))).toThrow(problem);
});
