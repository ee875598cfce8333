/** A server's certificate by ACME: its secrets, the function that renews it, and the first one before any task starts. */
import { CustomResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { RENEWAL_DETAIL_TYPE, RENEWAL_SOURCE } from '../../functions/admin/env.ts';
import { ENV_CERTIFICATES, ENV_EVENTS_TABLE } from '../../functions/renew-certificate/env.ts';
import { ENV_METRIC_NAMESPACE } from '../../functions/tables/env.ts';
import { type EventMetric, METRIC_DIMENSION } from '../../policy/metrics.ts';
import { acknowledge } from '../acknowledge.ts';
import type { Server } from '../configuration/server/server.ts';
import type { DeploymentNames } from '../deployment-names.ts';
import { FunctionLog } from '../functions/function-log.ts';
import { PosternFunction } from '../functions/postern-function.ts';
import type { AlarmChannel } from '../monitoring/alarm-channel.ts';
import { type Certificate, renewedCertificate, secretResource } from './certificate.ts';

export interface CertificateRenewalProps {
  readonly server: Server;
  readonly order: NonNullable<Server['certificate']>;
  readonly names: DeploymentNames;
  readonly eventsTable: dynamodb.ITable;
  readonly channel: AlarmChannel;
  /** How long logs are kept. */
  readonly logRetention: logs.RetentionDays;
}

/** The issuer looks for records from several places, and Route 53 tells its servers for a minute or two. */
const TIMEOUT = Duration.minutes(10);

export class CertificateRenewal extends Construct {
  /** What the tasks are told. */
  readonly certificate: Certificate;

  constructor(scope: Construct, id: string, props: CertificateRenewalProps) {
    super(scope, id);
    const { server, order, names: deploymentNames, eventsTable, logRetention, channel } = props;
    const names = order.names ?? [server.policy.settings.hostname];
    const secret = this.#secret('Secret', `Certificate of the published server ${server.name}`);
    const account = this.#secret('Account', `ACME account of the published server ${server.name}`);
    const renew = new PosternFunction(this, 'Renew', {
      folder: 'renew-certificate',
      description: `Renews the certificate of ${server.name}`,
      logRetention,
      // No reserved concurrency, though one run at a time is enough: an account with 10 executions has none to reserve.
      timeout: TIMEOUT,
    })
      .countAs(deploymentNames, ENV_METRIC_NAMESPACE)
      .grantTable({ table: eventsTable, variable: ENV_EVENTS_TABLE }, ['dynamodb:BatchWriteItem']).lambda;
    renew.addEnvironment(
      ENV_CERTIFICATES,
      Stack.of(this).toJsonString([
        {
          secret: secret.secretArn,
          accountSecret: account.secretArn,
          names,
          issuer: order.issuer,
          hostedZoneId: order.hostedZoneId,
          ...(order.email === undefined ? {} : { email: order.email }),
          ...(order.bindingSecret === undefined ? {} : { bindingSecret: order.bindingSecret }),
        },
      ]),
    );
    for (const statement of this.#rights(order, names, [secret, account])) renew.addToRolePolicy(statement);
    acknowledge(
      renew,
      'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:route53:::change/*]',
      'A change has an id of its own',
    );
    new events.Rule(this, 'Daily', {
      description: `Renews the certificate of ${server.name} when two thirds of its life are over`,
      schedule: events.Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(renew, { retryAttempts: 2 })],
    });
    // What somebody asks for by the admin API.
    new events.Rule(this, 'OnDemand', {
      description: `Renews the certificate of ${server.name} when somebody asks`,
      eventPattern: {
        source: [RENEWAL_SOURCE],
        detailType: [RENEWAL_DETAIL_TYPE],
        detail: { deployment: [deploymentNames.metrics], server: [server.name] },
      },
      targets: [
        new LambdaFunction(renew, {
          event: events.RuleTargetInput.fromObject({ force: events.EventField.fromPath('$.detail.force') }),
          retryAttempts: 2,
        }),
      ],
    });
    const first = this.#firstCertificate(renew, names, logRetention);
    this.first = first;
    this.certificate = renewedCertificate(secret.secretArn);
    this.#alarms(channel);
  }

  /** Done when there is a certificate; tasks wait for it. */
  readonly first: CustomResource;

  #secret(id: string, description: string): secretsmanager.Secret {
    const secret = new secretsmanager.Secret(this, id, { description, removalPolicy: RemovalPolicy.RETAIN });
    acknowledge(secret, 'AwsSolutions-SMG4', 'It is renewed by the function beside it, when its issuer allows');
    return secret;
  }

  #rights(
    { hostedZoneId, bindingSecret }: CertificateRenewalProps['order'],
    names: readonly string[],
    secrets: readonly secretsmanager.Secret[],
  ): readonly iam.PolicyStatement[] {
    const { partition } = Stack.of(this);
    const zone = `arn:${partition}:route53:::hostedzone/${hostedZoneId}`;
    const records = names.map((name) => `_acme-challenge.${name.replace(/^\*\./, '')}`);
    const binding = bindingSecret === undefined ? [] : [secretResource(this, bindingSecret)];
    return [
      new iam.PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: [...secrets.map(({ secretArn }) => secretArn), ...binding],
      }),
      new iam.PolicyStatement({
        actions: ['secretsmanager:PutSecretValue'],
        resources: secrets.map(({ secretArn }) => secretArn),
      }),
      // Only the records that prove the names, and no other of the zone.
      new iam.PolicyStatement({
        actions: ['route53:ChangeResourceRecordSets'],
        resources: [zone],
        conditions: {
          'ForAllValues:StringEquals': {
            'route53:ChangeResourceRecordSetsNormalizedRecordNames': records,
            'route53:ChangeResourceRecordSetsRecordTypes': ['TXT'],
          },
        },
      }),
      new iam.PolicyStatement({ actions: ['route53:ListResourceRecordSets'], resources: [zone] }),
      new iam.PolicyStatement({ actions: ['route53:GetChange'], resources: [`arn:${partition}:route53:::change/*`] }),
    ];
  }

  #firstCertificate(
    renew: PosternFunction['lambda'],
    names: readonly string[],
    logRetention: logs.RetentionDays,
  ): CustomResource {
    const framework = new FunctionLog(this, 'Framework', { retention: logRetention });
    const provider = new Provider(this, 'Provider', {
      onEventHandler: renew,
      logGroup: framework.logGroup,
      frameworkOnEventRole: framework.role,
    });
    const renewFunction = Stack.of(this).getLogicalId(renew.node.defaultChild as CfnFunction);
    acknowledge(
      framework.role,
      `AwsSolutions-IAM5[Resource::<${renewFunction}.Arn>:*]`,
      'The CDK lets its own function, which stands between CloudFormation and the renewal, call each version of it',
    );
    acknowledge(provider, 'AwsSolutions-L1', 'The CDK chooses the runtime of its own function');
    return new CustomResource(this, 'First', {
      resourceType: 'Custom::PosternFirstCertificate',
      serviceToken: provider.serviceToken,
      // A name that comes in addition is a new certificate.
      properties: { Names: names.join(',') },
    });
  }

  #alarms(channel: AlarmChannel): void {
    const metric = (metricName: EventMetric): cloudwatch.Metric =>
      new cloudwatch.Metric({
        namespace: channel.namespace,
        metricName,
        dimensionsMap: { [METRIC_DIMENSION]: '*' },
        statistic: cloudwatch.Stats.MAXIMUM,
        period: Duration.days(1),
      });
    channel.add(this, 'CertificateRenewal', {
      meaning: 'A certificate could not be renewed; the old one is in force, and it is tried again each day',
      metric: metric('CertificateFailures'),
      threshold: 1,
    });
  }
}
