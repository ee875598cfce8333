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

function outputsOf(template: Template, beginning: string): readonly string[] {
  return Object.keys(template.toJSON().Outputs).filter((id) => id.startsWith(beginning));
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

  it('lets the VPC into the endpoints, which take the traffic of all that is in it', () => {
    const groups = resourcesOf(template, 'AWS::EC2::SecurityGroup').filter(
      ({ Properties }) => Properties.GroupDescription === 'Interface endpoints of AWS',
    );

    expect(groups).toHaveLength(1);
    expect(groups[0]?.Properties.SecurityGroupIngress).toMatchObject([
      { CidrIp: '10.0.0.0/16', IpProtocol: 'tcp', FromPort: 443, ToPort: 443 },
    ]);
  });

  it('leads by its gateways to this account and the layers of images alone', () => {
    const policies = resourcesOf(template, 'AWS::EC2::VPCEndpoint').flatMap(({ Properties }) =>
      (Properties.PolicyDocument?.Statement ?? []).map(
        ({ Action, Condition, Resource }: { Action: string; Condition?: object; Resource: unknown }) => [
          Action,
          Condition ?? JSON.stringify(Resource),
        ],
      ),
    );

    const own = { StringEquals: { 'aws:ResourceAccount': { Ref: 'AWS::AccountId' } } };
    expect(policies).toEqual([
      ['dynamodb:*', own],
      ['s3:*', own],
      ['s3:GetObject', expect.stringContaining('-starport-layer-bucket/*')],
    ]);
  });

  it('tells what a peering needs', () => {
    expect(outputsOf(template, 'New').map((id) => id.slice(3, -8))).toEqual([
      'VpcId',
      'VpcCidr',
      'PrivateSubnetIds',
      'PrivateRouteTableIds',
    ]);
  });

  it('makes the role of ECS, which a new account lacks, and takes it for good where it is there', () => {
    const [role] = resourcesOf(template, 'Custom::PosternEcsRole');

    expect(JSON.parse(role?.Properties.Create)).toMatchObject({
      action: 'CreateServiceLinkedRole',
      parameters: { AWSServiceName: 'ecs.amazonaws.com' },
      ignoreErrorCodesMatching: 'InvalidInput',
    });
    expect(role?.Properties).not.toHaveProperty('Delete');
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

describe('the way to AWS is changed', () => {
  const MODES = ['endpoints', 'endpoints-and-nat', 'nat'] as const;
  const [endpoints, both, nat] = MODES.map((outbound) => networkOf({ outbound })) as [Template, Template, Template];
  const idsOf = (template: Template, type: RegExp): readonly string[] =>
    Object.entries(template.toJSON().Resources)
      .filter(([, resource]) => type.test((resource as { Type: string }).Type))
      .map(([id]) => id)
      .sort();

  it.each([
    ['its exports, which servers hold on to', (template: Template) => outputsOf(template, 'Exports')],
    ['its VPC and subnets', (template: Template) => idsOf(template, /::(VPC|Subnet|RouteTable|InternetGateway)$/)],
    ['the group of the endpoints', (template: Template) => idsOf(template, /::SecurityGroup$/)],
    [
      'the gateway endpoints: a route table has one a service, so a new one cannot stand beside an old one',
      (template: Template) => idsOf(template, /::VPCEndpoint$/).filter((id) => /Gateways/.test(id)),
    ],
  ])('and keeps %s', (_what, look) => {
    expect(look(endpoints)).not.toEqual([]);
    expect(look(both)).toEqual(look(endpoints));
    expect(look(nat)).toEqual(look(endpoints));
  });

  it('by a mode that has both ways, so that servers follow before the old one goes', () => {
    both.resourceCountIs('AWS::EC2::NatGateway', 2);
    expect(endpointsOf(both, 'Interface')).toEqual(endpointsOf(endpoints, 'Interface'));
  });
});

describe('a route to a network of yours', () => {
  const to = '10.20.0.0/16';
  const routesOf = (through: string, more: object = {}) => {
    const template = networkOf({ routes: [{ to, through, ...more }] });
    const routes = resourcesOf(template, 'AWS::EC2::Route').filter(
      ({ Properties }) => Properties.DestinationCidrBlock === to,
    );
    return { template, routes };
  };

  it.each([
    ['pcx-0123456789abcdef0', { VpcPeeringConnectionId: 'pcx-0123456789abcdef0' }],
    ['vgw-0123456789abcdef0', { GatewayId: 'vgw-0123456789abcdef0' }],
    ['tgw-0123456789abcdef0', { TransitGatewayId: 'tgw-0123456789abcdef0' }],
    ['vpc-0123456789abcdef0', { VpcPeeringConnectionId: { 'Fn::GetAtt': [expect.any(String), 'Id'] } }],
  ])('leads through %s, from each private subnet', (through, target) => {
    const { routes } = routesOf(through);

    expect(routes.map(({ Properties }) => Properties)).toEqual([
      expect.objectContaining(target),
      expect.objectContaining(target),
    ]);
    for (const { Properties } of routes) expect(JSON.stringify(Properties.RouteTableId)).toContain('Private');
  });

  it('waits for the attachment of the transit gateway', () => {
    const { template, routes } = routesOf('tgw-0123456789abcdef0');
    const attachments = Object.keys(template.findResources('AWS::EC2::TransitGatewayAttachment'));

    expect(attachments).toHaveLength(1);
    expect(routes.map(({ DependsOn }) => DependsOn)).toEqual([attachments, attachments]);
  });

  it('makes a peering with a VPC of another account by the role that accepts it', () => {
    const acceptRoleArn = 'arn:aws:iam::444455556666:role/accept';
    const { template } = routesOf('vpc-0123456789abcdef0', { account: '444455556666', acceptRoleArn });

    template.hasResourceProperties('AWS::EC2::VPCPeeringConnection', {
      PeerVpcId: 'vpc-0123456789abcdef0',
      PeerOwnerId: '444455556666',
      PeerRoleArn: acceptRoleArn,
    });
  });
});

it.each([
  ['10.9.0.0/24', ['10.9.0.0/28', '10.9.0.16/28', '10.9.0.64/26', '10.9.0.128/26']],
  ['10.9.0.0/21', ['10.9.0.0/25', '10.9.0.128/25', '10.9.2.0/23', '10.9.4.0/23']],
])('divides a VPC of %s', (cidr, subnets) => {
  const made = resourcesOf(networkOf({ cidr }), 'AWS::EC2::Subnet').map(({ Properties }) => Properties.CidrBlock);

  expect(made).toEqual(subnets);
});

it('needs no look-up of zones for a known account and region', () => {
  const { network } = stacksOf({ ...SAMPLE, account: '111122223333', region: 'eu-west-1' });

  const [subnet] = resourcesOf(Template.fromStack(network), 'AWS::EC2::Subnet');
  expect(subnet?.Properties.AvailabilityZone).toEqual({ 'Fn::Select': [0, { 'Fn::GetAZs': '' }] });
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

  it('gets no endpoint where it has a way out of its own', () => {
    const { privateRouteTableIds: _, ...withoutTables } = vpc;
    const template = networkOf({ outbound: 'nat', vpc: withoutTables });

    for (const type of ['VPCEndpoint', 'NatGateway', 'Route']) template.resourceCountIs(`AWS::EC2::${type}`, 0);
  });

  it('keeps its own workloads connected: endpoints let all of it in', () => {
    const ingress = (cidrs?: readonly string[]) => {
      const [group] = resourcesOf(networkOf({ vpc: { ...vpc, cidrs } }), 'AWS::EC2::SecurityGroup');
      return group?.Properties.SecurityGroupIngress.map(({ CidrIp }: { CidrIp: string }) => CidrIp);
    };

    expect(ingress(['10.7.0.0/16'])).toEqual(['10.7.0.0/16']);
    expect(ingress()).toEqual(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10']);
  });

  it('leaves its gateways open to what else uses them', () => {
    for (const { Properties } of resourcesOf(networkOf({ vpc }), 'AWS::EC2::VPCEndpoint')) {
      expect(Properties).not.toHaveProperty('PolicyDocument');
    }
  });

  it('gets no second endpoint for a service that has one', () => {
    const existing = ['ecr.api', 'ecr.dkr', 'logs', 's3'];
    const endpoints = { existing, securityGroupIds: ['sg-0123456789abcdef0'] };
    const template = networkOf({ vpc, endpoints });

    expect(endpointsOf(template, 'Interface')).toEqual(['lambda', 'secretsmanager', 'email']);
    expect(endpointsOf(template, 'Gateway')).toEqual(['dynamodb']);
  });

  it('needs no route table where both gateways are there', () => {
    const { privateRouteTableIds: _, ...withoutTables } = vpc;

    const template = networkOf({ vpc: withoutTables, endpoints: { existing: ['s3', 'dynamodb'] } });
    expect(endpointsOf(template, 'Gateway')).toEqual([]);
  });
});
