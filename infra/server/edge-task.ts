/** The task of a server: one container, read-only, not root, with its own role. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { Tasks } from '../configuration/tasks.ts';
import { STOP_TIMEOUT } from './leaving.ts';
import { HEALTH_PORT } from './published-port.ts';

export interface EdgeTaskProps {
  readonly tasks: Tasks;
  readonly image: ecs.ContainerImage;
  readonly environment: Readonly<Record<string, string>>;
  /** Ports that the container listens on, besides that of its health. */
  readonly ports: readonly number[];
  /** What the container may do on AWS. */
  readonly statements: readonly iam.PolicyStatement[];
  /** How long the log is kept. */
  readonly logRetention: logs.RetentionDays;
}

/** Each session is a descriptor, and each transaction one more; Fargate allows no more than this. */
const OPEN_FILES = 65_535;
/** The user `node` of the image. */
const NODE_USER = '1000:1000';
/** The image has no curl. */
const HEALTH_PROBE = `fetch('http://127.0.0.1:${HEALTH_PORT}/health').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))`;

export class EdgeTask extends Construct {
  readonly definition: ecs.FargateTaskDefinition;
  readonly containerName = 'edge-proxy';

  constructor(scope: Construct, id: string, props: EdgeTaskProps) {
    super(scope, id);
    this.definition = new ecs.FargateTaskDefinition(this, 'Definition', {
      cpu: props.tasks.cpu,
      memoryLimitMiB: props.tasks.memoryMiB,
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.ARM64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
    });
    for (const statement of props.statements) this.definition.addToTaskRolePolicy(statement);
    this.#addContainer(props);
    acknowledge(
      this.definition,
      'AwsSolutions-ECS2',
      'Its variables name tables, functions and a secret, and hold none',
    );
    acknowledge(
      this.definition,
      'AwsSolutions-IAM5[Resource::*]',
      'ecr:GetAuthorizationToken, which pulls the image, knows no resources',
    );
  }

  #addContainer({ tasks, image, environment, ports, logRetention }: EdgeTaskProps): void {
    const logGroup = new logs.LogGroup(this, 'Log', { retention: logRetention, removalPolicy: RemovalPolicy.DESTROY });
    const container = this.definition.addContainer(this.containerName, {
      image,
      environment: { ...environment },
      portMappings: [...ports, HEALTH_PORT].map((containerPort) => ({ containerPort })),
      // V8 takes its share of a limit, and sees only the container's.
      memoryLimitMiB: tasks.memoryMiB,
      user: NODE_USER,
      readonlyRootFilesystem: true,
      // Until the proxy listens nothing takes SIGTERM but an init process.
      linuxParameters: new ecs.LinuxParameters(this, 'Linux', { initProcessEnabled: true }),
      stopTimeout: STOP_TIMEOUT,
      // ECS does not read the image's HEALTHCHECK.
      healthCheck: {
        command: ['CMD', 'node', '-e', HEALTH_PROBE],
        interval: Duration.seconds(15),
        timeout: Duration.seconds(5),
        retries: 3,
        startPeriod: Duration.seconds(30),
      },
      // A log that cannot be written must not stop mail.
      logging: ecs.LogDrivers.awsLogs({
        logGroup,
        streamPrefix: 'edge-proxy',
        mode: ecs.AwsLogDriverMode.NON_BLOCKING,
      }),
    });
    container.addUlimits({ name: ecs.UlimitName.NOFILE, softLimit: OPEN_FILES, hardLimit: OPEN_FILES });
  }
}
