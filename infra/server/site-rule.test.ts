import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { SAMPLE, sampleWith } from '../test-support/context.ts';
import { type Resource, resourcesOf, serverTemplate } from '../test-support/synthesis.ts';

interface Rule {
  readonly to: string;
  readonly ports: string;
}

/** Logical id of a security group by its description. */
function groupOf(template: Template, description: RegExp): string {
  const groups = template.findResources('AWS::EC2::SecurityGroup');
  const [id] = Object.entries(groups).find(([, { Properties }]) => description.test(Properties.GroupDescription)) ?? [
    '',
  ];
  return id;
}

/** All rules of a group in one direction, inline and as resources of their own, with the far end in words. */
function rulesOf(template: Template, group: string, direction: 'Ingress' | 'Egress'): readonly Rule[] {
  const inline = template.toJSON().Resources[group]?.Properties[`SecurityGroup${direction}`] ?? [];
  const apart = resourcesOf(template, `AWS::EC2::SecurityGroup${direction}`)
    .map(({ Properties }) => Properties)
    .filter(({ GroupId }) => JSON.stringify(GroupId).includes(`"${group}"`));
  return [...inline, ...apart].map((rule) => ({ to: peerOf(rule), ports: `${rule.IpProtocol} ${portsOf(rule)}` }));
}

function portsOf({ FromPort, ToPort }: { FromPort: number; ToPort: number }): string {
  return FromPort === ToPort ? String(FromPort) : `${FromPort}-${ToPort}`;
}

function peerOf(rule: Resource): string {
  const peer =
    rule.CidrIp ??
    rule.CidrIpv6 ??
    rule.DestinationSecurityGroupId ??
    rule.SourceSecurityGroupId ??
    rule.DestinationPrefixListId ??
    rule.SourcePrefixListId;
  if (typeof peer === 'string') return peer;
  const text = JSON.stringify(peer);
  if (text.includes('EndpointsSecurityGroup')) return 'endpoints';
  if (text.includes('PrefixListsdynamodb')) return 'dynamodb';
  if (text.includes('PrefixListss3')) return 's3';
  if (text.includes('DoorSecurityGroup')) return 'load balancer';
  return text.includes('SiteRuleSecurityGroup') ? 'tasks' : text;
}

const AWS = [
  { to: 'endpoints', ports: 'tcp 443' },
  { to: 'dynamodb', ports: 'tcp 443' },
  { to: 's3', ports: 'tcp 443' },
];
const VPC = {
  id: 'vpc-0123456789abcdef0',
  zoneNames: ['eu-west-1a', 'eu-west-1b'],
  publicSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  privateSubnetIds: ['subnet-0123456789abcdef2', 'subnet-0123456789abcdef3'],
  privateRouteTableIds: ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef1'],
};
/** What routers say to a client whose packets do not fit: type 3, code 4. */
const TOO_LARGE = { to: '0.0.0.0/0', ports: 'icmp 3-4' };
const MTA = { to: '10.20.0.25/32', ports: 'tcp 25' };

function egressOf(template: Template): readonly Rule[] {
  return rulesOf(template, groupOf(template, /^Tasks of/), 'Egress');
}

