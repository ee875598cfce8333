/**
 * The tables. What people write and what happened outlives every deployment: retained, protected, and restorable to any
 * second. Counters are worth nothing an hour or a day later.
 */
import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

export class PolicyTables extends Construct {
  /** Settings, commands, domains and clients of each server; `server`, `item`. */
  readonly policy: dynamodb.Table;
  /** Who may log in; `user`. */
  readonly users: dynamodb.Table;
  /** What happened; `stream`, `at`, and by `session`. Items go when they expire. */
  readonly events: dynamodb.Table;
  /** Failed logins and sent messages; `counter`, `scope`. Items go when they expire. */
  readonly counters: dynamodb.Table;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.policy = this.#table('Policy', {
      partitionKey: text('server'),
      sortKey: text('item'),
      // With both images a reader can tell what an edit changed.
      stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
    });
    this.users = this.#table('Users', {
      partitionKey: text('user'),
      // `check-policy` tells of its changes. A reader sees verifiers: no other function reads it.
      stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
    });
    this.events = this.#table('Events', {
      partitionKey: text('stream'),
      sortKey: text('at'),
      timeToLiveAttribute: 'expiresAt',
    });
    this.events.addGlobalSecondaryIndex({ indexName: 'session', partitionKey: text('session'), sortKey: text('at') });
    this.counters = this.#table('Counters', {
      partitionKey: text('counter'),
      sortKey: text('scope'),
      timeToLiveAttribute: 'expiresAt',
      // Losing them ends lockouts and gives users the hour's and the day's limits anew; restoring them would bring
      // back what has long expired.
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: false },
      removalPolicy: RemovalPolicy.DESTROY,
      deletionProtection: false,
    });
    acknowledge(
      this.counters,
      'AwsSolutions-DDB3',
      'Counters expire within minutes or days, and a restored one would be wrong',
    );
  }

  #table(id: string, props: dynamodb.TableProps): dynamodb.Table {
    return new dynamodb.Table(this, id, {
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: dynamodb.TableEncryption.AWS_MANAGED,
      removalPolicy: RemovalPolicy.RETAIN,
      deletionProtection: true,
      ...props,
    });
  }
}

function text(name: string): dynamodb.Attribute {
  return { name, type: dynamodb.AttributeType.STRING };
}
