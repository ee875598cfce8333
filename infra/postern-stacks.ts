/** All stacks of a deployment, wired. */
import { Annotations, type App, Tags } from 'aws-cdk-lib';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Configuration } from './configuration/configuration.ts';
import type { Tasks } from './configuration/server/tasks.ts';
import { warningsOf } from './configuration/warnings.ts';
import { deploymentNames } from './deployment-names.ts';
import { FunctionsStack } from './stacks/functions-stack.ts';
import { NetworkStack } from './stacks/network-stack.ts';
import { PolicyStack } from './stacks/policy-stack.ts';
import { PublishedServerStack } from './stacks/published-server-stack.ts';

export interface PosternStacksProps {
  readonly configuration: Configuration;
  /** The edge proxy's, for an architecture. */
  readonly image: (architecture: Tasks['architecture']) => ecs.ContainerImage;
}

export interface PosternStacks {
  readonly policy: PolicyStack;
  readonly functions: FunctionsStack;
  readonly network: NetworkStack;
  /** By the server's name. */
  readonly servers: ReadonlyMap<string, PublishedServerStack>;
}

/** Types whose tags CloudFormation took up lately, and not in every region; none of them costs anything of its own. */
const UNTAGGED = [
  'AWS::ApplicationAutoScaling::ScalableTarget',
  'AWS::CloudWatch::Dashboard',
  'AWS::ElasticLoadBalancingV2::Listener',
];

export function posternStacks(app: App, { configuration, image }: PosternStacksProps): PosternStacks {
  const { account, region, servers, sesDomains, hostedZones, existing, logDays: logRetention } = configuration;
  const names = deploymentNames(configuration.name);
  const common = { env: { account, region }, logRetention, terminationProtection: configuration.protect };
  for (const { id, message } of warningsOf(configuration)) Annotations.of(app).addWarningV2(id, message);
  for (const [key, value] of Object.entries(configuration.tags)) {
    Tags.of(app).add(key, value, { excludeResourceTypes: UNTAGGED });
  }

  const policy = new PolicyStack(app, names.stack('Policy'), {
    ...common,
    servers,
    sesDomains,
    hostedZones,
    existingTables: existing.tables,
    archive: configuration.events,
    names,
  });
  const hasSes = servers.some(({ ses }) => ses);
  const functions = new FunctionsStack(app, names.stack('Functions'), {
    ...common,
    names,
    tables: policy.tables,
    held: policy.held,
    archiveStream: policy.archive?.streamName,
    configuration: configuration.functions,
    servers: servers.map(({ name }) => name),
    hasSes,
    alarmEmails: configuration.alarmEmails,
    alarmTopicArn: existing.alarmTopic,
    runbookUrl: configuration.runbookUrl,
  });
  const network = new NetworkStack(app, names.stack('Network'), {
    ...common,
    names,
    configuration: configuration.network,
    hasSes,
    hasExec: servers.some(({ tasks }) => tasks.exec),
    hasIpv6: servers.some(({ ipv6 }) => ipv6),
  });
  const published = servers.map((server): [string, PublishedServerStack] => {
    const stack = new PublishedServerStack(app, names.stack(`Server-${server.name}`), {
      ...common,
      server,
      names,
      network: network.network,
      policyTable: policy.tables.policy,
      policyReadSeconds: configuration.policyReadSeconds,
      eventsTable: policy.tables.events,
      held: policy.held,
      functions: functions.screening,
      sesDomains,
      hostedZones,
      image: image(server.tasks.architecture),
      channel: functions.channel,
      isProtected: configuration.protect,
      clusterArn: existing.cluster,
    });
    // A task that finds no policy at its start ends: the service waits for its first items.
    stack.addStackDependency(policy, 'The first items of the server');
    return [server.name, stack];
  });
  return { policy, functions, network, servers: new Map(published) };
}
