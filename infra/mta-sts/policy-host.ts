/** The host of MTA-STS policies: one small function with their texts in it, after a name of each domain. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { HostedZone } from '../configuration/configuration.ts';
import { FunctionLog } from '../functions/function-log.ts';
import { policyId } from './policy-text.ts';

export interface PolicyHostProps {
  /** Texts by domain. */
  readonly policies: ReadonlyMap<string, string>;
  readonly hostedZones: readonly HostedZone[];
  /** How long its log is kept. */
  readonly logRetention: logs.RetentionDays;
}

const PATH = '/.well-known/mta-sts.txt';
/** Answers by the name that was asked; what is inside of it is all that it knows. */
const CODE = `exports.handler = async ({ requestContext: { domainName } }) => {
  const body = JSON.parse(process.env.POLICIES)[domainName];
  return body === undefined ? { statusCode: 404 } : { statusCode: 200, headers: { 'content-type': 'text/plain' }, body };
};`;

export class PolicyHost extends Construct {
  constructor(scope: Construct, id: string, props: PolicyHostProps) {
    super(scope, id);
    const { policies, hostedZones, logRetention } = props;
    const api = new apigatewayv2.HttpApi(this, 'Api', { apiName: 'MTA-STS policies' });
    api.addRoutes({
      path: PATH,
      methods: [apigatewayv2.HttpMethod.GET],
      integration: new HttpLambdaIntegration('Text', this.#text(policies, logRetention)),
    });
    acknowledge(api, 'AwsSolutions-APIG4', 'Every mail server may read it (RFC 8461 section 3.3)');
    acknowledge(api, 'AwsSolutions-APIG1', 'It says the same to everyone, and knows no one');
    for (const [domain, text] of policies) {
      const zone = zoneOf(domain, hostedZones);
      if (zone === undefined) throw new RangeError(`${domain} is in no hosted zone`);
      this.#name(domain, text, zone, api);
    }
  }

  #text(policies: ReadonlyMap<string, string>, retention: logs.RetentionDays): lambda.Function {
    const { logGroup, role } = new FunctionLog(this, 'Log', { retention });
    const texts = Object.fromEntries([...policies].map(([domain, text]) => [`mta-sts.${domain}`, text]));
    return new lambda.Function(this, 'Function', {
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      code: lambda.Code.fromInline(CODE),
      handler: 'index.handler',
      description: 'Says the MTA-STS policy of a domain',
      environment: { POLICIES: JSON.stringify(texts) },
      timeout: Duration.seconds(5),
      loggingFormat: lambda.LoggingFormat.JSON,
      role,
      logGroup,
    });
  }

  /** Certificate, name and records of a domain's policy host. */
  #name(domain: string, text: string, hostedZone: HostedZone, api: apigatewayv2.HttpApi): void {
    const domainName = `mta-sts.${domain}`;
    const zone = route53.HostedZone.fromHostedZoneAttributes(this, `Zone-${domain}`, {
      hostedZoneId: hostedZone.hostedZoneId,
      zoneName: hostedZone.name,
    });
    const certificate = new acm.Certificate(this, `Certificate-${domain}`, {
      domainName,
      validation: acm.CertificateValidation.fromDns(zone),
    });
    certificate.applyRemovalPolicy(RemovalPolicy.DESTROY);
    const name = new apigatewayv2.DomainName(this, `Name-${domain}`, { domainName, certificate });
    new apigatewayv2.ApiMapping(this, `Mapping-${domain}`, { api, domainName: name });
    const { regionalDomainName, regionalHostedZoneId } = name;
    const target = new ApiGatewayv2DomainProperties(regionalDomainName, regionalHostedZoneId);
    const host = new route53.ARecord(this, `A-${domain}`, {
      zone,
      recordName: `${domainName}.`,
      target: route53.RecordTarget.fromAlias(target),
    });
    // Last: it says that there is a policy to fetch.
    new route53.TxtRecord(this, `Txt-${domain}`, {
      zone,
      recordName: `_${domainName}.`,
      values: [`v=STSv1; id=${policyId(text)}`],
      ttl: Duration.minutes(5),
    }).node.addDependency(host);
  }
}

function zoneOf(domain: string, hostedZones: readonly HostedZone[]): HostedZone | undefined {
  return hostedZones
    .filter(({ name }) => domain === name || domain.endsWith(`.${name}`))
    .toSorted((a, b) => b.name.length - a.name.length)[0];
}
