/** The network that the servers' tasks stand in. */
import * as z from 'zod';
import { strictObject } from './strict-object.ts';

function idOf(kind: string) {
  const form = new RegExp(`^${kind}-[0-9a-f]{8,17}$`);
  return z.string().regex(form, { error: ({ input }) => `"${input}" is not an id of the form ${kind}-…` });
}

/** A VPC of yours. Lists run in the order of `zoneNames`. */
const importedVpcSchema = strictObject({
  id: idOf('vpc'),
  zoneNames: z.array(z.string().min(1)).min(1),
  publicSubnetIds: z.array(idOf('subnet')).default([]),
  privateSubnetIds: z.array(idOf('subnet')).min(1),
  /** Route tables of the private subnets; `endpoints` adds its gateway endpoints to them. */
  privateRouteTableIds: z.array(idOf('rtb')).optional(),
}).superRefine((vpc, context) => {
  const wrong = (field: 'publicSubnetIds' | 'privateSubnetIds' | 'privateRouteTableIds', count: number): void => {
    const message = `has ${count} where zoneNames has ${vpc.zoneNames.length}: one a zone`;
    if (count !== vpc.zoneNames.length) context.addIssue({ code: 'custom', path: [field], message });
  };
  wrong('privateSubnetIds', vpc.privateSubnetIds.length);
  if (vpc.publicSubnetIds.length > 0) wrong('publicSubnetIds', vpc.publicSubnetIds.length);
  if (vpc.privateRouteTableIds !== undefined) wrong('privateRouteTableIds', vpc.privateRouteTableIds.length);
});

export const networkSchema = strictObject({
  /** How tasks reach AWS: VPC endpoints and no other way out, or NAT. */
  outbound: z.enum(['endpoints', 'nat']).default('endpoints'),
  /** Of a VPC that is made. */
  cidr: z.cidrv4().default('10.0.0.0/16'),
  /** Zones of a VPC that is made, by name; needed where not every zone has every endpoint. */
  zoneNames: z.array(z.string().min(1)).min(2).max(3).optional(),
  vpc: importedVpcSchema.optional(),
})
  .superRefine(({ outbound, vpc }, context) => {
    if (outbound !== 'endpoints' || vpc === undefined || vpc.privateRouteTableIds !== undefined) return;
    const message = 'is missing: outbound "endpoints" adds its gateway endpoints to these route tables';
    context.addIssue({ code: 'custom', path: ['vpc', 'privateRouteTableIds'], message });
  })
  .prefault({});

export type NetworkConfiguration = z.output<typeof networkSchema>;
export type ImportedVpc = z.output<typeof importedVpcSchema>;

/** Zones of a VPC that is made without `zoneNames`; a stack that knows no account can use no more. */
export const DEFAULT_ZONES = 2;

export function zoneCount({ vpc, zoneNames }: NetworkConfiguration): number {
  return vpc?.zoneNames.length ?? zoneNames?.length ?? DEFAULT_ZONES;
}
