/** What in an account would stop a deployment, or surprise after it. Pure: facts and a configuration in, findings out. */
import type { Configuration } from '../configuration/configuration.ts';
import { INTERFACE_SERVICES } from '../configuration/network/aws-service.ts';
import { usesEndpoints, zoneCount } from '../configuration/network/network.ts';
import { elasticIps } from '../configuration/warnings.ts';
import { deploymentNames } from '../deployment-names.ts';
import type { AccountFacts, Zone } from './account-facts.ts';

export interface Finding {
  /** `stops`: the deployment fails. `surprises`: it does not, and something else may. */
  readonly kind: 'stops' | 'surprises';
  readonly text: string;
}

/** Zones with Fargate, where not every zone of the region has it (ECS guide, AWS Fargate Regions). */
const FARGATE_ZONES: Readonly<Record<string, readonly string[]>> = {
  'us-west-1': ['usw1-az1', 'usw1-az3'],
  'ap-northeast-1': ['apne1-az1', 'apne1-az2', 'apne1-az4'],
  'cn-north-1': ['cnn1-az1', 'cnn1-az2'],
};
/** Executions that Lambda keeps for functions without any of their own. */
const UNRESERVED = 100;

export function judgeAccount(configuration: Configuration, facts: AccountFacts): readonly Finding[] {
  return [
    ...judgeZones(configuration, facts),
    ...judgeAddresses(configuration, facts),
    ...judgeQuotas(configuration, facts),
    ...judgeSecrets(configuration, facts),
    ...judgeSes(configuration, facts),
    ...facts.failedStacks.map((stack) =>
      stops(`${stack} failed at its first deployment: npm run deploy takes it away and begins anew`),
    ),
  ];
}

function judgeZones({ network, servers }: Configuration, { region, zones, endpointZones }: AccountFacts): Finding[] {
  const names = network.vpc?.zoneNames ?? network.zoneNames;
  const taken =
    names === undefined ? zones.slice(0, zoneCount(network)) : zones.filter(({ name }) => names.includes(name));
  const unknown = (names ?? []).filter((name) => zones.every((zone) => zone.name !== name));
  const findings = unknown.map((name) => stops(`${name} is no zone of ${region} in this account`));
  const unused = [
    ...(servers.some(({ ses }) => ses) ? [] : ['email']),
    ...(servers.some(({ tasks }) => tasks.exec) ? [] : ['ssmmessages']),
    ...network.endpoints.existing,
  ];
  const needed = usesEndpoints(network) ? INTERFACE_SERVICES.filter((service) => !unused.includes(service)) : [];
  const lacks = (zone: Zone): readonly string[] => {
    const endpoints = needed.filter((service) => endpointZones.get(service)?.includes(zone.name) === false);
    const hasFargate = FARGATE_ZONES[region]?.includes(zone.id) ?? true;
    return [...endpoints.map((service) => `an endpoint for ${service}`), ...(hasFargate ? [] : ['Fargate'])];
  };
  const whole = zones.filter((zone) => lacks(zone).length === 0).map(({ name }) => name);
  for (const zone of taken) {
    const missing = lacks(zone);
    if (missing.length === 0) continue;
    const hint = network.vpc === undefined ? `: name two of ${whole.join(', ')} in network.zoneNames` : '';
    findings.push(stops(`${zone.name} (${zone.id}) has not ${missing.join(', ')}${hint}`));
  }
  return findings;
}

