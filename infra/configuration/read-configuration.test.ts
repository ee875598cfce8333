import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SAMPLE, sampleOf, sampleWith } from '../test-support/context.ts';
import { ConfigurationError, findConfiguration, readConfiguration } from './read-configuration.ts';

function problemsOf(context: unknown): readonly string[] {
  try {
    readConfiguration(context);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

const MTA = { to: '10.20.0.25/32', port: 25 };
const SETTINGS = { item: 'settings', hostname: 'mail2.example.com', defaultNextHop: 'smtp://10.20.0.25' };
const ANONYMOUS = { ...SETTINGS, authentication: 'none' };
/** Half as many as there are rules with two ports. */
const NETWORKS = Array.from({ length: 150 }, (_, index) => `203.0.113.${index}/32`);
const HOPS = Array.from({ length: 60 }, (_, index) => ({ ...MTA, to: `10.20.0.${index}/32` }));
const RELAY_INSIDE = [SETTINGS, { item: 'client#10.0.8.0/24', access: 'relay' }];
const EIP = 'eipalloc-0123456789abcdef0';
const EIP2 = 'eipalloc-0123456789abcdef1';

describe('the sample of cdk.json', () => {
  it('is valid', () => {
    expect(problemsOf(SAMPLE)).toEqual([]);
  });

  it('leaves to defaults what it does not say', () => {
    expect(readConfiguration(SAMPLE).servers[0]).toMatchObject({
      scheme: 'internet-facing',
      zones: 2,
      ses: true,
      clients: [{ kind: 'network', family: 4, cidr: '0.0.0.0/0' }],
      tasks: { cpu: 512, memoryMiB: 1024, min: 2, max: 4, architecture: 'arm64', exec: false },
      proxyProtocol: false,
      ipv6: false,
    });
  });
});

describe('a mistake in one field is named with what is allowed', () => {
  it.each([
    [{ name: 'Mail_1' }, /^postern\.servers\.0\.name: "Mail_1" is not DNS-safe: a letter, then/],
    [{ name: 'mail-' }, /is not DNS-safe/],
    [{ name: '1mail' }, /is not DNS-safe/],
    [{ name: 'm'.repeat(33) }, /is not DNS-safe/],
    [{ ports: [26] }, /^postern\.servers\.0\.ports\.0: 26 is not a port that can be published: 25, 587 and 465 are$/],
    [{ ports: ['25'] }, /"25" is not a port/],
    [{ ports: [] }, /^postern\.servers\.0\.ports: /],
    [{ ports: [25, 25] }, /^postern\.servers\.0\.ports\.1: 25 is listed twice$/],
    [{ certificateSecret: undefined }, /^postern\.servers\.0\.certificateSecret: is missing: port 465 is TLS from/],
    [{ certificateSecret: 'a b' }, /"a b" is not the name or complete ARN of a secret/],
    [{ certificateSecret: 'arn:aws:secretsmanager:eu-west-1:1:secret:x' }, /is not the name or complete ARN/],
    [{ certificateSecret: 'mail-abcdef' }, /ends like a secret's ARN: give the complete ARN/],
    [{ zones: 3 }, /^postern\.servers\.0\.zones: 3 is more than the 2 zones of the network$/],
    [{ allocationIds: ['eip-1'] }, /"eip-1" is not an allocation id/],
    [
      { allocationIds: [EIP, EIP2], zones: 1 },
      /^postern\.servers\.0\.allocationIds: has 2 where zones is 1: one a zone$/,
    ],
    [{ allocationIds: [EIP], scheme: 'internal' }, /allocationIds: are for scheme internet-facing alone$/],
    [{ privateAddresses: ['10.0.0.9'] }, /privateAddresses: are for scheme internal alone$/],
    [{ allocationIds: [EIP, EIP], zones: 2 }, /allocationIds\.1: eipalloc-0123456789abcdef0 is listed twice$/],
    [{ egress: [{ to: 'everywhere', port: 25 }] }, /egress\.0\.to: "everywhere" is not a network/],
    [{ egress: [{ to: '10.0.0.1/24', port: 25 }] }, /egress\.0\.to: /],
    [{ egress: [{ ...MTA, note: "the site's" }] }, /egress\.0\.note: holds more than 200 characters, or others than/],
    [{ egress: [{ ...MTA, port: 0 }] }, /egress\.0\.port: /],
    [{ tasks: { cpu: 256, memoryMiB: 4096 } }, /memoryMiB: 4096 does not go with 256 CPU units: 512 to 2048 in steps/],
    [{ tasks: { min: 5 } }, /^postern\.servers\.0\.tasks\.max: 4 is less than min, 5$/],
    [{ port: 25 }, /^postern\.servers\.0: "port" is not known here; name, ports, /],
    [{ policy: [] }, /policy: has no item "settings": a server does not start without$/],
    [
      { policy: [{ ...SETTINGS, hostname: 'no name' }] },
      /policy\.0: item settings: hostname: "no name" is not a domain/,
    ],
    [{ policy: [SETTINGS, { item: 'command#FOO' }] }, /policy\.1: item command#FOO: "FOO" is not a verb/],
    [{ policy: [SETTINGS, { nextHop: 'ses' }] }, /policy\.1: item: must be a string$/],
    [{ policy: [SETTINGS, SETTINGS] }, /policy: item settings is listed twice$/],
    [{ ses: false }, /^postern\.servers\.0\.ses: is false, and an item of its policy routes through SES/],
    [{ sesConfigurationSet: 'a b' }, /sesConfigurationSet: "a b" is not the name of a configuration set of SES$/],
    [{ clients: ['everyone'] }, /clients\.0: "everyone" is not a network \(203\.0\.113\.0\/24\) or pl-…$/],
    [{ clients: ['2001:db8::/32'] }, /clients: names a network of IPv6, which cannot connect unless ipv6 is true$/],
    [
      { clients: NETWORKS },
      /^postern\.servers\.0\.clients: make 300 rules with 2 ports, and a load balancer can have 298/,
    ],
    [
      { egress: HOPS },
      /^postern\.servers\.0\.egress: makes 63 rules with those for AWS, and a security group can have 60/,
    ],
    [
      { ipv6: true, policy: RELAY_INSIDE },
      /^postern\.servers\.0\.ipv6: makes every client over IPv6 one of client#10\.0/,
    ],
  ])('%j', (change, expected) => {
    expect(problemsOf(sampleWith({ egress: [MTA], ...change }))).toContainEqual(expect.stringMatching(expected));
  });

  it.each([
    [undefined, /^is missing; docs\/deploy\.md tells/],
    [
      { ...SAMPLE, server: [] },
      /^postern: "server" is not known here; \$schema, name, account, region, replicas, tags/,
    ],
    [{ ...SAMPLE, servers: [] }, /^postern\.servers: /],
    [{ ...SAMPLE, account: 'mine' }, /^postern\.account: "mine" is not an account: 12 digits$/],
    [{ ...SAMPLE, logDays: 31 }, /^postern\.logDays: /],
    [
      { ...SAMPLE, sesDomains: ['Example.com'] },
      /^postern\.sesDomains\.0: "Example\.com" is not a domain name in lower/,
    ],
    [{ ...SAMPLE, network: { outbound: 'vpn' } }, /^postern\.network\.outbound: .*"endpoints".*"nat"/],
    [{ ...SAMPLE, network: { cidr: '10.0.0.0/8' } }, /^postern\.network\.cidr: "10\.0\.0\.0\/8" .*: \/16 to \/24$/],
    [{ ...SAMPLE, network: { cidr: '10.0.0.0/25' } }, /^postern\.network\.cidr: "10\.0\.0\.0\/25" .*: \/16 to \/24$/],
    [{ ...SAMPLE, network: { resolvers: ['ns1'] } }, /^postern\.network\.resolvers\.0: "ns1" is not an IPv4 address$/],
    [
      { ...SAMPLE, network: { routes: [{ to: '10.20.0.0/16', through: 'igw-0123456789abcdef0' }] } },
      /^postern\.network\.routes\.0\.through: "igw-0123456789abcdef0" is not tgw-…, vpc-…, pcx-… or vgw-…$/,
    ],
    [
      { ...SAMPLE, network: { endpoints: { existing: ['s3'] } } },
      /^postern\.network\.endpoints: existing ones are in a/,
    ],
    [{ ...SAMPLE, name: 'Staging' }, /^postern\.name: "Staging" is not a letter, then at most 15/],
    [{ ...SAMPLE, hostedZones: [{ name: 'example.com', hostedZoneId: 'z1' }] }, /"z1" is not the id of a hosted zone/],
    [{ ...SAMPLE, alarmEmail: ['me'] }, /^postern\.alarmEmail/],
    [{ ...SAMPLE, existing: { cluster: 'mine' } }, /^postern\.existing\.cluster: "mine" is not the ARN of a cluster$/],
    [{ ...SAMPLE, functions: { reservedConcurrency: { admin: 0 } } }, /reservedConcurrency\.admin: /],
    [{ ...SAMPLE, functions: { provisioned: { admin: 1 } } }, /^postern\.functions\.provisioned/],
    [
      { ...SAMPLE, functions: { reservedConcurrency: { 'check-relay': 2 }, provisioned: { 'check-relay': 3 } } },
      /^postern\.functions\.provisioned\.check-relay: 3 are more than the 2 of reservedConcurrency$/,
    ],
  ])('%j', (context, expected) => {
    expect(problemsOf(context)).toContainEqual(expect.stringMatching(expected));
  });

  it('and all mistakes are told at once, under the name of the file', () => {
    const context = sampleWith({ name: 'Mail_1', ports: [26] });

    expect(() => readConfiguration(context)).toThrow(/^cdk\.json, context "postern":\n {2}postern.*\n {2}postern/);
  });
});

describe('two servers', () => {
  it('have no address and port in common', () => {
    const problems = problemsOf(
      sampleOf([
        { allocationIds: [EIP], ports: [25] },
        { allocationIds: [EIP], ports: [25] },
      ]),
    );

    expect(problems).toEqual([`postern.servers.1.allocationIds.0: ${EIP} with port 25 is published by mx0 already`]);
  });

  it('have no address in common with ports apart either', () => {
    const problems = problemsOf(
      sampleOf([
        { allocationIds: [EIP], ports: [25] },
        { allocationIds: [EIP], ports: [587] },
      ]),
    );

    expect(problems).toEqual([
      `postern.servers.1.allocationIds.0: ${EIP} is the address of mx0 already: a load balancer shares its address with no other`,
    ]);
  });

  it('have no address inside in common', () => {
    const inside = { scheme: 'internal', privateAddresses: ['10.0.8.9'], ports: [25] };

    expect(problemsOf(sampleOf([inside, inside]))).toEqual([
      'postern.servers.1.privateAddresses.0: 10.0.8.9 with port 25 is published by mx0 already',
    ]);
  });

  it('have no name in common', () => {
    expect(problemsOf(sampleOf([{}, { name: 'mx0' }]))).toEqual([
      'postern.servers.1.name: "mx0" is the name of another server too',
    ]);
  });

  it('have a host name in common only where one is inside', () => {
    const policy = [{ item: 'settings', hostname: 'mx0.example.com', defaultNextHop: 'ses' }];

    expect(problemsOf(sampleOf([{}, { policy }]))).toEqual([
      'postern.servers.1.policy: hostname mx0.example.com is that of mx0 too',
    ]);
    expect(problemsOf(sampleOf([{}, { policy, scheme: 'internal' }]))).toEqual([]);
  });
});

describe('a route to a mail server', () => {
  const routed = (nextHop: string) => [SETTINGS, { item: 'domain#example.com', nextHop }];

  it.each([
    ['smtp://10.20.0.25', [MTA]],
    ['smtp://10.20.0.25', [{ to: '10.20.0.25', port: 25 }]],
    ['smtp://10.20.1.9:2525', [MTA, { to: '10.20.0.0/16', port: 2525 }]],
    ['smtp://[2001:db8::25]', [MTA, { to: '2001:db8::/32', port: 25 }]],
    // Who is behind these cannot be told here.
    ['smtp://mail.internal.example', [MTA]],
    ['smtp://10.99.0.1:26', [MTA, { to: 'sg-0123456789abcdef0', port: 26 }]],
    ['smtp://10.99.0.1:26', [MTA, { to: 'pl-0123456789abcdef0', port: 26 }]],
  ])('%s is let out by %j', (nextHop, egress) => {
    expect(problemsOf(sampleWith({ egress, policy: routed(nextHop) }))).toEqual([]);
  });

  it.each([
    ['smtp://10.20.0.26', [MTA]],
    ['smtp://10.20.0.25:26', [MTA]],
    ['smtp://mail.internal.example:26', [MTA]],
    ['smtp://[2001:db8::25]', [MTA]],
  ])('%s is not let out by %j', (nextHop, egress) => {
    const [problem] = problemsOf(sampleWith({ egress, policy: routed(nextHop) }));

    expect(problem).toMatch(
      /^postern\.servers\.0\.egress: does not let out to smtp:.*, which item domain#example.com names/,
    );
  });

  it('is looked for in the settings too', () => {
    expect(problemsOf(sampleWith({ egress: [], policy: [SETTINGS] }))).toEqual([
      'postern.servers.0.egress: does not let out to smtp://10.20.0.25:25?tls=offer, which item settings names: add its network and port',
    ]);
  });
});

describe('port 25 of the whole internet', () => {
  const egress = [{ to: '0.0.0.0/0', port: 25 }];

  it('may be reached by a server that asks who a client is', () => {
    expect(problemsOf(sampleWith({ egress, policy: [SETTINGS] }))).toEqual([]);
  });

  it.each(['0.0.0.0/0', '0.0.0.0/1', '::/0'])('may not be reached as %s by one that does not', (to) => {
    const context = sampleWith({ egress: [MTA, { to, port: 25 }], policy: [ANONYMOUS] });

    expect(problemsOf(context)).toEqual([
      'postern.servers.0.egress.1.to: is every mail server: a server without authentication may reach its own alone',
    ]);
  });
});

describe('a VPC of yours', () => {
  const vpc = {
    id: 'vpc-0123456789abcdef0',
    zoneNames: ['eu-west-1a', 'eu-west-1b'],
    publicSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    privateSubnetIds: ['subnet-0123456789abcdef2', 'subnet-0123456789abcdef3'],
    privateRouteTableIds: ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef1'],
  };

  it('is described by its ids', () => {
    expect(problemsOf({ ...SAMPLE, network: { vpc } })).toEqual([]);
  });

  it.each([
    [{ ...vpc, id: 'mine' }, /^postern\.network\.vpc\.id: "mine" is not an id of the form vpc-…$/],
    [
      { ...vpc, privateSubnetIds: vpc.privateSubnetIds.slice(1) },
      /privateSubnetIds: has 1 where zoneNames has 2: one a zone$/,
    ],
    [{ ...vpc, privateRouteTableIds: undefined }, /privateRouteTableIds: is missing: outbound "endpoints" adds/],
    [
      { ...vpc, publicSubnetIds: [] },
      /^postern\.servers\.0\.scheme: internet-facing needs network\.vpc\.publicSubnetIds$/,
    ],
  ])('%j', (changed, expected) => {
    expect(problemsOf({ ...SAMPLE, network: { vpc: changed } })).toContainEqual(expect.stringMatching(expected));
  });
});

describe('what a deployment is told is taken', () => {
  let folder: string;
  const nameIn = (source: object) => findConfiguration({ defaultFile: join(folder, 'none.json'), ...source }).name;
  const fileWith = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-configuration-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('from the block of cdk.json', () => {
    expect(nameIn({ context: { ...SAMPLE, name: 'block' } })).toBe('block');
  });

  it('from the file beside it, where there is one, whatever the block says', () => {
    const defaultFile = fileWith('postern.config.json', JSON.stringify({ ...SAMPLE, name: 'file' }));

    expect(nameIn({ context: { ...SAMPLE, name: 'block' }, defaultFile })).toBe('file');
  });

  it('from JSON that the command line gives, or the file that it names', () => {
    const defaultFile = fileWith('postern.config.json', JSON.stringify({ ...SAMPLE, name: 'file' }));
    const file = fileWith('staging.json', JSON.stringify({ ...SAMPLE, name: 'staging' }));

    expect(nameIn({ context: JSON.stringify({ ...SAMPLE, name: 'text' }), defaultFile })).toBe('text');
    expect(nameIn({ context: SAMPLE, file, defaultFile })).toBe('staging');
  });

  it.each([
    ['that is not there', () => join(folder, 'nowhere.json'), /nowhere\.json:\n {2}there is no such file$/],
    ['that is not JSON', () => fileWith('broken.json', '{'), /broken\.json:\n {2}is not JSON: /],
    ['with a mistake', () => fileWith('wrong.json', '{"logDays": 31}'), /wrong\.json:\n {2}logDays: /],
  ])('or, of a file %s, it is told in a line', (_claim, file, expected) => {
    expect(() => nameIn({ file: file() })).toThrow(expected);
  });
});
