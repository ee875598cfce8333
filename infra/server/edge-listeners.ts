/** A listener and a target group for each published port, set so that sessions live as long as SMTP lets them. */
import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import type { Server } from '../configuration/server/server.ts';
import type { EdgeDoor } from './edge-door.ts';
import { DEREGISTRATION_DELAY } from './task/leaving.ts';
import { CONTAINER_LISTENERS, HEALTH_PORT } from './task/published-port.ts';

export interface EdgeListenersProps {
  readonly server: Server;
  readonly door: EdgeDoor;
  readonly service: ecs.FargateService;
  readonly containerName: string;
  /** The security group of the tasks. */
  readonly taskSecurityGroup: ec2.SecurityGroup;
}

/** A client waits 600 s for the answer to its message (RFC 5321 section 4.5.3.2.6); then a minute for the proxy's own. */
const IDLE_TIMEOUT = Duration.seconds(660);

export class EdgeListeners extends Construct {
  readonly targetGroups: readonly elbv2.NetworkTargetGroup[];

  constructor(scope: Construct, id: string, props: EdgeListenersProps) {
    super(scope, id);
    const { server, door, taskSecurityGroup } = props;
    this.targetGroups = server.ports.map((port) => {
      const targetGroup = this.#targetGroup(CONTAINER_LISTENERS[port].port, port, props);
      new elbv2.NetworkListener(this, `Port${port}`, {
        loadBalancer: door.loadBalancer,
        port,
        // TLS is the task's, on 465 as after STARTTLS: what a client says is screened after it.
        protocol: elbv2.Protocol.TCP,
        tcpIdleTimeout: IDLE_TIMEOUT,
        defaultTargetGroups: [targetGroup],
      });
      return targetGroup;
    });
    const behind = server.ports.map((port) => CONTAINER_LISTENERS[port].port);
    for (const port of [...behind, HEALTH_PORT]) {
      // By group even where client addresses are preserved: only what came through the load balancer is let in.
      taskSecurityGroup.addIngressRule(door.securityGroup, ec2.Port.tcp(port), 'From the load balancer');
      door.securityGroup.addEgressRule(taskSecurityGroup, ec2.Port.tcp(port), 'To the tasks');
    }
  }

  #targetGroup(containerPort: number, port: number, props: EdgeListenersProps): elbv2.NetworkTargetGroup {
    const { server, door, service, containerName } = props;
    const group = new elbv2.NetworkTargetGroup(this, `Tasks${port}`, {
      vpc: door.loadBalancer.vpc,
      port: containerPort,
      protocol: elbv2.Protocol.TCP,
      targetType: elbv2.TargetType.IP,
      // Off by default for addresses; policy, limits and events go by the client's. With the header it is the load
      // balancer's that must be seen: only of its subnets is a header believed.
      preserveClientIp: !server.proxyProtocol,
      proxyProtocolV2: server.proxyProtocol,
      deregistrationDelay: DEREGISTRATION_DELAY,
      healthCheck: {
        protocol: elbv2.Protocol.HTTP,
        port: String(HEALTH_PORT),
        path: '/health',
        interval: Duration.seconds(10),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 3,
      },
    });
    // A check that fails for a moment must not cut transactions that go well.
    group.setAttribute('target_health_state.unhealthy.connection_termination.enabled', 'false');
    group.addTarget(service.loadBalancerTarget({ containerName, containerPort }));
    return group;
  }
}
