/**
 * The archive of events: Amazon Data Firehose writes them to S3 as lines of JSON, compressed, a folder a server and day; a
 * table of Glue and a workgroup of Athena to ask them. It outlives every deployment.
 */
import { Aws, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as athena from 'aws-cdk-lib/aws-athena';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { archiveColumns } from './columns.ts';
import { TRACE_QUERY } from './trace-query.ts';

export interface EventArchiveProps {
  /** Names of the published servers: folders in which Athena looks. */
  readonly servers: readonly string[];
  /** Days after which an event goes. */
  readonly days: number;
  /** Beginning of the names of what Athena knows; letters, digits and underscores. */
  readonly name: string;
  /** How long the log of failed deliveries is kept. */
  readonly logRetention: logs.RetentionDays;
}

const EVENTS = 'events/';
const FAILED = 'failed/';
const RESULTS = 'results/';
/** Days that answers of Athena, and what could not be written, are kept. */
const RESULT_DAYS = 7;
const FAILED_DAYS = 90;
/** MB, the least with folders by content, and seconds: an event is found some 15 minutes after it was reported. */
const BUFFER = { sizeInMBs: 64, intervalInSeconds: 900 };
/** Octets of one query's reading: a hundred million events or so. */
const MOST_SCANNED_OCTETS = 107_374_182_400;

export class EventArchive extends Construct {
  readonly bucket: s3.Bucket;
  /** Known by rule, so that no stack imports it: the archive can be given up in one deployment. */
  readonly streamName: string;

  constructor(scope: Construct, id: string, props: EventArchiveProps) {
    super(scope, id);
    this.bucket = this.#bucket(props.days);
    this.streamName = `${props.name}-events`;
    this.#stream(props.logRetention);
    const database = `${props.name}_events`;
    const table = this.#table(database, props.servers);
    const workgroup = this.#workgroup(props.name);
    const query = new athena.CfnNamedQuery(this, 'Trace', {
      database,
      name: 'trace',
      description: 'What became of messages to a recipient',
      queryString: TRACE_QUERY,
      workGroup: workgroup.name,
    });
    query.addResourceDependency(workgroup);
    query.addResourceDependency(table);
    new CfnOutput(this, 'Bucket', { description: 'Archive of events', value: this.bucket.bucketName });
    new CfnOutput(this, 'Workgroup', { description: 'Workgroup of Athena for them', value: workgroup.name });
  }

  #bucket(days: number): s3.Bucket {
    const bucket = new s3.Bucket(this, 'Events', {
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        { id: 'events', prefix: EVENTS, expiration: Duration.days(days) },
        { id: 'failed', prefix: FAILED, expiration: Duration.days(FAILED_DAYS) },
        { id: 'results', prefix: RESULTS, expiration: Duration.days(RESULT_DAYS) },
        { id: 'unfinished', abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
    acknowledge(bucket, 'AwsSolutions-S1', 'Events are read by people of the account, whose calls CloudTrail knows');
    return bucket;
  }

  #stream(retention: logs.RetentionDays): void {
    const log = new logs.LogGroup(this, 'Log', { retention, removalPolicy: RemovalPolicy.DESTROY });
    const logStream = new logs.LogStream(this, 'LogStream', { logGroup: log, removalPolicy: RemovalPolicy.DESTROY });
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('firehose.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    });
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
        resources: [EVENTS, FAILED].map((prefix) => this.bucket.arnForObjects(`${prefix}*`)),
      }),
    );
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
        resources: [this.bucket.bucketArn],
      }),
    );
    log.grantWrite(role);
    const bucketId = Stack.of(this).getLogicalId(this.bucket.node.defaultChild as s3.CfnBucket);
    for (const prefix of [EVENTS, FAILED]) {
      const resource = `Resource::<${bucketId}.Arn>/${prefix}*`;
      acknowledge(role, `AwsSolutions-IAM5[${resource}]`, 'An object has a name of its own');
    }
    const stream = new firehose.CfnDeliveryStream(this, 'Stream', {
      deliveryStreamName: this.streamName,
      deliveryStreamType: 'DirectPut',
      deliveryStreamEncryptionConfigurationInput: { keyType: 'AWS_OWNED_CMK' },
      extendedS3DestinationConfiguration: {
        bucketArn: this.bucket.bucketArn,
        roleArn: role.roleArn,
        bufferingHints: BUFFER,
        compressionFormat: 'GZIP',
        dynamicPartitioningConfiguration: { enabled: true, retryOptions: { durationInSeconds: 300 } },
        prefix: `${EVENTS}server=!{partitionKeyFromQuery:server}/day=!{partitionKeyFromQuery:day}/`,
        errorOutputPrefix: `${FAILED}!{firehose:error-output-type}/!{timestamp:yyyy-MM-dd}/`,
        processingConfiguration: { enabled: true, processors: [...PROCESSORS] },
        cloudWatchLoggingOptions: {
          enabled: true,
          logGroupName: log.logGroupName,
          logStreamName: logStream.logStreamName,
        },
      },
    });
    // Its rights first: a stream that is made without them fails.
    stream.node.addDependency(role);
  }

  #table(database: string, servers: readonly string[]): glue.CfnTable {
    const made = new glue.CfnDatabase(this, 'Database', {
      catalogId: Aws.ACCOUNT_ID,
      databaseInput: { name: database, description: 'Events of Postern' },
    });
    const location = `s3://${this.bucket.bucketName}/${EVENTS}`;
    const table = new glue.CfnTable(this, 'Table', {
      catalogId: Aws.ACCOUNT_ID,
      databaseName: database,
      tableInput: {
        name: 'events',
        tableType: 'EXTERNAL_TABLE',
        partitionKeys: [
          { name: 'server', type: 'string' },
          { name: 'day', type: 'string' },
        ],
        // Athena knows the folders by rule: none has to be told of to Glue.
        parameters: {
          EXTERNAL: 'TRUE',
          classification: 'json',
          'projection.enabled': 'true',
          'projection.server.type': 'enum',
          'projection.server.values': servers.join(','),
          'projection.day.type': 'date',
          'projection.day.format': 'yyyy-MM-dd',
          'projection.day.range': '2026-01-01,NOW+1DAYS',
          'storage.location.template': `${location}server=\${server}/day=\${day}/`,
        },
        storageDescriptor: {
          location,
          columns: [...archiveColumns()],
          inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
          outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
          compressed: true,
          serdeInfo: {
            serializationLibrary: 'org.openx.data.jsonserde.JsonSerDe',
            parameters: { 'ignore.malformed.json': 'true' },
          },
        },
      },
    });
    table.addResourceDependency(made);
    return table;
  }

  #workgroup(name: string): athena.CfnWorkGroup {
    return new athena.CfnWorkGroup(this, 'Athena', {
      name: `${name}_events`,
      description: 'Questions about events of Postern',
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: false,
        bytesScannedCutoffPerQuery: MOST_SCANNED_OCTETS,
        resultConfiguration: {
          outputLocation: `s3://${this.bucket.bucketName}/${RESULTS}`,
          encryptionConfiguration: { encryptionOption: 'SSE_S3' },
        },
      },
    });
  }
}

/** Folders by what an event says, and a line each. */
const PROCESSORS: readonly firehose.CfnDeliveryStream.ProcessorProperty[] = [
  {
    type: 'MetadataExtraction',
    parameters: [
      { parameterName: 'MetadataExtractionQuery', parameterValue: '{server: .server, day: .at[0:10]}' },
      { parameterName: 'JsonParsingEngine', parameterValue: 'JQ-1.6' },
    ],
  },
  { type: 'AppendDelimiterToRecord', parameters: [{ parameterName: 'Delimiter', parameterValue: '\\n' }] },
];
