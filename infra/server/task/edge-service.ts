/** The Fargate service of a server: tasks in private subnets, as many as the load wants. */
import { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import { acknowledge } from '../../acknowledge.ts';
import type { Server } from '../../configuration/server/server.ts';
import type { EdgeNetwork } from '../../network/edge-network.ts';
import type { EdgeTask } from './edge-task.ts';

export interface EdgeServiceProps {
  readonly server: Pick<Server, 'tasks' | 'zones'>;
  readonly network: EdgeNetwork;
  readonly task: EdgeTask;
  readonly securityGroup: ec2.SecurityGroup;
  /**
   * Cluster of yours.
   *
   * @default one of the server's own
   */
  readonly clusterArn?: string | undefined;
}

/** Percent; the rest is for what comes while new tasks start, a minute or two. */
const CPU_TARGET = 60;
const MEMORY_TARGET = 75;

export class EdgeService extends Construct {
  readonly service: ecs.FargateService;

  constructor(scope: Construct, id: string, props: EdgeServiceProps) {
    super(scope, id);
    const { network, task, securityGroup } = props;
    const { tasks, zones } = props.server;
    this.service = new ecs.FargateService(this, 'Service', {
      cluster: this.#cluster(props),
      taskDefinition: task.definition,
      // The zones of the load balancer and no other: in a zone that it is not in, ECS takes a task for unhealthy and
      // replaces it, and the next one too (ECS guide, Network Load Balancer).
      vpcSubnets: { subnets: network.privateSubnets.slice(0, zones) },
      assignPublicIp: false,
      securityGroups: [securityGroup],
      enableExecuteCommand: tasks.exec,
      // Costs of Fargate are told apart by the tags of tasks, which have them from the service.
      propagateTags: ecs.PropagatedTagSource.SERVICE,
      enableECSManagedTags: true,
      // No desired count: each deployment would set back what scaling has chosen. A new service gets its least from it.
      // New tasks first, then the old ones leave: a deployment takes nothing away.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      healthCheckGracePeriod: Duration.seconds(60),
    });
    const scaling = this.service.autoScaleTaskCount({ minCapacity: tasks.min, maxCapacity: tasks.max });
    // Slow to shrink: a task that leaves has sessions to finish.
    const scaleInCooldown = Duration.minutes(10);
    scaling.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: CPU_TARGET, scaleInCooldown });
    scaling.scaleOnMemoryUtilization('Memory', { targetUtilizationPercent: MEMORY_TARGET, scaleInCooldown });
  }

  #cluster({ clusterArn, network: { vpc } }: EdgeServiceProps): ecs.ICluster {
    if (clusterArn !== undefined) {
      const clusterName = clusterArn.replace(/^.*\//, '');
      return ecs.Cluster.fromClusterAttributes(this, 'Cluster', { clusterArn, clusterName, vpc, securityGroups: [] });
    }
    const cluster = new ecs.Cluster(this, 'Cluster', { vpc });
    acknowledge(
      cluster,
      'AwsSolutions-ECS4',
      'Container Insights costs more than it tells: Postern has metrics of its own',
    );
    return cluster;
  }
}
