/** Decisions, events and the admin API: what all published servers share. */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as ses from 'aws-cdk-lib/aws-ses';
import * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Configuration } from '../configuration/configuration.ts';
import type { FunctionsConfiguration } from '../configuration/functions.ts';
import type { Server } from '../configuration/server/server.ts';
import type { DeploymentNames } from '../deployment-names.ts';
import { AdminApi } from '../functions/admin-api.ts';
import { AdminFunction } from '../functions/admin-function.ts';
import { DeadLetters } from '../functions/dead-letters.ts';
import { DeliveryEvents } from '../functions/delivery-events.ts';
import { PolicyCheck } from '../functions/policy-check.ts';
import { ScreeningFunctions } from '../functions/screening-functions.ts';
import { SharedConcurrency } from '../functions/shared-concurrency.ts';
import type { HeldMail } from '../held/held-mail.ts';
import { grantHeldToAdmin } from '../held/held-rights.ts';
import { AlarmChannel } from '../monitoring/alarm-channel.ts';
import { AlarmTopic } from '../monitoring/alarm-topic.ts';
import { PosternDashboard } from '../monitoring/postern-dashboard.ts';
import { SharedAlarms } from '../monitoring/shared-alarms.ts';
import type { PolicyTables } from '../policy/policy-tables.ts';
import { ProbeFunction } from '../probe/probe-function.ts';

export interface FunctionsStackProps extends StackProps {
  readonly tables: PolicyTables;
  /** Whether policy and users are replicas of another region, where their changes are checked. */
  readonly isReplica: boolean;
  readonly held: HeldMail;
  /** Stream of Firehose that record-events sends events to, besides the table. */
  readonly archiveStream: string | undefined;
  readonly configuration: FunctionsConfiguration;
  /** Names of the published servers. */
  readonly servers: readonly string[];
  readonly probe: Configuration['probe'];
  /** Whether a server has its certificate made by the deployment. */
  readonly hasRenewals: boolean;
  readonly names: DeploymentNames;
  /** Servers that send through Amazon SES. */
  readonly sesServers: readonly Server[];
  /** Domains that the deployment verifies in Amazon SES. */
  readonly sesDomains: readonly string[];
  /** Whether what SES tells of mail is recorded. */
  readonly recordDeliveries: boolean;
  /** How long logs are kept. */
  readonly logRetention: logs.RetentionDays;
  /** Get a mail for each alarm. */
  readonly alarmEmails: readonly string[];
  /** Topic of yours that is told of alarms too. */
  readonly alarmTopicArn?: string | undefined;
  /**
   * Base of the articles that alarms link.
   *
   * @default the path in the repository
   */
  readonly runbookUrl?: string | undefined;
}

export class FunctionsStack extends Stack {
  readonly screening: ScreeningFunctions;
  /** Name of the configuration set of servers that name none. */
  readonly sesConfigurationSet: string;
  /** Knocks at public addresses. */
  readonly probe: lambda.IFunction;
  /** For the alarms of the servers too. */
  readonly channel: AlarmChannel;

