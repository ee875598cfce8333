import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { SAMPLE, sampleWith } from '../test-support/context.ts';
import { resourcesOf, serverTemplate, stacksOf } from '../test-support/synthesis.ts';

interface Schedule {
  readonly ScheduleExpression: string;
  readonly Target: { readonly Arn: unknown; readonly Input: unknown };
}

function schedulesOf(template: Template): readonly Schedule[] {
  return resourcesOf(template, 'AWS::Scheduler::Schedule').map(({ Properties }) => Properties);
}

/** The targets that a schedule hands over; what is known at deployment alone reads `?`. */
function targetsOf({ Target }: Schedule): unknown {
  const text = typeof Target.Input === 'string' ? Target.Input : joined(Target.Input);
  return JSON.parse(text).targets;
}

function joined(input: unknown): string {
  const [, parts] = (input as { readonly 'Fn::Join': readonly [string, readonly unknown[]] })['Fn::Join'];
  return parts.map((part) => (typeof part === 'string' ? part : '?')).join('');
}

describe('a server for users', () => {
  const [schedule, ...others] = schedulesOf(serverTemplate('submission'));

  it('is knocked at by its public name, from outside of the VPC, each hour', () => {
    expect(others).toEqual([]);
    expect(schedule?.ScheduleExpression).toBe('rate(1 hour)');
    expect(JSON.stringify(schedule?.Target.Arn)).toContain('PosternFunctions:');
    expect(schedule && targetsOf(schedule)).toEqual([
      {
        server: 'submission',
        host: 'mail.example.com',
        port: 587,
        tls: 'starttls',
        kind: 'submission',
        name: 'mail.example.com',
        domain: 'example.com',
        way: 'public',
      },
      expect.objectContaining({ port: 465, tls: 'implicit', way: 'public' }),
    ]);
  });
});

describe('a server at port 25', () => {
  const template = serverTemplate('inbound');
  const [schedule] = schedulesOf(template);

  it('is knocked at by the private address of its load balancer, from inside', () => {
    const [lookUp] = resourcesOf(template, 'Custom::PosternPrivateAddress');

    expect(JSON.stringify(schedule?.Target.Arn)).toContain('PosternNetwork:');
    expect(schedule && targetsOf(schedule)).toMatchObject([{ port: 25, kind: 'inbound', host: '?', way: 'private' }]);
    expect(JSON.stringify(lookUp?.Properties)).toContain('DescribeNetworkInterfaces');
  });

  it('lets the probe in where it lets in some networks alone', () => {
    const fromGroups = (some: Template) =>
      resourcesOf(some, 'AWS::EC2::SecurityGroupIngress').filter(
        ({ Properties }) => Properties.Description === 'Probe',
      );
    const [server] = SAMPLE.servers.filter(({ name }) => name === 'inbound');
    const narrow = serverTemplate('inbound', {
      ...SAMPLE,
      servers: SAMPLE.servers.map((each) => (each === server ? { ...each, clients: ['203.0.113.0/24'] } : each)),
    });

    expect(JSON.stringify(narrow.toJSON())).toContain('"Description":"Probe"');
    expect(fromGroups(template)).toEqual([]);
  });
});

it('an internal server is knocked at from inside, by the addresses that it was given', () => {
  const context = sampleWith({ scheme: 'internal', zones: 2, privateAddresses: ['10.0.128.10', '10.0.192.10'] });

  const [schedule, ...others] = schedulesOf(serverTemplate('submission', context));

  expect(others).toEqual([]);
  expect(schedule && targetsOf(schedule)).toMatchObject([
    { port: 587, host: '10.0.128.10', way: 'private' },
    { port: 465, host: '10.0.128.10', way: 'private' },
  ]);
});

it('a fault two hours in a row raises an alarm', () => {
  serverTemplate('inbound').hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'ProbeFaults',
    Period: 3600,
    EvaluationPeriods: 2,
  });
});

it('no server is knocked at where that is not wanted', () => {
  const template = serverTemplate('inbound', { ...SAMPLE, probe: { hourly: false } });

  expect(schedulesOf(template)).toEqual([]);
});

it('the one who knocks may read the probe users, where there are any', () => {
  const { functions, network } = stacksOf({ ...SAMPLE, probe: { usersSecret: 'postern/probe-users' } });

  for (const stack of [functions, network]) {
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).toContain('secret:postern/probe-users-??????');
  }
});
