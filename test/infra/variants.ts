/** Ways of configuring a deployment, each of which has to make templates that CloudFormation takes. */
import { SAMPLE, sampleOf, sampleWith } from '../../infra/test-support/context.ts';

export interface Variant {
  readonly context: object;
  /** Warnings that it draws: rules, by name. */
  readonly warnings?: readonly string[];
}

const VPC = {
  id: 'vpc-0123456789abcdef0',
  zoneNames: ['eu-west-1a', 'eu-west-1b'],
  publicSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  privateSubnetIds: ['subnet-0123456789abcdef2', 'subnet-0123456789abcdef3'],
  privateRouteTableIds: ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef1'],
};
const { privateRouteTableIds: _, ...VPC_WITHOUT_TABLES } = VPC;
const SETTINGS = { item: 'settings', hostname: 'host.example.com', defaultNextHop: 'smtp://10.20.0.25' };
const TABLE = 'arn:aws:dynamodb:eu-west-1:111122223333:table/restored';

function domains(count: number, zone: string): readonly string[] {
  return Array.from({ length: count }, (_each, index) => `domain-number-${index}.${zone}`);
}

function listing(count: number) {
  return [SETTINGS, ...domains(count, 'example.com').map((domain) => ({ item: `domain#${domain}` }))];
}

function networks(count: number): readonly string[] {
  return Array.from({ length: count }, (_each, index) => `203.0.113.${index}/32`);
}

export const VARIANTS: Readonly<Record<string, Variant>> = {
  'as it comes': { context: SAMPLE },
  NAT: { context: { ...SAMPLE, network: { outbound: 'nat' } }, warnings: ['Annotation::postern:one-zone'] },
  'endpoints and NAT, and more addresses': {
    context: { ...SAMPLE, network: { outbound: 'endpoints-and-nat' }, elasticIpQuota: 10 },
  },
  'servers in two regions': {
    context: {
      ...SAMPLE,
      region: 'eu-west-1',
      replicas: ['us-east-1'],
      elasticIpQuota: 20,
      servers: [
        ...SAMPLE.servers,
        {
          ...SAMPLE.servers[1],
          name: 'inbound-us',
          region: 'us-east-1',
          mxPreference: 20,
          policy: [
            { ...SETTINGS, hostname: 'mx-us.example.com', authentication: 'none' },
            { item: 'domain#example.com' },
          ],
        },
      ],
    },
  },
  'MTA-STS': {
    context: {
      ...SAMPLE,
      hostedZones: [{ name: 'example.com', hostedZoneId: 'Z0123456789ABC' }],
      mtaSts: { mode: 'enforce', domains: ['example.com'] },
    },
  },
  'an archive of events': { context: { ...SAMPLE, name: 'staging', events: { archive: true, archiveDays: 30 } } },
  'a VPC of yours': { context: { ...SAMPLE, network: { vpc: VPC } } },
  'a VPC of yours with endpoints': {
    context: {
      ...SAMPLE,
      network: {
        vpc: { ...VPC_WITHOUT_TABLES, cidrs: ['10.7.0.0/16'] },
        endpoints: { existing: ['s3', 'dynamodb', 'logs', 'lambda'], securityGroupIds: ['sg-0123456789abcdef0'] },
        resolvers: ['10.20.0.53'],
      },
    },
  },
  'a VPC of yours with its own way out': {
    context: { ...SAMPLE, network: { vpc: VPC_WITHOUT_TABLES, outbound: 'nat' } },
  },
  'a small VPC in three zones, with ways to networks of yours': {
    context: {
      ...SAMPLE,
      network: {
        cidr: '10.9.0.0/24',
        zoneNames: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
        routes: [
          { to: '10.20.0.0/16', through: 'tgw-0123456789abcdef0' },
          { to: '10.21.0.0/16', through: 'vpc-0123456789abcdef0' },
          { to: '10.22.0.0/16', through: 'pcx-0123456789abcdef0' },
        ],
      },
    },
    // That zones are named, which is what was asked for.
    warnings: ['W3010'],
  },
  'a thousand listed domains, in a hosted zone': {
    context: sampleWith(
      { ports: [25], policy: listing(1000) },
      { hostedZones: [{ name: 'example.com', hostedZoneId: 'Z0123456789' }] },
    ),
  },
  'a hundred SES domains, in a hosted zone': {
    context: {
      ...SAMPLE,
      sesDomains: domains(100, 'customers.example.com'),
      hostedZones: [{ name: 'customers.example.com', hostedZoneId: 'Z0123456789' }],
    },
  },
  'forty client networks and two ports': { context: sampleWith({ clients: networks(40) }) },
  'one zone': { context: sampleWith({ zones: 1 }) },
  'a name, tags, many mailboxes, no protection': {
    context: {
      ...SAMPLE,
      name: 'staging',
      tags: { team: 'mail', environment: 'staging' },
      alarmEmail: ['a@example.com', 'b@example.com'],
      protect: false,
    },
  },
  'a known account and region': { context: { ...SAMPLE, account: '111122223333', region: 'eu-west-1' } },
  'no identity of SES, and no one to tell': { context: { ...SAMPLE, sesDomains: [], alarmEmail: undefined } },
  'parts of yours': {
    context: {
      ...SAMPLE,
      existing: {
        tables: { policy: { arn: TABLE, streamArn: `${TABLE}/stream/2026-11-30T00:00:00.000` } },
        cluster: 'arn:aws:ecs:eu-west-1:111122223333:cluster/mail',
        alarmTopic: 'arn:aws:sns:eu-west-1:111122223333:alarms',
      },
    },
  },
  'a server inside, for port 25': { context: sampleWith({ scheme: 'internal', ports: [25] }) },
  'an address of yours, a key, ECS Exec on x86': {
    context: sampleWith({
      allocationIds: ['eipalloc-0123456789abcdef0'],
      certificateKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
      tasks: { architecture: 'x86_64', exec: true },
      sesConfigurationSet: 'bounces',
    }),
  },
  'IPv6, with DNS both ways': {
    context: sampleWith(
      { ipv6: true, reverseDns: true },
      { hostedZones: [{ name: 'example.com', hostedZoneId: 'Z0123456789' }] },
    ),
    warnings: ['Annotation::postern:ipv6-submission'],
  },
  'PROXY protocol': {
    context: sampleWith({ proxyProtocol: true }),
    warnings: ['Annotation::postern:proxy-protocol-submission'],
  },
};

/** As many servers as a large host has; too many to be looked at one by one. */
export const HUNDRED_SERVERS = sampleOf(
  Array.from({ length: 100 }, () => ({ zones: 1 })),
  { elasticIpQuota: 100 },
);
