/** A VPC of yours. Lists run in the order of `zoneNames`. */
import * as z from 'zod';
import { strictObject } from '../strict-object.ts';
import { resourceId } from './resource-id.ts';

/** RFC 1918 and RFC 6598: where nothing is said, everything that can be inside of a VPC. */
const PRIVATE_NETWORKS = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'];

export const importedVpcSchema = strictObject({
  id: resourceId('vpc'),
  zoneNames: z.array(z.string().min(1)).min(1),
  publicSubnetIds: z.array(resourceId('subnet')).default([]),
  privateSubnetIds: z.array(resourceId('subnet')).min(1),
  /** Route tables of the private subnets; `endpoints` adds its gateway endpoints to them. */
  privateRouteTableIds: z.array(resourceId('rtb')).optional(),
  /**
   * Networks of the VPC. Once an endpoint is there, everything in the VPC reaches its service through it: all of these
   * are let in.
   */
  cidrs: z.array(z.cidrv4()).min(1).default(PRIVATE_NETWORKS),
}).superRefine((vpc, context) => {
  const wrong = (field: 'publicSubnetIds' | 'privateSubnetIds' | 'privateRouteTableIds', count: number): void => {
    const message = `has ${count} where zoneNames has ${vpc.zoneNames.length}: one a zone`;
    if (count !== vpc.zoneNames.length) context.addIssue({ code: 'custom', path: [field], message });
  };
  wrong('privateSubnetIds', vpc.privateSubnetIds.length);
  if (vpc.publicSubnetIds.length > 0) wrong('publicSubnetIds', vpc.publicSubnetIds.length);
  if (vpc.privateRouteTableIds !== undefined) wrong('privateRouteTableIds', vpc.privateRouteTableIds.length);
});

export type ImportedVpc = z.output<typeof importedVpcSchema>;
