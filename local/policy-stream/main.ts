/**
 * The part `policy-stream`. Usage: main.ts --function NAME
 *
 * Endpoints are the environment's, as for an edge proxy. It says that it listens when each table's items have been handed
 * over once; it has no port.
 */
import { parseArgs } from 'node:util';
import { type AttributeValue, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { inJson, type StreamRecord, streamRecord } from '../../functions/tables/embedded/change-feed.ts';
import { STREAMED_TABLES } from '../names.ts';
import { endOnSignal, sayListening } from '../start/part-program.ts';
import { PolicyStream } from './policy-stream.ts';

const { values } = parseArgs({ options: { function: { type: 'string' } } });
const { function: FunctionName } = values;
const dynamodb = new DynamoDBClient({ maxAttempts: 1 });
const lambda = new LambdaClient({ maxAttempts: 1 });

async function scan(TableName: string): Promise<readonly Record<string, AttributeValue>[]> {
  const items: Record<string, AttributeValue>[] = [];
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName, ConsistentRead: true })) {
    items.push(...Items);
  }
  return items;
}

/** Asks our own endpoint, which wrote what it answers. */
async function changesOf(query: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<unknown> {
  const url = `${process.env.AWS_ENDPOINT_URL_DYNAMODB}/-/changes?${new URLSearchParams(query)}`;
  const response = await fetch(url, signal === undefined ? {} : { signal });
  if (!response.ok) throw new Error(`No changes of ${query.table}: status ${response.status}`);
  return response.json();
}

async function invoke(records: readonly StreamRecord[]): Promise<readonly string[]> {
  const Payload = Buffer.from(JSON.stringify({ Records: records }, inJson));
  const { FunctionError, Payload: answer } = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
  const text = Buffer.from(answer ?? []).toString();
  if (FunctionError !== undefined) throw new Error(`${FunctionName} failed: ${text}`);
  const { batchItemFailures = [] } = JSON.parse(text) as { batchItemFailures?: { itemIdentifier: string }[] };
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

const streams = Object.entries(STREAMED_TABLES).map(
  ([table, keys]) =>
    new PolicyStream({
      first: async () =>
        (await scan(table)).map((image, index) =>
          streamRecord({ before: image, after: image }, keys, { sequence: index, nowMs: Date.now() }),
        ),
      position: async () => (await changesOf({ table })) as number,
      changes: async (after, signal) =>
        (await changesOf({ table, after: String(after) }, signal)) as readonly StreamRecord[],
      invoke,
      logProblem: (problem) => console.error(problem),
    }),
);
endOnSignal(async () => {
  for (const stream of streams) stream.close();
});
for (const stream of streams) await stream.start();
sayListening(0);
await Promise.all(streams.map((stream) => stream.run()));
