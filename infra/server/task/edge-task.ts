/** The task of a server: one container, read-only, not root, with its own role. */
import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../../acknowledge.ts';
import type { Tasks } from '../../configuration/server/tasks.ts';
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
  /** Name of the log. */
  readonly logGroupName: string;
  /** How long the log is kept. */
  readonly logRetention: logs.RetentionDays;
}

const ARCHITECTURES = {
  arm64: ecs.CpuArchitecture.ARM64,
  x86_64: ecs.CpuArchitecture.X86_64,
} as const satisfies Record<Tasks['architecture'], ecs.CpuArchitecture>;
/** Each session is a descriptor, and each transaction one more; Fargate allows no more than this. */
const OPEN_FILES = 65_535;
/** The user `node` of the image. */
const NODE_USER = '1000:1000';
/** Name of the volume at /tmp; that the image declares it (VOLUME) makes it writable for all users. */
const SCRATCH = 'scratch';
/**
 * The image has no curl, and a Node for each probe costs a quarter of a second of processor and 60 MiB; bash, which is in
 * every Debian image, opens the connection itself for a few milliseconds.
 */
export const HEALTH_PROBE = [
  `exec 3<>/dev/tcp/127.0.0.1/${HEALTH_PORT}`,
  "printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3",
  'read -r line <&3',
  "[[ $line == *' 200 '* ]]",
].join(' && ');
/**
 * The buffer of the log driver, which drops lines above it: what the proxy says when it cannot deliver its events, all at once, and
 * some more.
 */
const LOG_BUFFER = Size.mebibytes(25);

export class EdgeTask extends Construct {
  readonly definition: ecs.FargateTaskDefinition;
  readonly log: logs.LogGroup;
  readonly containerName = 'edge-proxy';

  constructor(scope: Construct, id: string, props: EdgeTaskProps) {
    super(scope, id);
    this.definition = new ecs.FargateTaskDefinition(this, 'Definition', {
      cpu: props.tasks.cpu,
      memoryLimitMiB: props.tasks.memoryMiB,
      runtimePlatform: {
        cpuArchitecture: ARCHITECTURES[props.tasks.architecture],
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
    });
    for (const statement of props.statements) this.definition.addToTaskRolePolicy(statement);
    this.log = new logs.LogGroup(this, 'Log', {
      logGroupName: props.logGroupName,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
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

  /**
   * A place to write in a file system that is read-only: content of screened messages, in files without a name. It has the
   * 20 GiB of a task, of which the proxy takes 8 at most.
   */
  #addScratch(container: ecs.ContainerDefinition): void {
    this.definition.addVolume({ name: SCRATCH });
    container.addMountPoints({ sourceVolume: SCRATCH, containerPath: '/tmp', readOnly: false });
  }

  #addContainer({ tasks, image, environment, ports }: EdgeTaskProps): void {
    const container = this.definition.addContainer(this.containerName, {
      image,
      environment: { ...environment },
      portMappings: [...ports, HEALTH_PORT].map((containerPort) => ({ containerPort })),
      // V8 takes its share of a limit, and sees only the container's.
      memoryLimitMiB: tasks.memoryMiB,
      user: NODE_USER,
      // The agent of ECS Exec writes.
      readonlyRootFilesystem: !tasks.exec,
      // Until the proxy listens nothing takes SIGTERM but an init process.
      linuxParameters: new ecs.LinuxParameters(this, 'Linux', { initProcessEnabled: true }),
      stopTimeout: STOP_TIMEOUT,
      // ECS does not read the image's HEALTHCHECK.
      healthCheck: {
        command: ['CMD', 'bash', '-c', HEALTH_PROBE],
        interval: Duration.seconds(15),
        timeout: Duration.seconds(10),
        // A minute and more without an answer: a task that is merely busy is not killed for it.
        retries: 5,
        startPeriod: Duration.seconds(30),
      },
      // A log that cannot be written must not stop mail.
      logging: ecs.LogDrivers.awsLogs({
        logGroup: this.log,
        streamPrefix: 'edge-proxy',
        mode: ecs.AwsLogDriverMode.NON_BLOCKING,
        maxBufferSize: LOG_BUFFER,
      }),
    });
    this.#addScratch(container);
    container.addUlimits({ name: ecs.UlimitName.NOFILE, softLimit: OPEN_FILES, hardLimit: OPEN_FILES });
  }
}
