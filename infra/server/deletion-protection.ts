/**
 * A load balancer that no one deletes by mistake. Set when all else of the server stands: one that was protected from its
 * first moment could not be taken back by a first deployment that fails, and the next one would find it in its way.
 */
import { Stack } from 'aws-cdk-lib';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import {
  AwsCustomResource,
  AwsCustomResourcePolicy,
  type AwsSdkCall,
  PhysicalResourceId,
} from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { sdkCalls } from '../functions/sdk-calls.ts';

export interface DeletionProtectionProps {
  readonly loadBalancer: elbv2.NetworkLoadBalancer;
  /** How long the log is kept. */
  readonly logRetention: logs.RetentionDays;
}

export class DeletionProtection extends Construct {
  constructor(scope: Construct, id: string, { loadBalancer, logRetention }: DeletionProtectionProps) {
    super(scope, id);
    const { logGroup, role } = sdkCalls(this, logRetention);
    const { loadBalancerArn } = loadBalancer;
    const set = (isProtected: boolean): AwsSdkCall => ({
      service: 'ELBv2',
      action: 'ModifyLoadBalancerAttributes',
      parameters: {
        LoadBalancerArn: loadBalancerArn,
        Attributes: [{ Key: 'deletion_protection.enabled', Value: String(isProtected) }],
      },
      physicalResourceId: PhysicalResourceId.of('deletion-protection'),
    });
    new AwsCustomResource(this, 'Set', {
      resourceType: 'Custom::PosternDeletionProtection',
      onUpdate: set(true),
      // The stack itself is protected; whoever took that away means it.
      onDelete: set(false),
      policy: AwsCustomResourcePolicy.fromStatements([
        new iam.PolicyStatement({
          actions: ['elasticloadbalancing:ModifyLoadBalancerAttributes'],
          resources: [loadBalancerArn],
        }),
      ]),
      installLatestAwsSdk: false,
      logGroup,
      role,
    });
    // Everything else of the stack before it, and after it when the stack goes.
    for (const sibling of Stack.of(this).node.children) {
      if (sibling !== this && !isShared(sibling.node.id)) this.node.addDependency(sibling);
    }
  }
}

/** The function that makes calls for custom resources is a child of the stack, and what this depends on anyway. */
function isShared(id: string): boolean {
  return id.startsWith('AWS');
}
