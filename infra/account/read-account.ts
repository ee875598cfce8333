/** Reads an account by calls that change nothing. What the operator may not read is left out, and said. */
import * as z from 'zod';
import { INTERFACE_SERVICES } from '../configuration/network/aws-service.ts';
import type { AccountFacts } from './account-facts.ts';
import { aws } from './aws-cli.ts';

const STACK_TAG = 'aws:cloudformation:stack-name';
const FAILED = ['CREATE_FAILED', 'ROLLBACK_COMPLETE', 'ROLLBACK_FAILED'];

const zonesSchema = z.object({
  AvailabilityZones: z.array(z.object({ RegionName: z.string(), ZoneName: z.string(), ZoneId: z.string() })),
});
const endpointsSchema = z.object({
  ServiceDetails: z.array(z.object({ ServiceName: z.string(), AvailabilityZones: z.array(z.string()) })),
});
const addressesSchema = z.object({
  Addresses: z.array(z.object({ Tags: z.array(z.object({ Key: z.string(), Value: z.string() })).optional() })),
});
const quotaSchema = z.object({ Quota: z.object({ Value: z.number() }) });
const lambdaSchema = z.object({ AccountLimit: z.object({ ConcurrentExecutions: z.number() }) });
const sesSchema = z.object({ ProductionAccessEnabled: z.boolean() });
const identitiesSchema = z.object({ EmailIdentities: z.array(z.object({ IdentityName: z.string() })).optional() });
const stacksSchema = z.object({ Stacks: z.array(z.object({ StackName: z.string(), StackStatus: z.string() })) });

export interface AccountReading {
  readonly facts: AccountFacts;
  /** What could not be read, a line each. */
  readonly unread: readonly string[];
}

/** @param secrets names or ARNs to look for. @throws Error where not even the zones can be read */
export async function readAccount(secrets: readonly string[]): Promise<AccountReading> {
  const { AvailabilityZones } = zonesSchema.parse(await aws('ec2', 'describe-availability-zones'));
  const unread: string[] = [];
  const read = async <T>(schema: z.ZodType<T>, ...args: readonly string[]): Promise<T | undefined> => {
    try {
      return schema.parse(await aws(...args));
    } catch (error) {
      unread.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  const quota = async (service: string, code: string): Promise<number | undefined> => {
    const asked = ['get-service-quota', '--service-code', service, '--quota-code', code];
    return (await read(quotaSchema, 'service-quotas', ...asked))?.Quota.Value;
  };
  const [endpoints, addresses, elasticIps, loadBalancers, fargateVcpus, lambda, ses, identities, stacks, found] =
    await Promise.all([
      read(endpointsSchema, 'ec2', 'describe-vpc-endpoint-services'),
      read(addressesSchema, 'ec2', 'describe-addresses'),
      quota('ec2', 'L-0263D0A3'),
      quota('elasticloadbalancing', 'L-69A177A2'),
      quota('fargate', 'L-3032A538'),
      read(lambdaSchema, 'lambda', 'get-account-settings'),
      read(sesSchema, 'sesv2', 'get-account'),
      read(identitiesSchema, 'sesv2', 'list-email-identities'),
      read(stacksSchema, 'cloudformation', 'describe-stacks'),
      Promise.all(secrets.map(async (secret) => ({ secret, isThere: await isThere(secret, unread) }))),
    ]);
  const known = stacks?.Stacks.filter(({ StackName }) => /(^|-)Postern/.test(StackName)) ?? [];
  const facts: AccountFacts = {
    region: AvailabilityZones[0]?.RegionName ?? '',
    zones: AvailabilityZones.map(({ ZoneName, ZoneId }) => ({ name: ZoneName, id: ZoneId })),
    endpointZones: endpointZones(endpoints?.ServiceDetails ?? []),
    addresses: (addresses?.Addresses ?? []).map(({ Tags = [] }) => ({
      stack: Tags.find(({ Key }) => Key === STACK_TAG)?.Value,
    })),
    quotas: { elasticIps, loadBalancers, fargateVcpus, lambdaConcurrency: lambda?.AccountLimit.ConcurrentExecutions },
    secrets: new Set(found.filter(({ isThere: there }) => there).map(({ secret }) => secret)),
    sesIdentities: new Set(identities?.EmailIdentities?.map(({ IdentityName }) => IdentityName) ?? []),
    isSesSandbox: ses === undefined ? undefined : !ses.ProductionAccessEnabled,
    failedStacks: known.filter(({ StackStatus }) => FAILED.includes(StackStatus)).map(({ StackName }) => StackName),
    stacks: new Set(known.filter(({ StackStatus }) => !FAILED.includes(StackStatus)).map(({ StackName }) => StackName)),
  };
  return { facts, unread };
}

/** A secret that cannot be looked at counts as there: only what is known to lack is told. */
async function isThere(secret: string, unread: string[]): Promise<boolean> {
  try {
    await aws('secretsmanager', 'describe-secret', '--secret-id', secret);
    return true;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (text.includes('ResourceNotFoundException')) return false;
    unread.push(text);
    return true;
  }
}

/** Services by the last part of `com.amazonaws.REGION.ecr.api`; one that is not told of has no entry. */
function endpointZones(services: readonly { ServiceName: string; AvailabilityZones: readonly string[] }[]) {
  const zones = new Map<string, readonly string[]>();
  for (const { ServiceName, AvailabilityZones } of services) {
    const name = INTERFACE_SERVICES.find((service) => ServiceName.endsWith(`.${service}`));
    if (name !== undefined) zones.set(name, AvailabilityZones);
  }
  return zones;
}
