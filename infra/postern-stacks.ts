/** All stacks of a deployment, wired. */
import { Annotations, type App, type Environment } from 'aws-cdk-lib';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Configuration } from './configuration/configuration.ts';
import { usesSes } from './configuration/server.ts';
import { warningsOf } from './configuration/warnings.ts';
import { FunctionsStack } from './stacks/functions-stack.ts';
import { NetworkStack } from './stacks/network-stack.ts';
import { PolicyStack } from './stacks/policy-stack.ts';
import { PublishedServerStack } from './stacks/published-server-stack.ts';

export interface PosternStacksProps {
  readonly configuration: Configuration;
  /** The edge proxy's. */
  readonly image: ecs.ContainerImage;
}

export interface PosternStacks {
  readonly policy: PolicyStack;
  readonly functions: FunctionsStack;
  readonly network: NetworkStack;
  /** By the server's name. */
  readonly servers: ReadonlyMap<string, PublishedServerStack>;
}

export function posternStacks(app: App, { configuration, image }: PosternStacksProps): PosternStacks {
  const { account, region, servers, sesDomains, logDays: logRetention } = configuration;
  const env: Environment = { account, region };
  for (const { id, message } of warningsOf(configuration)) Annotations.of(app).addWarningV2(id, message);

  const policy = new PolicyStack(app, 'PosternPolicy', { env, servers, sesDomains, logRetention });
  const functions = new FunctionsStack(app, 'PosternFunctions', {
    env,
    tables: policy.tables,
    configuration: configuration.functions,
    servers: servers.map(({ name }) => name),
    logRetention,
    alarmEmail: configuration.alarmEmail,
    runbookUrl: configuration.runbookUrl,
  });
  const hasSes = servers.some(usesSes);
  const network = new NetworkStack(app, 'PosternNetwork', {
    env,
    configuration: configuration.network,
    hasSes,
    logRetention,
  });
  const published = servers.map((server): [string, PublishedServerStack] => {
    const stack = new PublishedServerStack(app, `PosternServer-${server.name}`, {
      env,
      server,
      network: network.network,
      policyTable: policy.tables.policy,
      functions: functions.screening,
      sesIdentityArns: policy.sesIdentityArns,
      image,
      channel: functions.channel,
      logRetention,
    });
    // A task that finds no policy at its start ends: the service waits for its first items.
    stack.addStackDependency(policy, 'The first items of the server');
    return [server.name, stack];
  });
  return { policy, functions, network, servers: new Map(published) };
}
