/**
 * What Amazon SES tells of mail that it took: a configuration set for the servers that name none, and for each set a topic's
 * subscription that calls `record-deliveries`.
 *
 * By SNS, not by EventBridge: an event costs half as much (0.50 dollars a million, calls of Lambda free), the topic takes
 * these sets' events alone, and SNS goes on trying for 23 days where EventBridge gives up after one.
 */
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as ses from 'aws-cdk-lib/aws-ses';
import * as sns from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENV_EVENTS_TABLE, ENV_POLICY_TABLE } from '../../functions/record-deliveries/env.ts';
import { ENV_METRIC_NAMESPACE } from '../../functions/tables/env.ts';
import { acknowledge } from '../acknowledge.ts';
import type { Server } from '../configuration/server/server.ts';
import type { DeploymentNames } from '../deployment-names.ts';
import type { PolicyTables } from '../policy/policy-tables.ts';
import { attachMore } from '../server/send-rights.ts';
import { policySizes, sesResourcesOf } from '../server/ses-identities.ts';
import { PosternFunction } from './postern-function.ts';

export interface DeliveryEventsProps {
  readonly tables: PolicyTables;
  readonly names: DeploymentNames;
  /** How long its log is kept. */
  readonly logRetention: logs.RetentionDays;
  readonly deadLetters: sqs.IQueue;
  /** Servers that send through Amazon SES. */
  readonly servers: readonly Server[];
  /** Domains that the deployment verifies. */
  readonly sesDomains: readonly string[];
  /** The set of the servers that name none. */
  readonly ownSet: ses.IConfigurationSet;
}

const { BOUNCE, COMPLAINT, DELIVERY, DELIVERY_DELAY, REJECT } = ses.EmailSendingEvent;
const TOLD = [DELIVERY, DELIVERY_DELAY, BOUNCE, COMPLAINT, REJECT];

const ARN = 'arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>';

export class DeliveryEvents extends Construct {
  readonly lambda: lambda.Function;

  constructor(scope: Construct, id: string, props: DeliveryEventsProps) {
    super(scope, id);
    const { tables, names, logRetention, deadLetters, servers, ownSet } = props;
    this.lambda = new PosternFunction(this, 'RecordDeliveries', {
      folder: 'record-deliveries',
      names,
      description: 'Keeps what Amazon SES tells of mail that it took, and reports bounces to senders',
      logRetention,
      deadLetters,
    })
      .countAs(names, ENV_METRIC_NAMESPACE)
      .grantTable({ table: tables.policy, variable: ENV_POLICY_TABLE }, ['dynamodb:BatchGetItem'])
      .grantTable({ table: tables.events, variable: ENV_EVENTS_TABLE }, [
        'dynamodb:BatchWriteItem',
        // Counts, marks of what was counted, and of reports that were made, which go when a report does not go out.
        'dynamodb:UpdateItem',
        'dynamodb:PutItem',
        'dynamodb:DeleteItem',
      ]).lambda;
    this.#letReport(props);
    // Not encrypted by a key of KMS: SES may not use AWS's own, and one of ours costs more than all the rest here.
    const topic = new sns.Topic(this, 'Topic', { displayName: 'Postern: what Amazon SES tells', enforceSSL: true });
    topic.addSubscription(new LambdaSubscription(this.lambda, { deadLetterQueue: deadLetters }));
    const named = [...new Set(servers.flatMap(({ sesConfigurationSet }) => sesConfigurationSet ?? []))];
    const sets = [
      ...(servers.some(({ sesConfigurationSet }) => sesConfigurationSet === undefined) ? [ownSet] : []),
      ...named.map((name) => ses.ConfigurationSet.fromConfigurationSetName(this, `Set-${name}`, name)),
    ];
    for (const [index, configurationSet] of sets.entries()) {
      const name = configurationSet === ownSet ? 'Own' : `Named-${named[index - (sets.length - named.length)]}`;
      const destination = ses.EventDestination.snsTopic(topic);
      new ses.ConfigurationSetEventDestination(this, name, { configurationSet, destination, events: TOLD });
    }
  }

  /** Reports go out from postmasters alone, by the identities that the servers themselves send by. */
  #letReport({ servers, sesDomains }: DeliveryEventsProps): void {
    const { role } = this.lambda;
    if (role === undefined) throw new TypeError('record-deliveries has no role');
    const resources = [
      ...new Set(
        servers.flatMap(({ sesConfigurationSet: _, ...server }) => sesResourcesOf(this, server as Server, sesDomains)),
      ),
    ];
    const names = [...servers.flatMap(({ sesIdentityArns = [] }) => sesIdentityArns), ...sesDomains];
    const [own, ...more] = policySizes(resources, names).map(
      (part) =>
        new iam.PolicyStatement({
          actions: ['ses:SendRawEmail'],
          resources: [...part],
          conditions: { StringLike: { 'ses:FromAddress': 'postmaster@*' } },
        }),
    );
    if (own !== undefined) this.lambda.addToRolePolicy(own);
    attachMore(this, role, more);
    for (const resource of [
      'identity/*',
      'configuration-set/*',
      ...sesDomains.map((domain) => `identity/*@${domain}`),
    ]) {
      acknowledge(this, `AwsSolutions-IAM5[Resource::${ARN}:${resource}]`, 'As the servers: the sender is bounded');
    }
  }
}
