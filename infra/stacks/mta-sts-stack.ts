/** MTA-STS policies of domains: after the servers that they name, whose certificates are looked at before `enforce`. */
import { CustomResource, Stack, type StackProps } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { HostedZone } from '../configuration/configuration.ts';
import type { Server } from '../configuration/server/server.ts';
import { FunctionLog } from '../functions/function-log.ts';
import { PolicyHost } from '../mta-sts/policy-host.ts';
import { type MtaStsPolicy, mailServersOf, policyText } from '../mta-sts/policy-text.ts';

export interface MtaStsStackProps extends StackProps {
  readonly policy: MtaStsPolicy & { readonly domains: readonly string[] };
  readonly servers: readonly Server[];
  readonly hostedZones: readonly HostedZone[];
  /** The one that reaches port 25, in the VPC. */
  readonly probe: lambda.IFunction;
  /** Where servers of this region are knocked at from inside, by name. */
  readonly addresses: ReadonlyMap<string, string>;
  /** How long logs are kept. */
  readonly logRetention: logs.RetentionDays;
}

export class MtaStsStack extends Stack {
  constructor(scope: Construct, id: string, props: MtaStsStackProps) {
    super(scope, id, { description: 'Postern: MTA-STS policies', ...props });
    const { policy, servers, hostedZones, logRetention } = props;
    const policies = policy.domains.map((domain): [string, string] => {
      const hosts = mailServersOf(domain, servers).map((server) => server.policy.settings.hostname);
      return [domain, policyText(policy, hosts)];
    });
    const host = new PolicyHost(this, 'Host', { policies: new Map(policies), hostedZones, logRetention });
    if (policy.mode === 'enforce') host.node.addDependency(this.#verified(props));
  }

  /** Fails the deployment while a certificate does not verify: senders would then deliver nothing. */
  #verified({ policy, servers, probe, addresses, logRetention }: MtaStsStackProps): CustomResource {
    const named = new Set(policy.domains.flatMap((domain) => mailServersOf(domain, servers)));
    const targets = [...named].flatMap(({ name, policy: { settings } }) => {
      const host = addresses.get(name);
      return host === undefined ? [] : [target(name, host, settings.hostname)];
    });
    const framework = new FunctionLog(this, 'Framework', { retention: logRetention });
    const provider = new Provider(this, 'Provider', {
      onEventHandler: probe,
      logGroup: framework.logGroup,
      frameworkOnEventRole: framework.role,
    });
    acknowledge(provider, 'AwsSolutions-L1', 'The CDK chooses the runtime of its own function');
    const network = Stack.of(probe);
    const { 'Fn::ImportValue': arn } = network.resolve(network.exportValue(probe.functionArn));
    acknowledge(
      framework.role,
      `AwsSolutions-IAM5[Resource::${arn}:*]`,
      'The CDK lets its own function, which stands between CloudFormation and the probe, call each version of it',
    );
    return new CustomResource(this, 'Verified', {
      resourceType: 'Custom::PosternVerifiedCertificates',
      serviceToken: provider.serviceToken,
      properties: { Targets: this.toJsonString(targets) },
    });
  }
}

/** A door, as `functions/probe-servers` reads it. */
function target(server: string, host: string, name: string) {
  return { server, host, port: 25, tls: 'starttls', kind: 'inbound', name, way: 'private' };
}
