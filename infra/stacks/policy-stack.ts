/** What must not be lost: tables with the first items of each server, and the identities that SES has verified. */
import { CfnOutput, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { EventArchive } from '../archive/event-archive.ts';
import type { Configuration, HostedZone } from '../configuration/configuration.ts';
import type { Existing } from '../configuration/existing.ts';
import type { Server } from '../configuration/server/server.ts';
import type { DeploymentNames } from '../deployment-names.ts';
import { ZoneRecords } from '../dns/zone-records.ts';
import { HeldMail } from '../held/held-mail.ts';
import { PolicySeed } from '../policy/policy-seed.ts';
import { PolicyTables, type SharedTables } from '../policy/policy-tables.ts';
import { acknowledgeReplication } from '../policy/replication.ts';
import { recordLine, SesDomain } from '../policy/ses-domain.ts';

export interface PolicyStackProps extends StackProps {
  /** Published servers, whose first items are written. */
  readonly servers: readonly Pick<Server, 'name' | 'policy'>[];
  /** Domains that are verified in Amazon SES. */
  readonly sesDomains: readonly string[];
  /** Zones that records are written into. */
  readonly hostedZones: readonly HostedZone[];
  /** Tables of yours in place of those that are made. */
  readonly existingTables: Existing['tables'];
  /** Regions that get a replica of policy and users. */
  readonly replicaRegions: readonly string[];
  /** The tables of the first region, where this one has replicas of them. */
  readonly replicated?: SharedTables | undefined;
  readonly archive: Configuration['events'];
  readonly names: DeploymentNames;
  /** How long logs are kept. */
  readonly logRetention: logs.RetentionDays;
}

/** Domains whose records are in one output: a stack has 200. */
const DOMAINS_PER_OUTPUT = 10;

export class PolicyStack extends Stack {
  readonly tables: PolicyTables;
  readonly held: HeldMail;
  /** Absent where events are not archived. */
  readonly archive: EventArchive | undefined;

  constructor(scope: Construct, id: string, props: PolicyStackProps) {
    super(scope, id, { description: 'Postern: policy, users and events', ...props });
    const { servers, sesDomains, hostedZones, logRetention } = props;
    this.tables = new PolicyTables(this, 'Tables', {
      existing: props.existingTables,
      replicaRegions: props.replicaRegions,
      replicated: props.replicated,
    });
    if (props.replicaRegions.length > 0) acknowledgeReplication(this);
    // Whether they are imported now or not, so that a table of yours can take the place of one, and give it back.
    for (const value of this.tables.exported) this.exportValue(value);
    this.held = new HeldMail(this, 'Held');
    this.archive = this.#archive(props);
    new PolicySeed(this, 'Seed', { table: this.tables.policy, servers, logRetention });
    const domains = sesDomains.map((domain) => new SesDomain(this, `Ses-${domain}`, { domain }));
    const zones = new ZoneRecords(this, 'Zones', { hostedZones });
    zones.addAll(domains.flatMap(({ records }) => records));
    for (let at = 0; at < domains.length; at += DOMAINS_PER_OUTPUT) {
      const some = sesDomains.slice(at, at + DOMAINS_PER_OUTPUT).join(', ');
      const lines = domains.slice(at, at + DOMAINS_PER_OUTPUT).flatMap(({ records }) => records.map(recordLine));
      new CfnOutput(this, `SesRecords${at / DOMAINS_PER_OUTPUT + 1}`, {
        description: `DNS records to make: DKIM, MAIL FROM and SPF of ${some}`.slice(0, MOST_OF_A_DESCRIPTION),
        value: Fn.join('\n', lines),
      });
    }

    new CfnOutput(this, 'PolicyTable', { value: this.tables.policy.tableName });
    new CfnOutput(this, 'UsersTable', { value: this.tables.users.tableName });
    new CfnOutput(this, 'EventsTable', { value: this.tables.events.tableName });
    new CfnOutput(this, 'CountersTable', { value: this.tables.counters.tableName });
    new CfnOutput(this, 'HeldTable', { value: this.held.table.tableName });
    new CfnOutput(this, 'HeldBucket', { value: this.held.bucket.bucketName });
  }

  #archive({ archive, names, servers, logRetention }: PolicyStackProps): EventArchive | undefined {
    if (!archive.archive) return undefined;
    return new EventArchive(this, 'Archive', {
      servers: servers.map(({ name }) => name),
      days: archive.archiveDays,
      name: names.metrics.toLowerCase().replaceAll('-', '_'),
      logRetention,
    });
  }
}

/** Characters that CloudFormation takes. */
const MOST_OF_A_DESCRIPTION = 1024;
