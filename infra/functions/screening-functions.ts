/** The functions that an edge proxy asks, each with what it may read or write and nothing more. */
import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  ENV_POLICY_TABLE as ENV_ISSUERS_TABLE,
  ENV_COUNTERS_TABLE as ENV_LOGIN_COUNTERS_TABLE,
  ENV_USERS_TABLE,
} from '../../functions/authenticate/env.ts';
import { ENV_COUNTERS_TABLE } from '../../functions/check-limits/env.ts';
import { ENV_POLICY_TABLE } from '../../functions/check-relay/env.ts';
import { ENV_ARCHIVE_STREAM, ENV_EVENTS_TABLE } from '../../functions/record-events/env.ts';
import { ENV_METRIC_NAMESPACE } from '../../functions/tables/env.ts';
import type { FunctionsConfiguration } from '../configuration/functions.ts';
import type { DeploymentNames } from '../deployment-names.ts';
import type { PolicyTables } from '../policy/policy-tables.ts';
import type { ProxyFunctions } from '../server/task/proxy-environment.ts';
import { PosternFunction } from './postern-function.ts';

export interface ScreeningFunctionsProps {
  readonly tables: PolicyTables;
  readonly names: DeploymentNames;
  readonly configuration: FunctionsConfiguration;
  /** How long logs are kept. */
  readonly logRetention: logs.RetentionDays;
  readonly deadLetters: sqs.IQueue;
  /** Stream of Firehose that events go to besides the table. */
  readonly archiveStream?: string | undefined;
}

/** MiB. A password check is 70 ms of a whole processor, which a function has at 1769 MiB. */
const AUTHENTICATE_MEMORY_MIB = 1769;

export class ScreeningFunctions extends Construct {
  readonly authenticate: lambda.Function;
  readonly checkRelay: lambda.IFunction;
  readonly checkLimits: lambda.IFunction;
  readonly recordEvents: lambda.IFunction;
  /** Them as proxies ask them: those that stand ready by the name of the version that does. */
  readonly asked: ProxyFunctions;

  constructor(scope: Construct, id: string, props: ScreeningFunctionsProps) {
    super(scope, id);
    const { tables, names, logRetention } = props;
    const { reservedConcurrency } = props.configuration;
    this.authenticate = new PosternFunction(this, 'Authenticate', {
      folder: 'authenticate',
      names,
      description: 'Who a client is, from the credentials that it gave',
      logRetention,
      memoryMiB: AUTHENTICATE_MEMORY_MIB,
      reservedConcurrency: reservedConcurrency.authenticate,
    })
      .grantTable({ table: tables.users, variable: ENV_USERS_TABLE }, ['dynamodb:GetItem'])
      .grantTable({ table: tables.counters, variable: ENV_LOGIN_COUNTERS_TABLE }, [
        'dynamodb:GetItem',
        'dynamodb:UpdateItem',
        'dynamodb:DeleteItem',
      ])
      .grantTable({ table: tables.policy, variable: ENV_ISSUERS_TABLE }, ['dynamodb:Query']).lambda;
    const checkRelay = new PosternFunction(this, 'CheckRelay', {
      folder: 'check-relay',
      names,
      description: 'Whether a recipient is taken, and where its mail goes',
      logRetention,
      reservedConcurrency: reservedConcurrency['check-relay'],
    }).grantTable({ table: tables.policy, variable: ENV_POLICY_TABLE }, ['dynamodb:BatchGetItem']).lambda;
    this.checkRelay = checkRelay;
    this.checkLimits = new PosternFunction(this, 'CheckLimits', {
      folder: 'check-limits',
      names,
      description: 'Whether a user may send one more message',
      logRetention,
      reservedConcurrency: reservedConcurrency['check-limits'],
    }).grantTable({ table: tables.counters, variable: ENV_COUNTERS_TABLE }, [
      'dynamodb:GetItem',
      'dynamodb:UpdateItem',
    ]).lambda;
    const recordEvents = new PosternFunction(this, 'RecordEvents', {
      folder: 'record-events',
      names,
      description: 'Keeps what the edge proxies report',
      logRetention,
      timeout: Duration.seconds(30),
      reservedConcurrency: reservedConcurrency['record-events'],
      // The proxy waits for it; events that are sent again from a task's log come asynchronously.
      deadLetters: props.deadLetters,
    })
      .countAs(names, ENV_METRIC_NAMESPACE)
      .grantTable({ table: tables.events, variable: ENV_EVENTS_TABLE }, [
        'dynamodb:BatchWriteItem',
        // Counts, and the marks of batches that were counted.
        'dynamodb:UpdateItem',
        'dynamodb:PutItem',
      ]).lambda;
    if (props.archiveStream !== undefined) this.#archive(recordEvents, props.archiveStream);
    this.recordEvents = recordEvents;
    const { provisioned } = props.configuration;
    this.asked = {
      authenticate: this.#standingReady(this.authenticate, provisioned.authenticate),
      checkRelay: this.#standingReady(checkRelay, provisioned['check-relay']),
      checkLimits: this.checkLimits,
      recordEvents,
    };
  }

  #standingReady(asked: lambda.Function, provisionedConcurrentExecutions: number | undefined): lambda.IFunction {
    if (provisionedConcurrentExecutions === undefined) return asked;
    const description = 'What proxies ask; executions of it stand ready';
    return asked.addAlias('ready', { description, provisionedConcurrentExecutions });
  }

  #archive(recordEvents: lambda.Function, resourceName: string): void {
    const arn = Stack.of(this).formatArn({ service: 'firehose', resource: 'deliverystream', resourceName });
    recordEvents.addToRolePolicy(new iam.PolicyStatement({ actions: ['firehose:PutRecordBatch'], resources: [arn] }));
    recordEvents.addEnvironment(ENV_ARCHIVE_STREAM, resourceName);
  }
}