function judgeAddresses(configuration: Configuration, { addresses, quotas }: AccountFacts): Finding[] {
  const { stack: stackOf } = deploymentNames(configuration.name);
  const own = [stackOf('Network'), ...configuration.servers.map(({ name }) => stackOf(`Server-${name}`))];
  const others = addresses.filter(({ stack }) => stack === undefined || !own.includes(stack)).length;
  // Those of yours are there already, whoever they belong to.
  const given = configuration.servers.reduce((sum, { allocationIds = [] }) => sum + allocationIds.length, 0);
  const needed = elasticIps(configuration) - given;
  const findings: Finding[] = [];
  if (quotas.elasticIps !== undefined && others + needed > quotas.elasticIps) {
    findings.push(
      stops(
        `${needed} Elastic IPs are needed and ${others} are in use by others, the quota is ${quotas.elasticIps}: ` +
          'ask for more (Service Quotas, EC2-VPC Elastic IPs)',
      ),
    );
  }
  for (const { name, zones, allocationIds } of configuration.servers) {
    const held = addresses.filter(({ stack }) => stack === stackOf(`Server-${name}`)).length;
    if (allocationIds === undefined && held > zones) {
      findings.push({
        kind: 'surprises',
        text: `${name} has ${held} addresses and would have ${zones}: write out zones, or take the others from DNS first`,
      });
    }
  }
  return findings;
}

function judgeQuotas({ servers, functions, name }: Configuration, { quotas, stacks }: AccountFacts): Finding[] {
  const findings: Finding[] = [];
  const { stack: stackOf } = deploymentNames(name);
  const added = servers.filter((server) => !stacks.has(stackOf(`Server-${server.name}`)));
  if (quotas.loadBalancers !== undefined && servers.length > quotas.loadBalancers) {
    findings.push(stops(`${servers.length} load balancers are needed, the quota is ${quotas.loadBalancers}`));
  }
  // Twice as many stand while a deployment replaces them.
  const vcpus =
    servers.reduce((sum, { tasks }) => sum + (tasks.min * tasks.cpu) / 1024, 0) * (added.length > 0 ? 1 : 2);
  if (quotas.fargateVcpus !== undefined && vcpus > quotas.fargateVcpus) {
    findings.push(stops(`tasks need ${vcpus} vCPUs of Fargate, the quota is ${quotas.fargateVcpus}`));
  }
  const reserved = Object.values(functions.reservedConcurrency).reduce((sum, count) => sum + (count ?? 0), 0);
  const { lambdaConcurrency } = quotas;
  if (lambdaConcurrency !== undefined && reserved > 0 && reserved + UNRESERVED > lambdaConcurrency) {
    findings.push(
      stops(`functions reserve ${reserved} executions, and ${UNRESERVED} of ${lambdaConcurrency} must stay unreserved`),
    );
  }
  if (lambdaConcurrency !== undefined && lambdaConcurrency < UNRESERVED) {
    findings.push({
      kind: 'surprises',
      text: `Lambda runs ${lambdaConcurrency} executions at once, enough for a handful of clients: ask for 1,000`,
    });
  }
  return findings;
}

function judgeSecrets({ servers }: Configuration, { secrets, region }: AccountFacts): Finding[] {
  // A certificate that the deployment has made needs no secret of yours.
  return servers.flatMap(({ name, certificateSecret }) =>
    certificateSecret === undefined || secrets.has(certificateSecret)
      ? []
      : [stops(`${name}: there is no secret ${certificateSecret} in ${region}, and no task starts without`)],
  );
}

function judgeSes(configuration: Configuration, { sesIdentities, isSesSandbox, stacks }: AccountFacts): Finding[] {
  const { sesDomains, servers, name } = configuration;
  const isFirst = !stacks.has(deploymentNames(name).stack('Policy'));
  const findings = sesDomains
    .filter((domain) => isFirst && sesIdentities.has(domain))
    .map((domain) => stops(`${domain} is an identity of SES already: leave it out of sesDomains`));
  if (isSesSandbox === true && servers.some(({ ses }) => ses)) {
    const text = 'SES is in its sandbox: mail goes to verified addresses alone, 200 a day (docs/deploy.md, Amazon SES)';
    findings.push({ kind: 'surprises', text });
  }
  return findings;
}

function stops(text: string): Finding {
  return { kind: 'stops', text };
}
