/** Has a server knocked at once an hour, as strangers meet it. */
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { PublishedPort, Server } from '../configuration/server/server.ts';
import { sdkCalls } from '../functions/sdk-calls.ts';
import type { AlarmChannel } from '../monitoring/alarm-channel.ts';
import { hourlyMetric } from '../monitoring/server-metric.ts';
import type { EdgeNetwork } from '../network/edge-network.ts';
import type { EdgeDoor } from './edge-door.ts';

export interface ServerProbeProps {
  readonly server: Server;
  readonly door: EdgeDoor;
  readonly network: EdgeNetwork;
  readonly publicProbe: lambda.IFunction;
  readonly channel: AlarmChannel;
  /** How long the log of the look-up is kept. */
  readonly logRetention: logs.RetentionDays;
}

/** A door, as `functions/probe-servers` reads it. */
interface ProbeTarget {
  readonly server: string;
  readonly host: string;
  readonly port: PublishedPort;
  readonly tls: 'starttls' | 'implicit';
  readonly kind: 'inbound' | 'submission';
  readonly name: string;
  readonly domain?: string;
  readonly way: 'public' | 'private';
}

/** Minutes of the hour within which it happens, so that a hundred servers are not knocked at in the same second. */
const WINDOW_MINUTES = 15;

/**
 * AWS lets no function out to port 25 of a public address: there, and where a server has no public address, it is the
 * private address of the load balancer, from inside the VPC. The event says which way was taken.
 */
export class ServerProbe extends Construct {
  /** Where it is knocked at from inside; absent where it is not. */
  readonly privateAddress: string | undefined;
  readonly #props: ServerProbeProps;

  constructor(scope: Construct, id: string, props: ServerProbeProps) {
    super(scope, id);
    this.#props = props;
    const { server, network, publicProbe, channel } = props;
    const isPrivate = (port: PublishedPort): boolean => port === 25 || server.scheme === 'internal';
    const inside = server.ports.filter(isPrivate);
    const outside = server.ports.filter((port) => !isPrivate(port));
    const { hostname } = server.policy.settings;
    this.privateAddress = inside.length === 0 ? undefined : this.#lookUpAddress();
    if (outside.length > 0) this.#schedule('Public', publicProbe, this.#targets(outside, 'public', hostname));
    if (this.privateAddress !== undefined) {
      this.#schedule('Private', network.probe, this.#targets(inside, 'private', this.privateAddress));
    }
    channel.add(this, 'ProbeFaults', {
      meaning: `${server.name} was knocked at from outside, and something was wrong two hours in a row`,
      metric: hourlyMetric(channel.namespace, server.name, 'ProbeFaults'),
      threshold: 1,
      periods: 2,
    });
  }

  #targets(ports: readonly PublishedPort[], way: ProbeTarget['way'], host: string): readonly ProbeTarget[] {
    const { name, policy } = this.#props.server;
    const [domain] = policy.domains;
    return ports.map((port) => ({
      server: name,
      host,
      port,
      tls: port === 465 ? 'implicit' : 'starttls',
      kind: port === 25 ? 'inbound' : 'submission',
      name: policy.settings.hostname,
      ...(domain === undefined ? {} : { domain }),
      way,
    }));
  }

  /** By EventBridge Scheduler and not by a rule: the function's own policy would be full with some fifty of these. */
  #schedule(id: string, probe: lambda.IFunction, targets: readonly ProbeTarget[]): void {
    const role = new iam.Role(this, `${id}Role`, { assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com') });
    role.addToPolicy(new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [probe.functionArn] }));
    const schedule = new scheduler.CfnSchedule(this, id, {
      description: `Knocks at ${this.#props.server.name} once an hour`,
      scheduleExpression: 'rate(1 hour)',
      flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: WINDOW_MINUTES },
      target: {
        arn: probe.functionArn,
        roleArn: role.roleArn,
        input: Stack.of(this).toJsonString({ targets }),
        // The next hour is soon enough.
        retryPolicy: { maximumRetryAttempts: 0 },
      },
    });
    schedule.node.addDependency(role);
  }

  /** The address of one of its network interfaces, which EC2 knows by what they are for; all lead to the same tasks. */
  #lookUpAddress(): string {
    const { door, server, logRetention } = this.#props;
    const [given] = server.privateAddresses ?? [];
    if (given !== undefined) return given;
    const { logGroup, role } = sdkCalls(this, logRetention);
    acknowledge(this, 'AwsSolutions-IAM5[Resource::*]', 'ec2:DescribeNetworkInterfaces knows no resources');
    const name = door.loadBalancer.loadBalancerFullName;
    const lookUp = new AwsCustomResource(this, 'Address', {
      resourceType: 'Custom::PosternPrivateAddress',
      onUpdate: {
        service: 'EC2',
        action: 'DescribeNetworkInterfaces',
        parameters: { Filters: [{ Name: 'description', Values: [`ELB ${name}`] }] },
        outputPaths: [ADDRESS],
        // Asked again where the zones are others.
        physicalResourceId: PhysicalResourceId.of(`${server.name}-${server.zones}`),
      },
      policy: AwsCustomResourcePolicy.fromStatements([
        new iam.PolicyStatement({ actions: ['ec2:DescribeNetworkInterfaces'], resources: ['*'] }),
      ]),
      installLatestAwsSdk: false,
      logGroup,
      role,
    });
    return lookUp.getResponseField(ADDRESS);
  }
}

const ADDRESS = 'NetworkInterfaces.0.PrivateIpAddress';
