/** One Lambda function of Postern: runtime, architecture, logs, tracing and role are set here and nowhere else. */
import { Duration } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { DeploymentNames } from '../deployment-names.ts';
import { functionCode } from './function-code.ts';
import { FunctionLog } from './function-log.ts';

export interface PosternFunctionProps {
  /** Folder of `functions/`. */
  readonly folder: string;
  /**
   * By which its log is found.
   *
   * @default its log has a name of CloudFormation's choice
   */
  readonly names?: DeploymentNames | undefined;
  /** What it is for, for the console. */
  readonly description: string;
  /** How long its log is kept. */
  readonly logRetention: logs.RetentionDays;
  /**
   * Longer than its caller waits, so that the caller's own bound is the one that shows.
   *
   * @default 10 seconds
   */
  readonly timeout?: Duration;
  /**
   * MiB; the share of a processor goes with it.
   *
   * @default 512
   */
  readonly memoryMiB?: number;
  /**
   * Executions that it keeps for itself, and has no more than.
   *
   * @default what the account has in common
   */
  readonly reservedConcurrency?: number | undefined;
  /**
   * Where an asynchronous event goes that failed to the last retry.
   *
   * @default nowhere: it is called synchronously alone
   */
  readonly deadLetters?: sqs.IQueue;
  /**
   * Where it stands in a VPC.
   *
   * @default in none
   */
  readonly place?: FunctionPlace;
}

export interface FunctionPlace {
  readonly vpc: ec2.IVpc;
  readonly subnets: readonly ec2.ISubnet[];
  readonly securityGroup: ec2.ISecurityGroup;
}

/** What Lambda does in the function's name to place it in a VPC; none of it knows resources. */
const PLACING = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

export class PosternFunction extends Construct {
  readonly lambda: lambda.Function;

  constructor(scope: Construct, id: string, props: PosternFunctionProps) {
    super(scope, id);
    const { logGroup, role } = new FunctionLog(this, 'Runs', {
      logGroupName: props.names?.log(`functions/${props.folder}`),
      retention: props.logRetention,
    });
    const { place } = props;
    if (place !== undefined) role.addToPolicy(new iam.PolicyStatement({ actions: PLACING, resources: ['*'] }));
    this.lambda = new lambda.Function(this, 'Function', {
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      code: functionCode(props.folder),
      handler: 'index.handler',
      description: props.description,
      role,
      logGroup,
      // Each line with its level and the request's id, and what a function says as an object in it.
      loggingFormat: lambda.LoggingFormat.JSON,
      tracing: lambda.Tracing.ACTIVE,
      timeout: props.timeout ?? Duration.seconds(10),
      memorySize: props.memoryMiB ?? 512,
      reservedConcurrentExecutions: props.reservedConcurrency,
      deadLetterQueue: props.deadLetters,
      ...(place === undefined
        ? {}
        : { vpc: place.vpc, vpcSubnets: { subnets: [...place.subnets] }, securityGroups: [place.securityGroup] }),
    });
    acknowledge(role, 'AwsSolutions-IAM5[Resource::*]', 'X-Ray, and a place in a VPC, know no resources');
  }

  /** Lets it do what the actions name on a table, and tells it the table's name. */
  grantTable({ table, variable }: TableOfFunction, actions: readonly string[]): this {
    // By hand: a grant of the table would name its indexes too.
    this.lambda.addToRolePolicy(new iam.PolicyStatement({ actions: [...actions], resources: [table.tableArn] }));
    this.lambda.addEnvironment(variable, table.tableName);
    return this;
  }

  /** Tells it under which names its metrics are looked for, where they are not those that it has by itself. */
  countAs({ metrics, isNamed }: DeploymentNames, variable: string): this {
    if (isNamed) this.lambda.addEnvironment(variable, metrics);
    return this;
  }

  /** Lets it read by an index of a table. */
  grantIndex({ table, index }: IndexOfFunction): this {
    const resources = [`${table.tableArn}/index/${index}`];
    this.lambda.addToRolePolicy(new iam.PolicyStatement({ actions: ['dynamodb:Query'], resources }));
    return this;
  }
}

interface IndexOfFunction {
  readonly table: dynamodb.ITable;
  readonly index: string;
}

interface TableOfFunction {
  readonly table: dynamodb.ITable;
  /** From the function's `env.ts`. */
  readonly variable: string;
}
