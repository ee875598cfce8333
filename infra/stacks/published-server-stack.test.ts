import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { SAMPLE, sampleWith } from '../test-support/context.ts';
import { resourcesOf, serverStack, serverTemplate, stacksOf } from '../test-support/synthesis.ts';

const submission = serverTemplate('submission');
const inbound = serverTemplate('inbound');

function attributesOf(pairs: readonly { Key: string; Value: string }[]): Record<string, string> {
  return Object.fromEntries(pairs.map(({ Key, Value }) => [Key, Value]));
}

function containerOf(template: Template) {
  const [definition] = resourcesOf(template, 'AWS::ECS::TaskDefinition');
  return definition?.Properties.ContainerDefinitions[0];
}

describe('the address', () => {
  it.each([
    ['submission', submission],
    ['inbound', inbound],
  ])('of %s is one Elastic IP, owned by its one load balancer', (_name, template) => {
    template.resourceCountIs('AWS::EC2::EIP', 1);
    const [loadBalancer, ...more] = resourcesOf(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer');
    const [address] = Object.keys(template.findResources('AWS::EC2::EIP'));

    expect(more).toEqual([]);
    expect(loadBalancer?.Properties).toMatchObject({
      Type: 'network',
      Scheme: 'internet-facing',
      SubnetMappings: [{ AllocationId: { 'Fn::GetAtt': [address, 'AllocationId'] } }],
    });
    expect(loadBalancer?.Properties.SecurityGroups).toHaveLength(1);
    expect(attributesOf(loadBalancer?.Properties.LoadBalancerAttributes)).toMatchObject({
      'load_balancing.cross_zone.enabled': 'true',
    });
  });

  it('is one a zone', () => {
    const template = serverTemplate('submission', sampleWith({ zones: 2 }));

    template.resourceCountIs('AWS::EC2::EIP', 2);
    const [loadBalancer] = resourcesOf(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer');
    expect(loadBalancer?.Properties.SubnetMappings).toHaveLength(2);
  });

  it('is one of yours where it is named', () => {
    const allocationIds = ['eipalloc-0123456789abcdef0'];
    const template = serverTemplate('submission', sampleWith({ allocationIds }));

    template.resourceCountIs('AWS::EC2::EIP', 0);
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      SubnetMappings: [{ AllocationId: 'eipalloc-0123456789abcdef0' }],
    });
  });

  it('of an internal server is no Elastic IP', () => {
    const change = { scheme: 'internal', privateAddresses: ['10.0.8.25'] };
    const template = serverTemplate('submission', sampleWith(change));

    template.resourceCountIs('AWS::EC2::EIP', 0);
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      Scheme: 'internal',
      SubnetMappings: [{ PrivateIPv4Address: '10.0.8.25' }],
    });
  });
});

describe('listeners', () => {
  it('are TCP on the published ports, before unprivileged ones', () => {
    const listeners = resourcesOf(submission, 'AWS::ElasticLoadBalancingV2::Listener').map(({ Properties }) => [
      Properties.Port,
      Properties.Protocol,
      attributesOf(Properties.ListenerAttributes)['tcp.idle_timeout.seconds'],
    ]);
    const targets = resourcesOf(submission, 'AWS::ElasticLoadBalancingV2::TargetGroup').map(
      ({ Properties }) => Properties.Port,
    );

    expect(listeners).toEqual([
      [587, 'TCP', '660'],
      [465, 'TCP', '660'],
    ]);
    expect(targets).toEqual([2587, 2465]);
    inbound.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', { Port: 25 });
    inbound.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', { Port: 2525 });
  });

  it('keep the address of the client, and what is under way', () => {
    for (const { Properties } of resourcesOf(submission, 'AWS::ElasticLoadBalancingV2::TargetGroup')) {
      expect(Properties).toMatchObject({
        TargetType: 'ip',
        HealthCheckProtocol: 'HTTP',
        HealthCheckPort: '8025',
        HealthCheckPath: '/health',
      });
      expect(attributesOf(Properties.TargetGroupAttributes)).toEqual({
        'preserve_client_ip.enabled': 'true',
        'proxy_protocol_v2.enabled': 'false',
        'deregistration_delay.timeout_seconds': '120',
        'target_health_state.unhealthy.connection_termination.enabled': 'false',
      });
    }
  });

  it('tell the address of the client by a header where that is wanted, and are the peer themselves', () => {
    const template = serverTemplate('submission', sampleWith({ proxyProtocol: true }));

    for (const { Properties } of resourcesOf(template, 'AWS::ElasticLoadBalancingV2::TargetGroup')) {
      expect(attributesOf(Properties.TargetGroupAttributes)).toMatchObject({
        'preserve_client_ip.enabled': 'false',
        'proxy_protocol_v2.enabled': 'true',
      });
    }
  });
});

