import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../configuration/read-configuration.ts';
import { SAMPLE } from '../test-support/context.ts';
import { resourcesOf, serverStack, stacksOf } from '../test-support/synthesis.ts';

const [, INBOUND] = SAMPLE.servers;
const SECOND = {
  ...INBOUND,
  name: 'inbound-us',
  region: 'us-east-1',
  mxPreference: 20,
  certificateSecret: 'postern/mx-us.example.com',
  policy: [
    { item: 'settings', hostname: 'mx-us.example.com', authentication: 'none', defaultNextHop: 'smtp://10.20.0.25' },
    { item: 'domain#example.com' },
  ],
};
const CONTEXT = {
  ...SAMPLE,
  region: 'eu-west-1',
  replicas: ['us-east-1'],
  elasticIpQuota: 20,
  hostedZones: [{ name: 'example.com', hostedZoneId: 'Z123' }],
  servers: [...SAMPLE.servers, SECOND],
};

describe('a deployment in two regions', () => {
  const stacks = stacksOf(CONTEXT);
  const server = serverStack('inbound-us', stacks);
  const policy = Template.fromStack(stacks.policy);

  it('has tables of policy and users that are the same in both', () => {
    const replicas = resourcesOf(policy, 'Custom::DynamoDBReplica');

    expect(replicas.map(({ Properties }) => Properties.Region)).toEqual(['us-east-1', 'us-east-1']);
  });

  it('has a server in each, in stacks of its region', () => {
    expect([serverStack('inbound', stacks).region, server.region]).toEqual(['eu-west-1', 'us-east-1']);
    expect(server.dependencies.map(({ stackName }) => stackName)).toEqual(
      expect.arrayContaining(['PosternPolicy-us-east-1', 'PosternFunctions-us-east-1', 'PosternNetwork-us-east-1']),
    );
  });

  it('writes one MX record of a domain, with both servers in their order', () => {
    const records = ['inbound', 'inbound-us'].flatMap((name) =>
      resourcesOf(Template.fromStack(serverStack(name, stacks)), 'AWS::Route53::RecordSetGroup').flatMap(
        ({ Properties }) => Properties.RecordSets,
      ),
    );

    expect(records.filter(({ Type, Name }) => Type === 'MX' && Name === 'example.com')).toMatchObject([
      { ResourceRecords: ['10 mx.example.com.', '20 mx-us.example.com.'] },
    ]);
  });
});

it.each([
  ['no region of its own', { region: undefined }, 'region: is missing: replicas are of tables in a known one'],
  ['a region twice', { replicas: ['us-east-1', 'us-east-1'] }, 'us-east-1 is named twice'],
  ['a server elsewhere', { replicas: ['us-west-2'] }, "us-east-1 is neither the deployment's region nor a replica"],
])('%s is an error', (_what, change, problem) => {
  expect(() => readConfiguration({ ...CONTEXT, ...change })).toThrow(problem);
});
