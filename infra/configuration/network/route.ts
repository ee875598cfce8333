/** One way from the private subnets of a VPC that is made to a network of yours. */
import * as z from 'zod';
import { strictObject } from '../strict-object.ts';

const THROUGH = /^(?:tgw|pcx|vgw|vpc)-[0-9a-f]{8,17}$/;
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/;

export const routeSchema = strictObject({
  to: z.cidrv4(),
  /**
   * A transit gateway, which the VPC is attached to; a VPC, which a peering is made with; or a peering or a virtual
   * private gateway that is there.
   */
  through: z.string().regex(THROUGH, { error: ({ input }) => `"${input}" is not tgw-…, vpc-…, pcx-… or vgw-…` }),
  /** The account of the other VPC, where it is not the deployment's own. */
  account: z
    .string()
    .regex(/^\d{12}$/, { error: ({ input }) => `"${input}" is not an account: 12 digits` })
    .optional(),
  region: z.string().min(1).optional(),
  /** Role in the other account that may accept the peering. */
  acceptRoleArn: z
    .string()
    .regex(ROLE_ARN, { error: ({ input }) => `"${input}" is not the ARN of a role` })
    .optional(),
}).superRefine(({ through, account, region, acceptRoleArn }, context) => {
  const isOwn = account === undefined && region === undefined && acceptRoleArn === undefined;
  if (through.startsWith('vpc-') || isOwn) return;
  context.addIssue({
    code: 'custom',
    message: 'account, region and acceptRoleArn go with a peering that is made: vpc-…',
  });
});

export type RouteConfiguration = z.output<typeof routeSchema>;