describe('the task', () => {
  it('stands in private subnets, without a public address', () => {
    const [service] = resourcesOf(submission, 'AWS::ECS::Service');
    const network = service?.Properties.NetworkConfiguration.AwsvpcConfiguration;

    expect(network.AssignPublicIp).toBe('DISABLED');
    expect(network.Subnets).toHaveLength(2);
    for (const subnet of network.Subnets) expect(JSON.stringify(subnet)).toContain('Private');
  });

  it('is on arm64, read-only, not root, with all descriptors and the time to leave that Fargate gives', () => {
    submission.hasResourceProperties('AWS::ECS::TaskDefinition', {
      RequiresCompatibilities: ['FARGATE'],
      RuntimePlatform: { CpuArchitecture: 'ARM64' },
    });
    const container = containerOf(submission);

    expect(container).toMatchObject({
      User: '1000:1000',
      ReadonlyRootFilesystem: true,
      StopTimeout: 120,
      Ulimits: [{ Name: 'nofile', SoftLimit: 65_535, HardLimit: 65_535 }],
      LinuxParameters: { InitProcessEnabled: true },
    });
    const drain = container.Environment.find(({ Name }: { Name: string }) => Name === 'POSTERN_DRAIN_SECONDS');
    expect(Number(drain.Value)).toBeLessThan(container.StopTimeout);
  });

  it('is replaced only by ones that live, and rolled back when they do not', () => {
    submission.hasResourceProperties('AWS::ECS::Service', {
      // A deployment that set it would undo what scaling has chosen.
      DesiredCount: Match.absent(),
      DeploymentConfiguration: {
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      },
    });
    submission.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 2, MaxCapacity: 4 });
    submission.resourceCountIs('AWS::ApplicationAutoScaling::ScalingPolicy', 2);
  });

  it('waits for its first items', () => {
    const stacks = stacksOf();

    expect(serverStack('submission', stacks).dependencies).toContain(stacks.policy);
  });

  it('waits for the rules by which it gets its image', () => {
    const [service] = resourcesOf(submission, 'AWS::ECS::Service');
    const rules = Object.keys(submission.findResources('AWS::EC2::SecurityGroupEgress'));

    expect(service?.DependsOn).toEqual(expect.arrayContaining(rules.filter((rule) => rule.startsWith('SiteRule'))));
    expect(service?.DependsOn).toContainEqual(expect.stringMatching(/^SiteRuleToEndpoints/));
  });
});

describe('alarms', () => {
  it('are five a server, of its own metrics, each with its article', () => {
    const alarms = resourcesOf(inbound, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);

    expect(alarms.map(({ AlarmDescription }) => AlarmDescription.replace(/^.*runbook\.md#/, ''))).toEqual([
      'refused-logins',
      'decisions-deferred',
      'next-hop-failures',
      'policy-invalid',
      'no-healthy-task',
    ]);
    for (const { Namespace, Dimensions } of alarms.slice(0, 4)) {
      expect({ Namespace, Dimensions }).toEqual({
        Namespace: 'Postern',
        Dimensions: [{ Name: 'Server', Value: 'inbound' }],
      });
    }
  });

  it('take a load balancer that says nothing for one without a task', () => {
    inbound.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'HealthyHostCount',
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
  });
});

describe('outputs', () => {
  const textOf = (template: Template, id: string): string => {
    const [output] = Object.values(template.findOutputs('*')).filter(({ Value }) => JSON.stringify(Value).includes(id));
    return JSON.stringify(output);
  };

  it('name the records to make', () => {
    expect(textOf(submission, 'mail.example.com. A ')).toContain('PublicIp');
    expect(textOf(submission, '--domain-name mail.example.com')).toContain('AllocationId');
    inbound.hasOutput('*', { Value: 'example.com. MX 10 mx.example.com.' });
    inbound.hasOutput('*', { Value: 'example.net. MX 10 mx.example.com.' });
  });

  it('name no MX of a server that does not listen where mail for a domain comes', () => {
    expect(textOf(submission, 'MX')).toBeUndefined();
  });

  it('of an internal server name its load balancer', () => {
    const template = serverTemplate('submission', sampleWith({ scheme: 'internal' }));

    template.hasOutput('*', { Value: { 'Fn::Join': ['', Match.arrayWith(['mail.example.com. CNAME '])] } });
  });
});

it('nothing has a name of its own choosing', () => {
  const NAMES = /^(?:TableName|FunctionName|RoleName|LoadBalancerName|ServiceName|ClusterName|GroupName|QueueName)$/;
  for (const template of [submission, inbound]) {
    for (const { Properties = {} } of Object.values(template.toJSON().Resources) as { Properties?: object }[]) {
      expect(Object.keys(Properties).filter((name) => NAMES.test(name))).toEqual([]);
    }
  }
});

it('every server of the context has its stack', () => {
  expect([...stacksOf().servers.keys()]).toEqual(SAMPLE.servers.map(({ name }) => name));
});
