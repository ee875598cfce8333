/** One published server: its address, its load balancer, its tasks and what they may do, its alarms. */
import { Stack, type StackProps } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { type Server, usesSes } from '../configuration/server.ts';
import type { AlarmChannel } from '../monitoring/alarm-channel.ts';
import { ServerAlarms } from '../monitoring/server-alarms.ts';
import type { EdgeNetwork } from '../network/edge-network.ts';
import { certificateOf } from '../server/certificate.ts';
import { DnsRecords } from '../server/dns-records.ts';
import { EdgeDoor } from '../server/edge-door.ts';
import { EdgeListeners } from '../server/edge-listeners.ts';
import { EdgeService } from '../server/edge-service.ts';
import { EdgeTask } from '../server/edge-task.ts';
import { hopSecretStatements } from '../server/hop-secrets.ts';
import { type ProxyFunctions, proxyEnvironment } from '../server/proxy-environment.ts';
import { CONTAINER_LISTENERS } from '../server/published-port.ts';
import { EVERY_IDENTITY, sesIdentitiesOf } from '../server/ses-identities.ts';
import { SiteRule } from '../server/site-rule.ts';
import { taskStatements } from '../server/task-permissions.ts';

export interface PublishedServerStackProps extends StackProps {
  readonly server: Server;
  readonly network: EdgeNetwork;
  readonly policyTable: dynamodb.ITable;
  readonly functions: ProxyFunctions;
  /** Identities that the deployment verified; a server that names none of its own sends by these. */
  readonly sesIdentityArns: readonly string[];
  readonly image: ecs.ContainerImage;
  readonly channel: AlarmChannel;
  /** How long logs are kept. */
  readonly logRetention: logs.RetentionDays;
}

export class PublishedServerStack extends Stack {
  constructor(scope: Construct, id: string, props: PublishedServerStackProps) {
    super(scope, id, { description: `Postern: published server ${props.server.name}`, ...props });
    const { server, network, policyTable, functions, logRetention } = props;
    const certificate = certificateOf(this, server);
    const door = new EdgeDoor(this, 'Door', { server, network });
    const siteRule = new SiteRule(this, 'SiteRule', { server, network });
    const { securityGroup } = siteRule;
    const permissions = taskStatements({
      server: server.name,
      policyTable,
      functions: [functions.authenticate, functions.checkRelay, functions.checkLimits, functions.recordEvents],
      sesIdentityArns: usesSes(server) ? sesIdentitiesOf(this, server, props.sesIdentityArns) : undefined,
    });
    const task = new EdgeTask(this, 'Task', {
      tasks: server.tasks,
      image: props.image,
      environment: proxyEnvironment({ server, policyTable, functions, certificate: certificate.location }),
      ports: server.ports.map((port) => CONTAINER_LISTENERS[port].port),
      statements: [...permissions, ...certificate.statements, ...hopSecretStatements(this, server)],
      logRetention,
    });
    acknowledge(task, EVERY_IDENTITY, 'No identity is named in cdk.json: policy says which senders a user may use');
    const { service } = new EdgeService(this, 'Edge', { tasks: server.tasks, network, task, securityGroup });
    // Some rules are resources of their own, and a task that cannot reach AWS does not get its image.
    service.node.addDependency(siteRule);
    const { targetGroups } = new EdgeListeners(this, 'Listeners', {
      server,
      door,
      service,
      containerName: task.containerName,
      taskSecurityGroup: securityGroup,
    });
    new ServerAlarms(this, 'Alarms', { server: server.name, targetGroups, channel: props.channel });
    new DnsRecords(this, 'Dns', { server, door });
  }
}
