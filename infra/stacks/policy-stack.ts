/** What must not be lost: tables with the first items of each server, and the identities that SES has verified. */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Server } from '../configuration/server.ts';
import { PolicySeed } from '../policy/policy-seed.ts';
import { PolicyTables } from '../policy/policy-tables.ts';
import { SesDomain } from '../policy/ses-domain.ts';

export interface PolicyStackProps extends StackProps {
  /** Published servers, whose first items are written. */
  readonly servers: readonly Pick<Server, 'name' | 'policy'>[];
  /** Domains that are verified in Amazon SES. */
  readonly sesDomains: readonly string[];
  /** How long logs are kept. */
  readonly logRetention: logs.RetentionDays;
}

export class PolicyStack extends Stack {
  readonly tables: PolicyTables;
  /** ARNs of the identities of `sesDomains`. */
  readonly sesIdentityArns: readonly string[];

  constructor(scope: Construct, id: string, props: PolicyStackProps) {
    super(scope, id, { description: 'Postern: policy, users and events', ...props });
    const { servers, sesDomains, logRetention } = props;
    this.tables = new PolicyTables(this, 'Tables');
    new PolicySeed(this, 'Seed', { table: this.tables.policy, servers, logRetention });
    this.sesIdentityArns = sesDomains.map((domain) => new SesDomain(this, `Ses-${domain}`, { domain }).identityArn);

    new CfnOutput(this, 'PolicyTable', { value: this.tables.policy.tableName });
    new CfnOutput(this, 'UsersTable', { value: this.tables.users.tableName });
    new CfnOutput(this, 'EventsTable', { value: this.tables.events.tableName });
    new CfnOutput(this, 'CountersTable', { value: this.tables.counters.tableName });
  }
}
