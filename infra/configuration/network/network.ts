/** The network that the servers' tasks stand in. */
import { isIPv4 } from 'node:net';
import * as z from 'zod';
import { strictObject } from '../strict-object.ts';
import { awsServiceSchema, isInterface } from './aws-service.ts';
import { importedVpcSchema } from './imported-vpc.ts';
import { resourceId } from './resource-id.ts';
import { routeSchema } from './route.ts';

/** Prefix lengths of a VPC that is made: EC2 allows no wider one, and three zones need subnets of /26 and /28 at least. */
const WIDEST = 16;
const NARROWEST = 24;

const cidrSchema = z.cidrv4().refine((cidr) => prefixOf(cidr) >= WIDEST && prefixOf(cidr) <= NARROWEST, {
  error: ({ input }) => `"${input}" is not of a size that can be divided into subnets: /${WIDEST} to /${NARROWEST}`,
});

const existingEndpointsSchema = strictObject({
  /** Services that the VPC has endpoints of already: none is made for them. */
  existing: z.array(awsServiceSchema).default([]),
  /** Security groups of those that are interface endpoints; tasks are let into them. */
  securityGroupIds: z.array(resourceId('sg')).max(5).default([]),
}).prefault({});

export const networkSchema = strictObject({
  /**
   * How tasks reach AWS: VPC endpoints and no other way out, or NAT. The mode with both is for next hops with public
   * addresses, and for the way from one mode to the other.
   */
  outbound: z.enum(['endpoints', 'endpoints-and-nat', 'nat']).default('endpoints'),
  /** The address range of a VPC that is made. */
  cidr: cidrSchema.default('10.0.0.0/16'),
  /** Zones of a VPC that is made, by name; needed where not every zone has every endpoint. */
  zoneNames: z.array(z.string().min(1)).min(2).max(3).optional(),
  vpc: importedVpcSchema.optional(),
  /** Endpoints that a VPC of yours has already. */
  endpoints: existingEndpointsSchema,
  /** Name servers of the VPC's DHCP options, where they are not the VPC's own resolver. */
  resolvers: z
    .array(z.string().refine((text) => isIPv4(text), { error: ({ input }) => `"${input}" is not an IPv4 address` }))
    .default([]),
  /** Ways from the private subnets of a VPC that is made to networks of yours. */
  routes: z.array(routeSchema).default([]),
})
  .superRefine((network, context) => {
    const { outbound, vpc, endpoints, routes } = network;
    const report = (path: readonly string[], message: string): void => {
      context.addIssue({ code: 'custom', path: [...path], message });
    };
    const makesGateways = outbound !== 'nat' && !['s3', 'dynamodb'].every((name) => hasAlready(network, name));
    if (vpc !== undefined && makesGateways && vpc.privateRouteTableIds === undefined) {
      report(
        ['vpc', 'privateRouteTableIds'],
        `is missing: outbound "${outbound}" adds its gateway endpoints to these route tables`,
      );
    }
    if (vpc === undefined && endpoints.existing.length > 0)
      report(['endpoints'], 'existing ones are in a vpc of yours');
    if (vpc !== undefined && routes.length > 0) report(['routes'], 'of a vpc of yours are yours to make');
    if (endpoints.existing.some(isInterface) && endpoints.securityGroupIds.length === 0) {
      report(['endpoints', 'securityGroupIds'], 'is missing: the groups of the interface endpoints that exist');
    }
  })
  .prefault({});

export type NetworkConfiguration = z.output<typeof networkSchema>;

/** Zones of a VPC that is made without `zoneNames`; a stack that knows no account can use no more. */
export const DEFAULT_ZONES = 2;

export function zoneCount({ vpc, zoneNames }: NetworkConfiguration): number {
  return vpc?.zoneNames.length ?? zoneNames?.length ?? DEFAULT_ZONES;
}

export function usesEndpoints({ outbound }: NetworkConfiguration): boolean {
  return outbound !== 'nat';
}

/** Whether the deployment makes NAT gateways: the way out of a VPC of yours is yours. */
export function makesNat({ outbound, vpc }: NetworkConfiguration): boolean {
  return outbound !== 'endpoints' && vpc === undefined;
}

export function prefixOf(cidr: string): number {
  return Number(cidr.split('/')[1]);
}

function hasAlready({ endpoints }: { endpoints: { existing: readonly string[] } }, service: string): boolean {
  return endpoints.existing.includes(service);
}
