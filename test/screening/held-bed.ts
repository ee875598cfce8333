/** A store of held mail at real local endpoints, for one test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { onTestFinished } from 'vitest';
import { HeldStore } from '../../edge-proxy/held/held-store.ts';
import { SILENT } from '../../edge-proxy/held/start-release.ts';
import { HELD_BUCKET, TABLES } from '../../local/names.ts';
import { startS3 } from '../../local/s3/server.ts';
import { embeddedTables } from '../../local/test-support/embedded-tables.ts';
import { type HeldItem, heldItemSchema } from '../../policy/held.ts';

export interface HeldBed {
  readonly store: HeldStore;
  /** What the store writes by. */
  readonly dynamo: DynamoDBClient;
  items(): Promise<readonly HeldItem[]>;
  /** Makes the calls to S3 go wrong; `undefined` ends that. */
  s3Fails(fault: object | undefined): Promise<void>;
}

export async function heldBed(): Promise<HeldBed> {
  const directory = mkdtempSync(join(tmpdir(), 'postern-held-'));
  const endpoint = await startS3({ port: 0, directory });
  const tables = await embeddedTables();
  const url = `http://127.0.0.1:${endpoint.port}`;
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  // It asks again, as that of a task does.
  const dynamo = new DynamoDBClient({ endpoint: tables.url, region: 'eu-west-1', credentials, maxAttempts: 3 });
  const s3 = new S3Client({ endpoint: url, region: 'eu-west-1', credentials, maxAttempts: 1, logger: SILENT });
  onTestFinished(async () => {
    s3.destroy();
    dynamo.destroy();
    await endpoint.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    dynamo,
    store: new HeldStore({ s3, dynamo, bucket: HELD_BUCKET, table: TABLES.held }),
    items: async () => {
      const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: TABLES.held, ConsistentRead: true }));
      return Items.map((item) => heldItemSchema.parse(unmarshall(item)));
    },
    s3Fails: async (fault) => {
      const body = fault === undefined ? {} : { body: JSON.stringify(fault) };
      await fetch(`${url}/-/fault`, { method: fault === undefined ? 'DELETE' : 'PUT', ...body });
    },
  };
}
