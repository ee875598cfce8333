/** What a published server needs to know of the network that it stands in. */
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as lambda from 'aws-cdk-lib/aws-lambda';

export interface EdgeNetwork {
  readonly vpc: ec2.IVpc;
  /** One a zone, with a way to the internet; load balancers with Elastic IPs stand here. */
  readonly publicSubnets: readonly ec2.ISubnet[];
  /** One a zone, without; tasks stand here. */
  readonly privateSubnets: readonly ec2.ISubnet[];
  /** Who answers for AWS on port 443. */
  readonly awsPeers: readonly AwsPeer[];
  /** Groups of interface endpoints that were there before: each server lets itself in. */
  readonly existingEndpointGroupIds: readonly string[];
  /** Knocks at load balancers by their private addresses. */
  readonly probe: lambda.IFunction;
  readonly probeSecurityGroup: ec2.ISecurityGroup;
  /** Name servers, where they are not the VPC's own resolver. */
  readonly resolvers: readonly string[];
}

export interface AwsPeer {
  readonly peer: ec2.IPeer;
  /** Becomes the description of the rule. */
  readonly what: string;
}

/** Where tasks stand: with NAT the CDK calls these subnets private, without it isolated. */
export function taskSubnetsOf({ privateSubnets, isolatedSubnets }: ec2.IVpc): readonly ec2.ISubnet[] {
  return privateSubnets.length > 0 ? privateSubnets : isolatedSubnets;
}
