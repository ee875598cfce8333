/** Says beside a construct why a rule of cdk-nag does not hold for it. */
import { Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

export function acknowledge(construct: Construct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id, reason });
}