describe('the tasks of a server', () => {
  const inbound = serverTemplate('inbound');

  it('reach their hop and AWS, and nothing else', () => {
    expect(new Set(egressOf(inbound))).toEqual(new Set([...AWS, MTA]));
  });

  it('reach port 25 at their own mail server alone, where clients are anonymous', () => {
    expect(egressOf(inbound).filter(({ ports }) => ports.endsWith(' 25'))).toEqual([MTA]);
  });

  it('reach port 25 anywhere where the site rule of a server with authentication says so', () => {
    const egress = [{ to: '0.0.0.0/0', port: 25, note: 'Any mail server' }];
    const template = serverTemplate('submission', sampleWith({ egress }));

    expect(egressOf(template)).toContainEqual({ to: '0.0.0.0/0', ports: 'tcp 25' });
  });

  it('reach hops in groups, prefix lists and over IPv6', () => {
    const egress = [
      { to: 'sg-0123456789abcdef0', port: 2525 },
      { to: 'pl-0123456789abcdef0', port: 25 },
      { to: '2001:db8::/64', port: 25 },
      { to: '10.20.0.25', port: 25 },
    ];

    expect(egressOf(serverTemplate('submission', sampleWith({ egress })))).toEqual(
      expect.arrayContaining([
        { to: 'sg-0123456789abcdef0', ports: 'tcp 2525' },
        { to: 'pl-0123456789abcdef0', ports: 'tcp 25' },
        { to: '2001:db8::/64', ports: 'tcp 25' },
        MTA,
      ]),
    );
  });

  it('reach AWS on its port alone where its addresses are not known, over NAT', () => {
    const template = serverTemplate('inbound', { ...SAMPLE, network: { outbound: 'nat' } });

    expect(new Set(egressOf(template))).toEqual(new Set([{ to: '0.0.0.0/0', ports: 'tcp 443' }, MTA]));
  });

  it('reach AWS both ways while the one is changed for the other', () => {
    const template = serverTemplate('inbound', { ...SAMPLE, network: { outbound: 'endpoints-and-nat' } });

    expect(new Set(egressOf(template))).toEqual(new Set([...AWS, { to: '0.0.0.0/0', ports: 'tcp 443' }, MTA]));
  });

  it('reach endpoints that were there, which they let themselves into', () => {
    const endpoints = { existing: ['logs', 'lambda'], securityGroupIds: ['sg-0123456789abcdef0'] };
    const template = serverTemplate('inbound', { ...SAMPLE, network: { vpc: VPC, endpoints } });

    expect(egressOf(template)).toContainEqual({ to: 'sg-0123456789abcdef0', ports: 'tcp 443' });
    expect(rulesOf(template, 'sg-0123456789abcdef0', 'Ingress')).toEqual([{ to: 'tasks', ports: 'tcp 443' }]);
  });

  it('reach name servers of yours where the VPC has no other', () => {
    const template = serverTemplate('inbound', { ...SAMPLE, network: { resolvers: ['10.20.0.53'] } });

    expect(egressOf(template)).toEqual(
      expect.arrayContaining([
        { to: '10.20.0.53/32', ports: 'udp 53' },
        { to: '10.20.0.53/32', ports: 'tcp 53' },
      ]),
    );
  });

  it('are reached through the load balancer alone', () => {
    const rules = rulesOf(inbound, groupOf(inbound, /^Tasks of/), 'Ingress');

    expect(rules).toEqual([
      { to: 'load balancer', ports: 'tcp 2525' },
      { to: 'load balancer', ports: 'tcp 8025' },
    ]);
  });
});

describe('the load balancer', () => {
  it('is reached on the published ports alone, by everybody', () => {
    const template = serverTemplate('submission');

    expect(rulesOf(template, groupOf(template, /^Clients of/), 'Ingress')).toEqual([
      TOO_LARGE,
      { to: '0.0.0.0/0', ports: 'tcp 587' },
      { to: '0.0.0.0/0', ports: 'tcp 465' },
    ]);
  });

  it('is reached by the clients that are named', () => {
    const template = serverTemplate('submission', sampleWith({ ports: [25], clients: ['203.0.113.0/24'] }));

    expect(rulesOf(template, groupOf(template, /^Clients of/), 'Ingress')).toEqual([
      TOO_LARGE,
      { to: '203.0.113.0/24', ports: 'tcp 25' },
      { to: expect.stringContaining('ProbeSecurityGroup'), ports: 'tcp 25' },
    ]);
  });

  it('is reached by more clients than a security group has rules for', () => {
    const clients = Array.from({ length: 40 }, (_, index) => `203.0.113.${index}/32`);
    const template = serverTemplate('submission', sampleWith({ clients }));

    const groups = ['Clients of', 'More clients of'].map((name) =>
      rulesOf(template, groupOf(template, new RegExp(`^${name}`)), 'Ingress'),
    );
    expect(groups.map((rules) => rules.length)).toEqual([60, 23]);
    expect(new Set(groups.flat().map(({ to, ports }) => `${to} ${ports}`)).size).toBe(83);
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      SecurityGroups: [Match.anyValue(), Match.anyValue()],
    });
  });

  it('is reached by a prefix list, and over IPv6', () => {
    const clients = ['pl-0123456789abcdef0', '2001:db8::/32'];
    const template = serverTemplate('submission', sampleWith({ ports: [25], ipv6: true, clients }));

    expect(rulesOf(template, groupOf(template, /^Clients of/), 'Ingress')).toEqual([
      TOO_LARGE,
      { to: '::/0', ports: 'icmpv6 2-0' },
      { to: '2001:db8::/32', ports: 'tcp 25' },
      { to: 'pl-0123456789abcdef0', ports: 'tcp 25' },
      { to: expect.stringContaining('ProbeSecurityGroup'), ports: 'tcp 25' },
    ]);
  });

  it('reaches the tasks alone', () => {
    const template = serverTemplate('inbound');

    expect(rulesOf(template, groupOf(template, /^Clients of/), 'Egress')).toEqual([
      { to: 'tasks', ports: 'tcp 2525' },
      { to: 'tasks', ports: 'tcp 8025' },
    ]);
  });
});
