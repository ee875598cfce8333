import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { SAMPLE } from '../test-support/context.ts';
import { resourcesOf, stacksOf } from '../test-support/synthesis.ts';

function networkOf(network: object, others: object = {}): Template {
  return Template.fromStack(stacksOf({ ...SAMPLE, ...others, network }).network);
}

/** Last part of each endpoint's service name. */
function endpointsOf(template: Template, type: 'Interface' | 'Gateway'): readonly string[] {
  return resourcesOf(template, 'AWS::EC2::VPCEndpoint')
    .filter(({ Properties }) => (Properties.VpcEndpointType ?? 'Gateway') === type)
    .map(({ Properties }) => JSON.stringify(Properties.ServiceName).replace(/^.*"\.([a-z0-9.-]+)"[\]}]*$/, '$1'));
}

describe('the network with endpoints', () => {
  const template = networkOf({ outbound: 'endpoints' });

  it('has no way to the internet from its private subnets', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::EIP', 0);
    const ways = resourcesOf(template, 'AWS::EC2::Route').map(({ Properties }) => JSON.stringify(Properties));
    expect(ways).toHaveLength(2);
    for (const way of ways) expect(way).toMatch(/"RouteTableId":\{"Ref":"NewVpcPublic/);
  });

  it('gives no public address to what stands in it', () => {
    for (const { Properties } of resourcesOf(template, 'AWS::EC2::Subnet')) {
      expect(Properties.MapPublicIpOnLaunch).toBe(false);
    }
  });

  it('has an endpoint for each service of AWS that tasks use; that of SES is its API', () => {
    expect(endpointsOf(template, 'Interface')).toEqual([
      'ecr.api',
      'ecr.dkr',
      'logs',
      'lambda',
      'secretsmanager',
      'email',
    ]);
    expect(endpointsOf(template, 'Gateway')).toEqual(['dynamodb', 's3']);
  });

  it('has no endpoint of SES where no route leads through it', () => {
    const servers = SAMPLE.servers.slice(1);

    expect(endpointsOf(networkOf({}, { servers }), 'Interface')).not.toContain('email');
  });

  it('lets nobody into the endpoints before a server lets itself in', () => {
    const groups = resourcesOf(template, 'AWS::EC2::SecurityGroup');

    expect(groups).toHaveLength(1);
    expect(groups[0]?.Properties).not.toHaveProperty('SecurityGroupIngress');
  });

  it('logs what its rules refuse', () => {
    template.hasResourceProperties('AWS::EC2::FlowLog', { TrafficType: 'REJECT' });
  });

  it('looks up its prefix lists with a role that may do nothing else', () => {
    template.resourceCountIs('Custom::PosternPrefixList', 2);
    for (const { Properties } of resourcesOf(template, 'AWS::IAM::Role')) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    }
  });
});

describe('the network with NAT', () => {
  const template = networkOf({ outbound: 'nat' });

  it('has a gateway with an Elastic IP in each zone', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 2);
    template.resourceCountIs('AWS::EC2::EIP', 2);
  });

  it('pays no NAT for DynamoDB and S3, and no interface endpoint', () => {
    expect(endpointsOf(template, 'Gateway')).toHaveLength(2);
    expect(endpointsOf(template, 'Interface')).toEqual([]);
  });
});

it('stands in the zones that are named', () => {
  const template = networkOf({ zoneNames: ['eu-west-1a', 'eu-west-1c'] });

  const zones = resourcesOf(template, 'AWS::EC2::Subnet').map(({ Properties }) => Properties.AvailabilityZone);
  expect(new Set(zones)).toEqual(new Set(['eu-west-1a', 'eu-west-1c']));
});

describe('a VPC of yours', () => {
  const vpc = {
    id: 'vpc-0123456789abcdef0',
    zoneNames: ['eu-west-1a'],
    publicSubnetIds: ['subnet-0123456789abcdef0'],
    privateSubnetIds: ['subnet-0123456789abcdef2'],
    privateRouteTableIds: ['rtb-0123456789abcdef0'],
  };

  it('gets endpoints in its private subnets and routes in their tables, and nothing else', () => {
    const template = networkOf({ vpc });

    template.resourceCountIs('AWS::EC2::VPC', 0);
    template.resourceCountIs('AWS::EC2::Subnet', 0);
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', { SubnetIds: ['subnet-0123456789abcdef2'] });
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', { RouteTableIds: ['rtb-0123456789abcdef0'] });
  });

  it('gets nothing where it has a way out of its own', () => {
    const { privateRouteTableIds: _, ...withoutTables } = vpc;
    const template = networkOf({ outbound: 'nat', vpc: withoutTables });

    // A stack must hold something; this one stands for nothing.
    const types = Object.values(template.toJSON().Resources).map((resource) => (resource as { Type: string }).Type);
    expect(types).toEqual(['AWS::CloudFormation::WaitConditionHandle']);
  });
});
