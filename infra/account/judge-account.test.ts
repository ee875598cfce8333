import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../configuration/read-configuration.ts';
import { SAMPLE, sampleOf, sampleWith } from '../test-support/context.ts';
import type { AccountFacts } from './account-facts.ts';
import { judgeAccount } from './judge-account.ts';

const SERVICES = ['ecr.api', 'ecr.dkr', 'logs', 'lambda', 'secretsmanager', 'email', 'ssmmessages'];
const ZONES = [
  { name: 'us-east-1a', id: 'use1-az2' },
  { name: 'us-east-1b', id: 'use1-az4' },
  { name: 'us-east-1c', id: 'use1-az6' },
];

const GOOD: AccountFacts = {
  region: 'us-east-1',
  zones: ZONES,
  endpointZones: new Map(SERVICES.map((service) => [service, ZONES.map(({ name }) => name)])),
  addresses: [],
  quotas: { elasticIps: 5, loadBalancers: 50, fargateVcpus: 6, lambdaConcurrency: 1000 },
  secrets: new Set(['postern/mail.example.com', 'postern/mx.example.com']),
  sesIdentities: new Set(),
  isSesSandbox: false,
  failedStacks: [],
  stacks: new Set(),
};

function said(facts: Partial<AccountFacts>, context: unknown = SAMPLE): readonly string[] {
  return judgeAccount(readConfiguration(context), { ...GOOD, ...facts }).map(({ kind, text }) => `${kind}: ${text}`);
}

it('an account that has all is said nothing of', () => {
  expect(said({})).toEqual([]);
});

it('what could not be read is no reason to stop', () => {
  const quotas = {
    elasticIps: undefined,
    loadBalancers: undefined,
    fargateVcpus: undefined,
    lambdaConcurrency: undefined,
  };

  expect(said({ quotas, endpointZones: new Map(), isSesSandbox: undefined })).toEqual([]);
});

describe('zones', () => {
  const email = new Map([...GOOD.endpointZones, ['email', ['us-east-1b', 'us-east-1c']] as const]);

  it('that lack an endpoint are named, with those that would do', () => {
    expect(said({ endpointZones: email })).toEqual([
      'stops: us-east-1a (use1-az2) has not an endpoint for email: name two of us-east-1b, us-east-1c in network.zoneNames',
    ]);
  });

  it('that are named are looked at in place of the first two', () => {
    const zoneNames = ['us-east-1b', 'us-east-1c'];

    expect(said({ endpointZones: email }, { ...SAMPLE, network: { zoneNames } })).toEqual([]);
    expect(said({}, { ...SAMPLE, network: { zoneNames: ['us-east-1b', 'us-east-1z'] } })).toEqual([
      'stops: us-east-1z is no zone of us-east-1 in this account',
    ]);
  });

  it('lack nothing where endpoints are not made: over NAT, or since they are there', () => {
    const vpc = {
      id: 'vpc-0123456789abcdef0',
      zoneNames: ['us-east-1a'],
      publicSubnetIds: ['subnet-0123456789abcdef0'],
      privateSubnetIds: ['subnet-0123456789abcdef2'],
      privateRouteTableIds: ['rtb-0123456789abcdef0'],
    };
    const endpoints = { existing: ['email'], securityGroupIds: ['sg-0123456789abcdef0'] };

    const zones = sampleOf([{ zones: 1, certificateSecret: 'postern/mail.example.com' }], {
      network: { outbound: 'nat' },
    });
    expect(said({ endpointZones: email }, zones)).toEqual([]);
    expect(said({ endpointZones: email }, { ...SAMPLE, network: { vpc, endpoints } })).toEqual([]);
  });

  it('without Fargate are named by their ids', () => {
    const zones = [
      { name: 'us-west-1a', id: 'usw1-az2' },
      { name: 'us-west-1b', id: 'usw1-az3' },
      { name: 'us-west-1c', id: 'usw1-az1' },
    ];

    expect(said({ region: 'us-west-1', zones, endpointZones: new Map() })).toEqual([
      'stops: us-west-1a (usw1-az2) has not Fargate: name two of us-west-1b, us-west-1c in network.zoneNames',
    ]);
  });
});

describe('Elastic IPs', () => {
  const ofOthers = { stack: undefined };
  const ofInbound = { stack: 'PosternServer-inbound' };

  it('of others count, those of the deployment itself do not', () => {
    expect(said({ addresses: [ofOthers, ofInbound, ofInbound] })).toEqual([]);
    expect(said({ addresses: [ofOthers, ofOthers] })).toEqual([
      'stops: 4 Elastic IPs are needed and 2 are in use by others, the quota is 5: ask for more (Service Quotas, EC2-VPC Elastic IPs)',
    ]);
  });

  it('that a server would lose are told', () => {
    expect(said({ addresses: [ofInbound, ofInbound] }, sampleWith({ zones: 1 }))).toEqual([]);
    const one = { ...SAMPLE, servers: SAMPLE.servers.map((server) => ({ ...server, zones: 1 })) };
    expect(said({ addresses: [ofInbound, ofInbound] }, one)).toEqual([
      'surprises: inbound has 2 addresses and would have 1: write out zones, or take the others from DNS first',
    ]);
  });
});

it.each([
  ['load balancers', { loadBalancers: 1 }, SAMPLE, /^stops: 2 load balancers are needed, the quota is 1$/],
  ['vCPUs', { fargateVcpus: 1 }, SAMPLE, /^stops: tasks need 2 vCPUs of Fargate, the quota is 1$/],
  ['executions', { lambdaConcurrency: 10 }, SAMPLE, /^surprises: Lambda runs 10 executions at once/],
  [
    'reserved executions',
    { lambdaConcurrency: 150 },
    { ...SAMPLE, functions: { reservedConcurrency: { authenticate: 60 } } },
    /^stops: functions reserve 60 executions, and 100 of 150 must stay unreserved$/,
  ],
])('a quota of %s that is too small is told', (_what, quota, context, expected) => {
  expect(said({ quotas: { ...GOOD.quotas, ...quota } }, context)).toEqual([expect.stringMatching(expected)]);
});

it.each([
  [
    { secrets: new Set(['postern/mail.example.com']) },
    /^stops: inbound: there is no secret postern\/mx\.example\.com in us-/,
  ],
  [{ sesIdentities: new Set(['example.com']) }, /^stops: example\.com is an identity of SES already: leave it out of/],
  [{ isSesSandbox: true }, /^surprises: SES is in its sandbox/],
  [{ failedStacks: ['PosternServer-inbound'] }, /^stops: PosternServer-inbound failed at its first deployment/],
])('%o', (facts, expected) => {
  expect(said(facts)).toEqual([expect.stringMatching(expected)]);
});

it('an identity that the deployment itself has made is none to leave out', () => {
  const facts = { sesIdentities: new Set(['example.com']), stacks: new Set(['PosternPolicy']) };

  expect(said(facts)).toEqual([]);
});
