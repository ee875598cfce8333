/** The stacks on moto, as far as it can make them: a second opinion on what the CDK writes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseEvent } from '../../functions/parse-event.ts';
import { DynamoSeedStore } from '../../functions/seed-policy/dynamo-seed-store.ts';
import { firstItemsEventSchema } from '../../functions/seed-policy/first-items-event.ts';
import { seedPolicy } from '../../functions/seed-policy/seed-policy.ts';
import { recordConsole } from '../../functions/test-support/invocation.ts';
import { type Resource, resourcesOf, serverStack, stacksOf } from '../../infra/test-support/synthesis.ts';
import { HAS_MOTO } from '../support/program.ts';
import { type Attribute, MotoReferee, type Verdict } from './moto.ts';
import { supportedPart } from './supported-template.ts';

const stacks = stacksOf();
const policy = Template.fromStack(stacks.policy);
const submission = Template.fromStack(serverStack('submission', stacks));

/** Stacks in the order of their deployment, each with what moto can make of it. */
function parts() {
  const exported = new Set<unknown>();
  const all = [stacks.policy, stacks.functions, stacks.network, ...stacks.servers.values()];
  return all.map((stack) => ({
    name: stack.stackName,
    template: supportedPart(Template.fromStack(stack).toJSON() as Parameters<typeof supportedPart>[0], exported),
  }));
}

/** What the load balancer API is told, taken from the template. */
function loadBalancerOf(template: Template) {
  const [balancer] = resourcesOf(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer').map(
    ({ Properties }) => Properties,
  );
  const groups = template.findResources('AWS::ElasticLoadBalancingV2::TargetGroup');
  const listeners = resourcesOf(template, 'AWS::ElasticLoadBalancingV2::Listener').map(({ Properties }) => {
    const { Properties: group } = groups[Properties.DefaultActions[0].TargetGroupArn.Ref] as Resource;
    const { VpcId: _vpc, TargetGroupAttributes: targetGroupAttributes, ...targetGroup } = group;
    return { port: Properties.Port, protocol: Properties.Protocol, targetGroup, targetGroupAttributes };
  });
  return {
    type: balancer.Type,
    scheme: balancer.Scheme,
    attributes: balancer.LoadBalancerAttributes,
    addresses: resourcesOf(template, 'AWS::EC2::EIP').length,
    listeners,
  };
}

function valuesOf(attributes: readonly Attribute[]): Readonly<Record<string, string>> {
  return Object.fromEntries(attributes.map(({ Key, Value }) => [Key, Value]));
}

// Where moto is not installed there is no one to ask.
describe.runIf(HAS_MOTO)('moto', () => {
  const wanted = { stacks: parts(), loadBalancer: loadBalancerOf(submission) };
  let folder: string;
  let moto: MotoReferee | undefined;
  const verdict = (): Verdict => {
    if (moto === undefined) throw new Error('Moto did not answer');
    return moto.verdict;
  };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'postern-moto-'));
    moto = await MotoReferee.ask(wanted, folder);
  }, 180_000);
  afterAll(async () => {
    await moto?.end();
    rmSync(folder, { recursive: true });
  });

  it('makes of every stack what it knows', () => {
    const made = Object.entries(verdict().made).map(([name, resources]) => [name, Object.keys(resources).length]);
    const asked = wanted.stacks.map(({ name, template }) => [name, Object.keys(template.Resources).length]);

    expect(made).toEqual(asked);
    for (const [name, count] of asked) expect(count, String(name)).toBeGreaterThan(3);
  });

  it('makes tables with the keys, index, stream and protection that were meant', () => {
    const kept = { billing: 'PAY_PER_REQUEST', protected: true };

    expect(verdict().tables.map(({ name: _, ...table }) => table)).toEqual(
      expect.arrayContaining([
        { ...kept, keys: ['server', 'item'], indexes: [], stream: 'NEW_AND_OLD_IMAGES' },
        { ...kept, keys: ['user'], indexes: [], stream: 'NEW_AND_OLD_IMAGES' },
        { ...kept, keys: ['stream', 'at'], indexes: ['session'], stream: null },
        { ...kept, keys: ['counter', 'scope'], indexes: [], stream: null, protected: false },
        { ...kept, keys: ['id'], indexes: ['serverState'], stream: null },
      ]),
    );
  });

  it('takes a load balancer with an Elastic IP, and its listeners and attributes', () => {
    const { attributes, targetGroups, ...rest } = verdict().loadBalancer;

    expect(rest).toEqual({ ports: [465, 587], zones: 2, addresses: 2 });
    expect(valuesOf(attributes)).toMatchObject(valuesOf(wanted.loadBalancer.attributes));
    const meant = wanted.loadBalancer.listeners.map(({ targetGroupAttributes }) => valuesOf(targetGroupAttributes));
    expect(targetGroups.map(valuesOf)).toEqual(meant.map((group) => expect.objectContaining(group)));
  });

  it('keeps a policy that was seeded twice as people left it after the first time', async () => {
    const table = String(verdict().tables.find(({ keys }) => String(keys) === 'server,item')?.name);
    recordConsole();
    const client = new DynamoDBClient({
      endpoint: verdict().endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const store = new DynamoSeedStore(client, table);
    const seed = (event: object) => seedPolicy(parseEvent(firstItemsEventSchema, event), store);
    const scan = async () => (await client.send(new ScanCommand({ TableName: table }))).Items;
    const seeds = resourcesOf(policy, 'Custom::PosternFirstItems').map(({ Properties: { Server, Items } }) => {
      return { RequestType: 'Create', ResourceProperties: { Server, Items } };
    });

    for (const event of seeds) await seed(event);
    const seeded = await scan();
    expect(seeded).toHaveLength(5);
    const edited = { server: { S: 'inbound' }, item: { S: 'settings' }, hostname: { S: 'edited.example.com' } };
    await client.send(new PutItemCommand({ TableName: table, Item: edited }));
    const left = await scan();
    for (const event of seeds) await seed({ ...event, RequestType: 'Update' });

    expect(await scan()).toEqual(left);
    expect(left).not.toEqual(seeded);
    client.destroy();
    vi.restoreAllMocks();
  });
});
