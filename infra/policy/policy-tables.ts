/** The three tables. Their items outlive every deployment: retained, protected, and restorable to any second. */
import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';

export class PolicyTables extends Construct {
  /** Settings, commands, domains and clients of each server; `server`, `item`. */
  readonly policy: dynamodb.Table;
  /** Who may log in; `user`. */
  readonly users: dynamodb.Table;
  /** What happened; `stream`, `at`, and by `session`. Items go when they expire. */
  readonly events: dynamodb.Table;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.policy = this.#table('Policy', {
      partitionKey: text('server'),
      sortKey: text('item'),
      // With both images a reader can tell what an edit changed.
      stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
    });
    this.users = this.#table('Users', { partitionKey: text('user') });
    this.events = this.#table('Events', {
      partitionKey: text('stream'),
      sortKey: text('at'),
      timeToLiveAttribute: 'expiresAt',
    });
    this.events.addGlobalSecondaryIndex({ indexName: 'session', partitionKey: text('session'), sortKey: text('at') });
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
