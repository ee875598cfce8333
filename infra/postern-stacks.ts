/** All stacks of a deployment, wired. */
import { Annotations, type App, Tags } from 'aws-cdk-lib';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Configuration } from './configuration/configuration.ts';
import { existingSchema } from './configuration/existing.ts';
import type { NetworkConfiguration } from './configuration/network/network.ts';
import type { Tasks } from './configuration/server/tasks.ts';
import { warningsOf } from './configuration/warnings.ts';
import { deploymentNames } from './deployment-names.ts';
import type { SharedTables } from './policy/policy-tables.ts';
import { FunctionsStack } from './stacks/functions-stack.ts';
import { MtaStsStack } from './stacks/mta-sts-stack.ts';
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
  /** Absent where there are no MTA-STS policies. */
  readonly mtaSts?: MtaStsStack | undefined;
}

/** Types whose tags CloudFormation took up lately, and not in every region; none of them costs anything of its own. */
const UNTAGGED = [
  'AWS::ApplicationAutoScaling::ScalableTarget',
  'AWS::CloudWatch::Dashboard',
  'AWS::ElasticLoadBalancingV2::Listener',
];

export function posternStacks(app: App, { configuration, image }: PosternStacksProps): PosternStacks {
  for (const { id, message } of warningsOf(configuration)) Annotations.of(app).addWarningV2(id, message);
  for (const [key, value] of Object.entries(configuration.tags)) {
    Tags.of(app).add(key, value, { excludeResourceTypes: UNTAGGED });
  }
  const { region, network, replicas } = configuration;
  const first = regionalStacks(app, { configuration, image, region, network });
  const others = replicas.map((replica) =>
    regionalStacks(app, { configuration, image, ...replica, replicated: first.policy.tables }),
  );
  const servers = new Map([first, ...others].flatMap(({ servers }) => [...servers]));
  const mtaSts = mtaStsStack(app, configuration, { ...first, servers });
  return { ...first, servers, mtaSts };
}

function mtaStsStack(app: App, configuration: Configuration, stacks: PosternStacks): MtaStsStack | undefined {
  const { account, region, mtaSts, servers, hostedZones, logDays: logRetention } = configuration;
  if (mtaSts === undefined) return undefined;
  const stack = new MtaStsStack(app, deploymentNames(configuration.name).stack('MtaSts'), {
    env: { account, region },
    policy: mtaSts,
    servers,
    hostedZones,
    probe: stacks.network.network.probe,
    addresses: new Map(
      [...stacks.servers].flatMap(([name, { privateAddress, region: own }]) =>
        privateAddress === undefined || own !== stacks.network.region ? [] : [[name, privateAddress]],
      ),
    ),
    logRetention,
  });
  for (const server of stacks.servers.values()) stack.addStackDependency(server, 'The servers that policies name');
  return stack;
}

interface RegionalProps extends PosternStacksProps {
  readonly region: string | undefined;
  readonly network: NetworkConfiguration;
  /** Tables of the first region, of which a further one has replicas. */
  readonly replicated?: SharedTables;
}

/** What stands in one region: all but the tables that are shared. */
function regionalStacks(app: App, props: RegionalProps): PosternStacks {
  const { configuration, image, region, replicated } = props;
  const { account, sesDomains, hostedZones, replicas, logDays: logRetention } = configuration;
  const isReplica = replicated !== undefined;
  const servers = configuration.servers.filter((server) => (server.region ?? configuration.region) === region);
  // What is there already, and what is verified, is in the first region.
  const existing = isReplica ? existingSchema.parse(undefined) : configuration.existing;
  const names = deploymentNames(configuration.name);
  const stackName = (name: string): string => (isReplica ? `${names.stack(name)}-${region}` : names.stack(name));
  const common = {
    env: { account, region },
    logRetention,
    terminationProtection: configuration.protect,
    ...(replicas.length === 0 ? {} : { crossRegionReferences: true }),
  };

  const policy = new PolicyStack(app, stackName('Policy'), {
    ...common,
    servers,
    sesDomains: isReplica ? [] : sesDomains,
    hostedZones,
    existingTables: existing.tables,
    replicaRegions: isReplica ? [] : replicas.map((replica) => replica.region),
    replicated,
    archive: configuration.events,
    names,
  });
  const sesServers = servers.filter(({ ses }) => ses);
  const hasSes = sesServers.length > 0;
  const { recordDeliveries } = configuration;
  const functions = new FunctionsStack(app, stackName('Functions'), {
    ...common,
    names,
    tables: policy.tables,
    isReplica,
    held: policy.held,
    archiveStream: policy.archive?.streamName,
    configuration: configuration.functions,
    servers: servers.map(({ name }) => name),
    probe: configuration.probe,
    hasRenewals: servers.some(({ certificate }) => certificate !== undefined),
    sesServers,
    sesDomains: isReplica ? [] : sesDomains,
    recordDeliveries,
    alarmEmails: configuration.alarmEmails,
    alarmTopicArn: existing.alarmTopic,
    runbookUrl: configuration.runbookUrl,
  });
  const network = new NetworkStack(app, stackName('Network'), {
    ...common,
    names,
    eventsTable: policy.tables.events,
    probe: configuration.probe,
    configuration: props.network,
    hasSes,
    hasExec: servers.some(({ tasks }) => tasks.exec),
    hasIpv6: servers.some(({ ipv6 }) => ipv6),
  });
  const published = servers.map((configured): [string, PublishedServerStack] => {
    const ownSet = recordDeliveries && configured.ses ? functions.sesConfigurationSet : undefined;
    const server = { ...configured, sesConfigurationSet: configured.sesConfigurationSet ?? ownSet };
    const stack = new PublishedServerStack(app, names.stack(`Server-${server.name}`), {
      ...common,
      server,
      allServers: configuration.servers,
      names,
      network: network.network,
      policyTable: policy.tables.policy,
      policyReadSeconds: configuration.policyReadSeconds,
      countersTable: policy.tables.counters,
      eventsTable: policy.tables.events,
      held: policy.held,
      functions: functions.screening.asked,
      publicProbe: configuration.probe.hourly ? functions.probe : undefined,
      sesDomains: isReplica ? [] : sesDomains,
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
