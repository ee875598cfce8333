/** One published server: its address, its load balancer, its tasks and what they may do, its alarms. */
import { Stack, type StackProps } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { HostedZone } from '../configuration/configuration.ts';
import type { Server } from '../configuration/server/server.ts';
import type { DeploymentNames } from '../deployment-names.ts';
import { HeldAlarm } from '../held/held-alarm.ts';
import type { HeldMail } from '../held/held-mail.ts';
import { acknowledgeContent, heldEnvironment, heldTaskStatements } from '../held/held-rights.ts';
import type { AlarmChannel } from '../monitoring/alarm-channel.ts';
import { ServerAlarms } from '../monitoring/server-alarms.ts';
import type { EdgeNetwork } from '../network/edge-network.ts';
import { certificateOf } from '../server/certificate.ts';
import { CertificateRenewal } from '../server/certificate-renewal.ts';
import { DeletionProtection } from '../server/deletion-protection.ts';
import { DnsRecords } from '../server/dns-records.ts';
import { EdgeDoor } from '../server/edge-door.ts';
import { EdgeListeners } from '../server/edge-listeners.ts';
import { hopSecretStatements } from '../server/hop-secrets.ts';
import { ReverseDns } from '../server/reverse-dns.ts';
import { attachMore, quotaStatements, sendStatements } from '../server/send-rights.ts';
import { ServerProbe } from '../server/server-probe.ts';
import { SiteRule } from '../server/site-rule.ts';
import { EdgeService } from '../server/task/edge-service.ts';
import { EdgeTask } from '../server/task/edge-task.ts';
import { type ProxyFunctions, proxyEnvironment } from '../server/task/proxy-environment.ts';
import { CONTAINER_LISTENERS } from '../server/task/published-port.ts';
import { taskStatements } from '../server/task/task-permissions.ts';

export interface PublishedServerStackProps extends StackProps {
  readonly server: Server;
  /** Those of all regions: a domain's MX records name each that takes its mail. */
  readonly allServers: readonly Server[];
  readonly names: DeploymentNames;
  readonly network: EdgeNetwork;
  readonly policyTable: dynamodb.ITable;
  /** Seconds after which tasks read all of their policy though nothing says that it changed. */
  readonly policyReadSeconds: number;
  readonly countersTable: dynamodb.ITable;
  readonly eventsTable: dynamodb.ITable;
  readonly held: HeldMail;
  readonly functions: ProxyFunctions;
  /** Knocks at public addresses; absent where the server is not to be probed. */
  readonly publicProbe?: lambda.IFunction | undefined;
  /** Domains that the deployment verifies; a server that names no identities sends by these. */
  readonly sesDomains: readonly string[];
  readonly hostedZones: readonly HostedZone[];
  readonly image: ecs.ContainerImage;
  readonly channel: AlarmChannel;
  /** How long logs are kept. */
  readonly logRetention: logs.RetentionDays;
  /** Whether the load balancer is protected against deletion. */
  readonly isProtected: boolean;
  /** @default a cluster of its own */
  readonly clusterArn?: string | undefined;
}

export class PublishedServerStack extends Stack {
  /** Where it is knocked at from inside of the VPC; absent where it is not. */
  readonly privateAddress: string | undefined;

  constructor(scope: Construct, id: string, props: PublishedServerStackProps) {
    super(scope, id, { description: `Postern: published server ${props.server.name}`, ...props });
    const { server, network, logRetention, channel } = props;
    const door = new EdgeDoor(this, 'Door', { server, network });
    const siteRule = new SiteRule(this, 'SiteRule', { server, network });
    const { securityGroup } = siteRule;
    const renewal = this.#renewal(props);
    const task = this.#task(props, renewal);
    const { service } = new EdgeService(this, 'Edge', {
      server,
      network,
      task,
      securityGroup,
      clusterArn: props.clusterArn,
    });
    // Some rules are resources of their own, and a task that cannot reach AWS does not get its image.
    service.node.addDependency(siteRule);
    if (renewal !== undefined) service.node.addDependency(renewal.first);
    const { targetGroups } = new EdgeListeners(this, 'Listeners', {
      server,
      door,
      service,
      containerName: task.containerName,
      taskSecurityGroup: securityGroup,
    });
    new ServerAlarms(this, 'Alarms', { server, targetGroups, log: task.log, channel });
    new HeldAlarm(this, 'Held', { server: server.name, log: task.log, hours: server.heldAlarmHours, channel });
    this.#dns(props, door);
    const { publicProbe } = props;
    this.privateAddress =
      publicProbe === undefined
        ? undefined
        : new ServerProbe(this, 'Probe', { server, door, network, publicProbe, channel, logRetention }).privateAddress;
    if (props.isProtected) {
      new DeletionProtection(this, 'Protection', { loadBalancer: door.loadBalancer, logRetention });
    }
  }

  /** Where the deployment has the certificate made. */
  #renewal({
    server,
    names,
    eventsTable,
    channel,
    logRetention,
  }: PublishedServerStackProps): CertificateRenewal | undefined {
    const { certificate: order } = server;
    if (order === undefined) return undefined;
    return new CertificateRenewal(this, 'Certificate', { server, order, names, eventsTable, channel, logRetention });
  }

  #task(props: PublishedServerStackProps, renewal: CertificateRenewal | undefined): EdgeTask {
    const { server, names, policyTable, policyReadSeconds, countersTable, held, functions, logRetention, sesDomains } =
      props;
    const certificate = renewal?.certificate ?? certificateOf(this, server);
    const permissions = taskStatements({
      server: server.name,
      policyTable,
      countersTable,
      functions: [functions.authenticate, functions.checkRelay, functions.checkLimits, functions.recordEvents],
    });
    const send = server.ses ? sendStatements(this, server, sesDomains) : [];
    const task = new EdgeTask(this, 'Task', {
      tasks: server.tasks,
      image: props.image,
      environment: {
        ...proxyEnvironment({
          server,
          policyTable,
          policyReadSeconds,
          countersTable,
          functions,
          certificate: certificate.location,
        }),
        ...heldEnvironment(held),
      },
      ports: server.ports.map((port) => CONTAINER_LISTENERS[port].port),
      statements: [
        ...permissions,
        ...heldTaskStatements(held, server.name),
        ...send.slice(0, 1),
        ...(server.ses ? quotaStatements() : []),
        ...certificate.statements,
        ...hopSecretStatements(this, server),
      ],
      logGroupName: names.log(server.name),
      logRetention,
    });
    acknowledgeContent(task, held);
    attachMore(this, task.definition.taskRole, send.slice(1));
    return task;
  }

  #dns({ server, allServers, hostedZones, logRetention }: PublishedServerStackProps, door: EdgeDoor): void {
    const { addressRecord } = new DnsRecords(this, 'Dns', { server, allServers, door, hostedZones });
    if (!server.reverseDns) return;
    const { hostname } = server.policy.settings;
    const reverse = new ReverseDns(this, 'ReverseDns', { door, hostname, logRetention });
    if (addressRecord !== undefined) reverse.node.addDependency(addressRecord);
  }
}
