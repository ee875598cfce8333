/** The admin function behind an HTTP API; who may call is IAM's to say, action `execute-api:Invoke`. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ROUTES } from '../../functions/admin/env.ts';
import type { DeploymentNames } from '../deployment-names.ts';
import type { AlarmChannel } from '../monitoring/alarm-channel.ts';

export interface AdminApiProps {
  readonly names: DeploymentNames;
  /** The function `admin`. */
  readonly admin: lambda.IFunction;
  /** How long the log of calls is kept. */
  readonly logRetention: logs.RetentionDays;
  readonly channel: AlarmChannel;
}

/** Requests a second, and at once; those who run the service, not its users. */
const THROTTLE = { rateLimit: 20, burstLimit: 40 };

export class AdminApi extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { admin, names, logRetention, channel }: AdminApiProps) {
    super(scope, id);
    const api = new apigatewayv2.HttpApi(this, 'Api', {
      apiName: `${names.metrics} admin`,
      createDefaultStage: false,
      defaultAuthorizer: new HttpIamAuthorizer(),
    });
    const integration = new HttpLambdaIntegration('Admin', admin, {
      // One permission for the API: with one a route the function's policy, of 20,480 octets at most, would be full soon.
      scopePermissionToRoute: false,
    });
    for (const route of ROUTES) {
      const [method = '', path = ''] = route.split(' ');
      const methods = [apigatewayv2.HttpMethod[method as keyof typeof apigatewayv2.HttpMethod]];
      api.addRoutes({ path, methods, integration });
    }
    const logGroup = new logs.LogGroup(this, 'Log', {
      // Each log of an API with another beginning makes a policy of the region longer, which has 5,120 characters.
      logGroupName: `/aws/vendedlogs${names.log('admin-api')}`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = new apigatewayv2.HttpStage(this, 'Stage', {
      httpApi: api,
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: {
        destination: new apigatewayv2.LogGroupLogDestination(logGroup),
        format: apigateway.AccessLogFormat.custom(JSON.stringify(LOGGED)),
      },
    });
    this.url = stage.url;
    channel.add(this, 'AdminApiErrors', {
      meaning: 'The admin API answered with 5xx',
      metric: stage.metricServerError({ statistic: cloudwatch.Stats.SUM, period: Duration.minutes(5) }),
      threshold: 1,
    });
  }
}

/** Who called what, and how it ended. */
const LOGGED = {
  time: '$context.requestTime',
  request: '$context.requestId',
  caller: '$context.identity.userArn',
  address: '$context.identity.sourceIp',
  route: '$context.routeKey',
  path: '$context.path',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  problem: '$context.integrationErrorMessage',
};
