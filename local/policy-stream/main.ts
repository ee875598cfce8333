/**
 * The part `policy-stream`. Usage: main.ts --table TABLE --function NAME
 *
 * Endpoints are the environment's, as for an edge proxy. It says that it listens when the first look is done; it has no
 * port.
 */
import { parseArgs } from 'node:util';
import { type AttributeValue, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { endOnSignal, sayListening } from '../start/part-program.ts';
import { type Image, inJson, type StreamRecord } from './changes.ts';
import { PolicyStream } from './policy-stream.ts';

const { values } = parseArgs({ options: { table: { type: 'string' }, function: { type: 'string' } } });
const { table: TableName, function: FunctionName } = values;
const dynamodb = new DynamoDBClient({ maxAttempts: 1 });
const lambda = new LambdaClient({ maxAttempts: 1 });

async function scan(): Promise<readonly Image[]> {
  const items: Record<string, AttributeValue>[] = [];
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName, ConsistentRead: true })) {
    items.push(...Items);
  }
  return items;
}

async function invoke(records: readonly StreamRecord[]): Promise<readonly string[]> {
  const Payload = Buffer.from(JSON.stringify({ Records: records }, inJson));
  const { FunctionError, Payload: answer } = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
  const text = Buffer.from(answer ?? []).toString();
  if (FunctionError !== undefined) throw new Error(`${FunctionName} failed: ${text}`);
  const { batchItemFailures = [] } = JSON.parse(text) as { batchItemFailures?: { itemIdentifier: string }[] };
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

const stream = new PolicyStream({ scan, invoke, logProblem: (problem) => console.error(problem) });
endOnSignal(async () => stream.close());
await stream.look();
sayListening(0);
await stream.run();
