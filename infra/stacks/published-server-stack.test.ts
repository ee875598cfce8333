import { Match, Template } from 'aws-cdk-lib/assertions';
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
  ])('of %s is an Elastic IP a zone, owned by its one load balancer', (_name, template) => {
    template.resourceCountIs('AWS::EC2::EIP', 2);
    const [loadBalancer, ...more] = resourcesOf(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer');
    const addresses = Object.keys(template.findResources('AWS::EC2::EIP'));

    expect(more).toEqual([]);
    expect(loadBalancer?.Properties).toMatchObject({
      Type: 'network',
      Scheme: 'internet-facing',
      SubnetMappings: addresses.map((address) => ({ AllocationId: { 'Fn::GetAtt': [address, 'AllocationId'] } })),
    });
    expect(loadBalancer?.Properties.SecurityGroups).toHaveLength(1);
    expect(attributesOf(loadBalancer?.Properties.LoadBalancerAttributes)).toMatchObject({
      'load_balancing.cross_zone.enabled': 'true',
    });
  });

  it.each([1, 2])('is one a zone, and tasks stand in these %d zones alone', (zones) => {
    const template = serverTemplate('submission', sampleWith({ zones }));

    template.resourceCountIs('AWS::EC2::EIP', zones);
    const [loadBalancer] = resourcesOf(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer');
    const [service] = resourcesOf(template, 'AWS::ECS::Service');
    const zonesOf = (subnets: readonly unknown[]) =>
      subnets.map((subnet) => /Subnet(\d)/.exec(JSON.stringify(subnet))?.[1]);
    const published = loadBalancer?.Properties.SubnetMappings.map(({ SubnetId }: { SubnetId: unknown }) => SubnetId);
    expect(published).toHaveLength(zones);
    expect(zonesOf(service?.Properties.NetworkConfiguration.AwsvpcConfiguration.Subnets)).toEqual(zonesOf(published));
  });

  it('is kept whatever happens to the stack, but for a first deployment that fails', () => {
    for (const address of resourcesOf(submission, 'AWS::EC2::EIP')) {
      expect(address).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    }
    const stacks = stacksOf();
    for (const stack of [stacks.policy, stacks.functions, stacks.network, ...stacks.servers.values()]) {
      expect(stack.terminationProtection).toBe(true);
    }
  });

  it('has a load balancer that is protected once all else stands, and not before', () => {
    const [protection] = Object.values(submission.findResources('Custom::PosternDeletionProtection'));
    const [loadBalancer] = resourcesOf(submission, 'AWS::ElasticLoadBalancingV2::LoadBalancer');
    const attributes = attributesOf(loadBalancer?.Properties.LoadBalancerAttributes);
    const valueIn = (call: string) => (call.includes('"Value":"true"') ? true : !call.includes('"Value":"false"'));
    const textOf = (call: unknown) => JSON.stringify(call).replaceAll('\\', '');

    expect(attributes).not.toHaveProperty('deletion_protection.enabled');
    const { Create, Update, Delete } = protection?.Properties ?? {};
    expect([Create, Update, Delete].map((call) => valueIn(textOf(call)))).toEqual([true, true, false]);
    const services = Object.keys(submission.findResources('AWS::ECS::Service'));
    expect(protection?.DependsOn).toEqual(expect.arrayContaining(services));
  });

  it('of a deployment that is not to be protected is not', () => {
    const context = { ...SAMPLE, protect: false };
    const stacks = stacksOf(context);

    expect(stacks.policy.terminationProtection).toBe(false);
    serverTemplate('submission', context).resourceCountIs('Custom::PosternDeletionProtection', 0);
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
        'deregistration_delay.timeout_seconds': '180',
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
    const secondsOf = (name: string) =>
      Number(container.Environment.find(({ Name }: { Name: string }) => Name === name).Value);
    expect(secondsOf('POSTERN_DRAIN_SECONDS')).toBeLessThan(container.StopTimeout);
    expect(secondsOf('POSTERN_ACCEPT_SECONDS')).toBe(40);
  });

  it('has a log that is found by its name, and a driver that loses no burst of it', () => {
    inbound.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: '/postern/inbound', RetentionInDays: 30 });
    expect(containerOf(inbound).LogConfiguration).toMatchObject({
      LogDriver: 'awslogs',
      Options: { mode: 'non-blocking', 'max-buffer-size': '26214400b' },
    });
  });

  it('is on x86 where that is wanted, and can be entered where that is wanted, which needs a file system to write', () => {
    const template = serverTemplate('submission', sampleWith({ tasks: { architecture: 'x86_64', exec: true } }));

    template.hasResourceProperties('AWS::ECS::TaskDefinition', { RuntimePlatform: { CpuArchitecture: 'X86_64' } });
    template.hasResourceProperties('AWS::ECS::Service', { EnableExecuteCommand: true });
    expect(containerOf(template).ReadonlyRootFilesystem).toBe(false);
  });

  it('has the tags of the deployment, by which its cost is told apart', () => {
    const template = serverTemplate('submission', { ...SAMPLE, tags: { team: 'mail' } });

    template.hasResourceProperties('AWS::ECS::Service', {
      PropagateTags: 'SERVICE',
      EnableECSManagedTags: true,
      Tags: Match.arrayWith([{ Key: 'team', Value: 'mail' }]),
    });
  });

  it('stands in a cluster of yours where one is named', () => {
    const cluster = 'arn:aws:ecs:eu-west-1:111122223333:cluster/mail';
    const template = serverTemplate('submission', { ...SAMPLE, existing: { cluster } });

    template.resourceCountIs('AWS::ECS::Cluster', 0);
    template.hasResourceProperties('AWS::ECS::Service', { Cluster: 'mail' });
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
  });
});