  constructor(scope: Construct, id: string, props: FunctionsStackProps) {
    super(scope, id, { description: 'Postern: functions, admin API, dashboard', ...props });
    const { tables, names, configuration, servers, logRetention, runbookUrl } = props;
    this.channel = new AlarmChannel({ runbookUrl, topics: this.#topics(props), namespace: names.metrics });
    const deadLetters = new DeadLetters(this, 'DeadLetters', { channel: this.channel }).queue;
    this.screening = new ScreeningFunctions(this, 'Screening', {
      tables,
      names,
      configuration,
      logRetention,
      deadLetters,
      archiveStream: props.archiveStream,
    });

    const admin = new AdminFunction(this, 'Admin', {
      tables,
      names,
      logRetention,
      reservedConcurrency: configuration.reservedConcurrency.admin,
      hasRenewals: props.hasRenewals,
    }).lambda;
    grantHeldToAdmin(admin, props.held);
    const checkPolicy = props.isReplica
      ? undefined
      : new PolicyCheck(this, 'PolicyCheck', {
          tables,
          names,
          logRetention,
          reservedConcurrency: configuration.reservedConcurrency['check-policy'],
          deadLetters,
        }).lambda;
    this.#shareConcurrency(props);
    this.probe = new ProbeFunction(this, 'Probe', {
      names,
      eventsTable: tables.events,
      logRetention,
      usersSecret: props.probe.usersSecret,
    }).lambda;
    // Whether a server has it called or not.
    this.exportValue(this.probe.functionArn);
    const ownSet = new ses.ConfigurationSet(this, 'SesSet');
    this.sesConfigurationSet = ownSet.configurationSetName;
    // Whether a server sends with it or not.
    this.exportValue(this.sesConfigurationSet);
    const hasSes = props.sesServers.length > 0;
    const recordDeliveries = hasSes && props.recordDeliveries ? this.#recordDeliveries(props, deadLetters, ownSet) : [];
    const api = new AdminApi(this, 'AdminApi', { admin, names, logRetention, channel: this.channel });
    const { authenticate, checkRelay, checkLimits, recordEvents } = this.screening;
    new SharedAlarms(this, 'SharedAlarms', {
      functions: [
        authenticate,
        checkRelay,
        checkLimits,
        recordEvents,
        ...[checkPolicy ?? []].flat(),
        admin,
        this.probe,
        ...recordDeliveries,
      ],
      authenticate,
      deciding: [authenticate, checkRelay, checkLimits],
      checkPolicy,
      tables,
      hasSes,
      channel: this.channel,
    });
    const { dashboard } = new PosternDashboard(this, 'Overview', {
      namespace: names.metrics,
      servers,
      functions: [
        { label: 'authenticate', function: authenticate },
        { label: 'check-relay', function: checkRelay },
        { label: 'check-limits', function: checkLimits },
        { label: 'record-events', function: recordEvents },
        ...(checkPolicy === undefined ? [] : [{ label: 'check-policy', function: checkPolicy }]),
        { label: 'admin', function: admin },
      ],
    });

    new CfnOutput(this, 'AdminApiUrl', { value: api.url });
    new CfnOutput(this, 'DashboardName', { value: dashboard.dashboardName });
  }

  #recordDeliveries(
    { tables, names, logRetention, sesServers: servers, sesDomains }: FunctionsStackProps,
    deadLetters: sqs.IQueue,
    ownSet: ses.IConfigurationSet,
  ): readonly lambda.IFunction[] {
    const shared = { tables, names, logRetention, deadLetters };
    return [new DeliveryEvents(this, 'Deliveries', { ...shared, servers, sesDomains, ownSet }).lambda];
  }

  /** Shares for those that were given no number of their own. */
  #shareConcurrency({ configuration, logRetention }: FunctionsStackProps): void {
    if (!configuration.shareConcurrency) return;
    const { authenticate, checkRelay, checkLimits, recordEvents } = this.screening;
    const functions = {
      authenticate,
      'check-relay': checkRelay,
      'check-limits': checkLimits,
      'record-events': recordEvents,
    };
    const shared = Object.entries(functions).filter(
      ([name]) => configuration.reservedConcurrency[name as keyof typeof functions] === undefined,
    );
    if (shared.length === 0) return;
    const { reserved } = new SharedConcurrency(this, 'Concurrency', { functions: new Map(shared), logRetention });
    new CfnOutput(this, 'ReservedConcurrency', {
      description: 'Executions that each function keeps for itself, and has no more than, as of the deployment',
      value: reserved,
    });
  }

  #topics({ alarmEmails, alarmTopicArn }: FunctionsStackProps): readonly sns.ITopic[] {
    const { topic } = new AlarmTopic(this, 'Alarms', { emails: alarmEmails });
    if (alarmTopicArn === undefined) return [topic];
    return [topic, sns.Topic.fromTopicArn(this, 'ExistingTopic', alarmTopicArn)];
  }
}
