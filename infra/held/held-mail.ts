/**
 * Where mail lies that a screening rule holds: content in a bucket, everything else in a table. Both outlive every
 * deployment: what a client was answered 250 for is nowhere else.
 */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { HELD_CONTENT_PREFIX, HOLD_CLASS_TAG, HOLD_CLASSES } from '../../policy/held.ts';
import { TABLE_SHAPES } from '../../policy/tables.ts';
import { acknowledge } from '../acknowledge.ts';
import { addIndex, shapeProps } from '../policy/table-keys.ts';

/** Days for which content outlives its time: the table drops an expired item within two. */
const MARGIN_DAYS = 7;
/** Days: holding begins with the first octet, so that an upload of yesterday is no one's. */
const UNFINISHED_DAYS = 1;

export class HeldMail extends Construct {
  /** Content, under `held/`. */
  readonly bucket: s3.IBucket;
  /** Envelope, rule and state. Items go when they expire. */
  readonly table: dynamodb.ITable;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = this.#makeBucket();
    this.table = this.#makeTable();
  }

  #makeBucket(): s3.Bucket {
    const bucket = new s3.Bucket(this, 'Content', {
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: HOLD_CLASSES.map((days) => ({
        id: `held-${days}-days`,
        prefix: HELD_CONTENT_PREFIX,
        tagFilters: { [HOLD_CLASS_TAG]: String(days) },
        expiration: Duration.days(days + MARGIN_DAYS),
      })),
    });
    bucket.addLifecycleRule({
      id: 'unfinished',
      abortIncompleteMultipartUploadAfter: Duration.days(UNFINISHED_DAYS),
    });
    acknowledge(bucket, 'AwsSolutions-S1', 'Each look at held mail is an event of its own, with who looked');
    return bucket;
  }

  #makeTable(): dynamodb.Table {
    const table = new dynamodb.Table(this, 'Table', {
      ...shapeProps(TABLE_SHAPES.held),
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: dynamodb.TableEncryption.AWS_MANAGED,
      removalPolicy: RemovalPolicy.RETAIN,
      deletionProtection: true,
    });
    addIndex(table, TABLE_SHAPES.held);
    return table;
  }
}