describe('alarms', () => {
  const alarms = resourcesOf(inbound, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);
  const articleOf = ({ AlarmDescription }: { AlarmDescription: string }) =>
    AlarmDescription.replace(/^.*runbook\.md#/, '');

  it('have an article each, and the topic', () => {
    expect(alarms.map(articleOf)).toEqual([
      'refused-logins',
      'decisions-deferred',
      'next-hop-failures',
      'next-hop-trouble',
      'events-undelivered',
      'certificate-unusable',
      'certificate-expiring',
      'policy-unreadable',
      'policy-invalid',
      'task-faults',
      'no-healthy-task',
      'tasks-at-maximum',
      'held-too-long',
      'probe-faults',
    ]);
    for (const { AlarmActions, OKActions } of alarms) expect([AlarmActions, OKActions]).toMatchObject([[{}], [{}]]);
  });

  it('about mail come from the log of the tasks, and through no function whose failure they tell of', () => {
    const filters = resourcesOf(inbound, 'AWS::Logs::MetricFilter').map(({ Properties }) => Properties);
    const [log] = Object.keys(
      inbound.findResources('AWS::Logs::LogGroup', { Properties: { LogGroupName: '/postern/inbound' } }),
    );

    expect(filters).toHaveLength(12);
    for (const { LogGroupName, MetricTransformations } of filters) {
      expect(LogGroupName).toEqual({ Ref: log });
      const [{ MetricNamespace, MetricName, Dimensions }] = MetricTransformations;
      expect({ MetricNamespace, Dimensions }).toEqual({
        MetricNamespace: 'Postern',
        Dimensions: [{ Key: 'Server', Value: '$.server' }],
      });
      // How much is held is for a graph; for how long is for the alarm.
      if (MetricName !== 'HeldNow') expect(JSON.stringify(alarms)).toContain(`"MetricName":"${MetricName}"`);
    }
  });

  it('say when there are as many tasks as may be, where there can be more than the least', () => {
    const fixed = serverTemplate('submission', sampleWith({ tasks: { min: 2, max: 2 } }));

    expect(resourcesOf(fixed, 'AWS::CloudWatch::Alarm').map(({ Properties }) => articleOf(Properties))).not.toContain(
      'tasks-at-maximum',
    );
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
    inbound.hasOutput('*', { Value: 'example.com. MX 10 mx.example.com.\nexample.net. MX 10 mx.example.com.' });
  });

  it('name no MX of a server that does not listen where mail for a domain comes', () => {
    expect(textOf(submission, 'MX')).toBeUndefined();
  });

  it('of an internal server name its load balancer', () => {
    const template = serverTemplate('submission', sampleWith({ scheme: 'internal' }));

    template.hasOutput('*', { Value: { 'Fn::Join': ['', Match.arrayWith(['mail.example.com. CNAME '])] } });
  });

  it('of an internal server for port 25 name no MX that leads to an alias', () => {
    const inside = { scheme: 'internal', ports: [25] };
    const outputsOf = (change: object) =>
      JSON.stringify(serverTemplate('submission', sampleWith({ ...inside, ...change })).findOutputs('*'));

    expect(outputsOf({})).toMatch(/MX 10 ",\{"Fn::GetAtt":\["DoorLoadBalancer\w+","DNSName"\]/);
    expect(outputsOf({ privateAddresses: ['10.0.4.25'] })).toContain('mail.example.com. A 10.0.4.25');
    expect(outputsOf({ privateAddresses: ['10.0.4.25'] })).toContain('example.com. MX 10 mail.example.com.');
  });
});

describe('records in a hosted zone', () => {
  const zone = { name: 'example.com', hostedZoneId: 'Z0123456789' };
  const recordsOf = (server: string, context: object) =>
    ['RecordSet', 'RecordSetGroup'].flatMap((type) =>
      resourcesOf(serverTemplate(server, context), `AWS::Route53::${type}`).map(({ Properties }) => Properties),
    );

  it('are made for the names that are in it, and no others', () => {
    expect(recordsOf('inbound', { ...SAMPLE, hostedZones: [zone] })).toMatchObject([
      { Type: 'A', Name: 'mx.example.com', HostedZoneId: zone.hostedZoneId, ResourceRecords: [{}, {}] },
      { RecordSets: [{ Type: 'MX', Name: 'example.com', ResourceRecords: ['10 mx.example.com.'] }] },
    ]);
  });

  it('are made without MX where mail comes another way yet', () => {
    const types = recordsOf('inbound', { ...SAMPLE, hostedZones: [{ ...zone, mx: false }] }).map(({ Type }) => Type);

    expect(types).toEqual(['A']);
  });

  it('are an alias of the load balancer where the addresses are not known, or IPv6 is among them', () => {
    const allocationIds = ['eipalloc-0123456789abcdef0'];
    const own = sampleWith({ allocationIds }, { hostedZones: [zone] });
    const dual = sampleWith({ ipv6: true }, { hostedZones: [zone] });

    expect(recordsOf('submission', own)).toMatchObject([{ Type: 'A', AliasTarget: {} }]);
    expect(recordsOf('submission', dual)).toMatchObject([
      { Type: 'A', AliasTarget: {} },
      { Type: 'AAAA', AliasTarget: {} },
    ]);
  });

  it('come before the reverse DNS, which is taken back when the server goes', () => {
    const template = serverTemplate('submission', sampleWith({ reverseDns: true }, { hostedZones: [zone] }));
    const [record] = Object.keys(template.findResources('AWS::Route53::RecordSet'));
    const reverse = resourcesOf(template, 'Custom::PosternReverseDns');

    expect(reverse).toHaveLength(2);
    for (const { Properties, DependsOn } of reverse) {
      expect(DependsOn).toContain(record);
      expect(JSON.stringify(Properties.Create)).toContain('ModifyAddressAttribute');
      expect(JSON.stringify(Properties.Delete)).toContain('ResetAddressAttribute');
    }
  });
});

it('clients over IPv6 have a load balancer with both, in subnets with both', () => {
  const stacks = stacksOf(sampleWith({ ipv6: true }));
  const template = Template.fromStack(serverStack('submission', stacks));

  template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { IpAddressType: 'dualstack' });
  const subnets = resourcesOf(Template.fromStack(stacks.network), 'AWS::EC2::Subnet');
  for (const { Properties } of subnets) expect(Properties).toHaveProperty('Ipv6CidrBlock');
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
