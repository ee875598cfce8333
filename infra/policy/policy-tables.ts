/**
 * The tables. What people write and what happened outlives every deployment: retained, protected, and restorable to any
 * second. Counters are worth nothing an hour or a day later.
 */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { TABLE_SHAPES, type TableKind } from '../../policy/tables.ts';
import { acknowledge } from '../acknowledge.ts';
import type { Existing } from '../configuration/existing.ts';
import { addIndex, shapeProps } from './table-keys.ts';

/** The tables that replicas share. */
export type SharedTables = Pick<PolicyTables, 'policy' | 'users'>;

export interface PolicyTablesProps {
  /** Regions that get a replica of policy and users. */
  readonly replicaRegions?: readonly string[];
  /** The tables of the first region, whose replicas these are. @default none: the tables are made */
  readonly replicated?: SharedTables | undefined;
  /** Tables of yours in place of those that are made. */
  readonly existing: Existing['tables'];
}

/**
 * Tables are made even where one of yours takes the place: other stacks import them, and could not let go of them in the
 * same deployment. An empty one costs nothing.
 */
export class PolicyTables extends Construct {
  /** Settings, commands, domains and clients of each server. */
  readonly policy: dynamodb.ITable;
  /** Who may log in. */
  readonly users: dynamodb.ITable;
  /** What happened. Items go when they expire. */
  readonly events: dynamodb.ITable;
  /** Failed logins and sent messages. Items go when they expire. */
  readonly counters: dynamodb.ITable;
  /** What other stacks may import of the tables that are made. */
  readonly exported: readonly string[];

  readonly #regions: readonly string[];

  constructor(scope: Construct, id: string, { existing, replicaRegions = [], replicated }: PolicyTablesProps) {
    super(scope, id);
    this.#regions = replicaRegions;
    if (replicated !== undefined) {
      this.policy = this.#replica('Policy', replicated.policy);
      this.users = this.#replica('Users', replicated.users);
      this.events = this.#eventsTable();
      this.counters = this.#countersTable();
      this.exported = [this.events, this.counters].flatMap(({ tableArn, tableName }) => [tableArn, tableName]);
      return;
    }
    const policy = this.#policyTable();
    const users = this.#usersTable();
    const events = this.#eventsTable();
    const counters = this.#countersTable();
    this.policy = this.#existing('Policy', existing.policy) ?? policy;
    this.users = this.#existing('Users', existing.users) ?? users;
    this.events = this.#existing('Events', existing.events) ?? events;
    this.counters = this.#existing('Counters', existing.counters) ?? counters;
    const names = [policy, users, events, counters].flatMap(({ tableArn, tableName }) => [tableArn, tableName]);
    this.exported = [...names, ...[policy.tableStreamArn ?? [], users.tableStreamArn ?? []].flat()];
  }

  #existing(id: string, table: { arn: string; streamArn?: string } | undefined): dynamodb.ITable | undefined {
    if (table === undefined) return undefined;
    const { arn: tableArn, streamArn: tableStreamArn } = table;
    return dynamodb.Table.fromTableAttributes(this, `Existing${id}`, { tableArn, tableStreamArn });
  }

  /** The table of the same name in the region of this stack. */
  #replica(id: string, { tableName }: dynamodb.ITable): dynamodb.ITable {
    const arn = Stack.of(this).formatArn({ service: 'dynamodb', resource: 'table', resourceName: tableName });
    return dynamodb.Table.fromTableArn(this, id, arn);
  }

  #policyTable(): dynamodb.Table {
    return this.#table('Policy', 'policy', {
      ...this.#replication(),
      // With both images a reader can tell what an edit changed.
      stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
    });
  }

  #usersTable(): dynamodb.Table {
    return this.#table('Users', 'users', {
      ...this.#replication(),
      // `check-policy` tells of its changes. A reader sees verifiers: no other function reads it.
      stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
    });
  }

  #eventsTable(): dynamodb.Table {
    return this.#table('Events', 'events');
  }

  #countersTable(): dynamodb.Table {
    const table = this.#table('Counters', 'counters', {
      // Losing them ends lockouts and gives users the hour's and the day's limits anew; restoring them would bring
      // back what has long expired.
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: false },
      removalPolicy: RemovalPolicy.DESTROY,
      deletionProtection: false,
    });
    acknowledge(
      table,
      'AwsSolutions-DDB3',
      'Counters expire within minutes or days, and a restored one would be wrong',
    );
    return table;
  }

  #replication(): Pick<dynamodb.TableProps, 'replicationRegions'> {
    return this.#regions.length === 0 ? {} : { replicationRegions: [...this.#regions] };
  }

  #table(id: string, kind: TableKind, props: Partial<dynamodb.TableProps> = {}): dynamodb.Table {
    const table = new dynamodb.Table(this, id, {
      ...shapeProps(TABLE_SHAPES[kind]),
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: dynamodb.TableEncryption.AWS_MANAGED,
      removalPolicy: RemovalPolicy.RETAIN,
      deletionProtection: true,
      ...props,
    });
    addIndex(table, TABLE_SHAPES[kind]);
    return table;
  }
}
