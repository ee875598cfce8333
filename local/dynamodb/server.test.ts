import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { expect, it, onTestFinished } from 'vitest';
import type { LoopbackEndpoint } from '../../web/serve/loopback.ts';
import { TABLES } from '../names.ts';
import { createTables } from '../seed/tables.ts';
import { temporaryDirectory } from '../test-support/temporary-directory.ts';
import { embeddedDynamoDb } from './client.ts';
import { startDynamoDb } from './server.ts';

async function tableNames({ port }: LoopbackEndpoint): Promise<readonly string[] | undefined> {
  const client = embeddedDynamoDb(`http://127.0.0.1:${port}`);
  try {
    return (await client.send(new ListTablesCommand({}))).TableNames;
  } finally {
    client.destroy();
  }
}

it('goes on when a client leaves before its answer', async () => {
  const server = await startDynamoDb({ directory: join(temporaryDirectory(), 'store') });
  onTestFinished(() => server.close());
  const body = '{}';
  const request = [
    'POST / HTTP/1.1',
    `host: 127.0.0.1:${server.port}`,
    'content-type: application/x-amz-json-1.0',
    'x-amz-target: DynamoDB_20120810.ListTables',
    'x-amz-date: 20260101T000000Z',
    'authorization: AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c',
    `content-length: ${body.length}`,
    '',
    body,
  ].join('\r\n');

  for (const octets of [request, request.slice(0, -1)]) {
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(octets, () => socket.resetAndDestroy());
    await once(socket, 'close');
  }

  expect(await tableNames(server)).toEqual([]);
});

it('keeps its tables on disk', async () => {
  const directory = join(temporaryDirectory(), 'store');
  const first = await startDynamoDb({ directory });
  const client = embeddedDynamoDb(`http://127.0.0.1:${first.port}`);
  await createTables(client);
  client.destroy();
  await first.close();

  const second = await startDynamoDb({ directory });
  onTestFinished(() => second.close());

  expect(await tableNames(second)).toEqual(Object.values(TABLES).sort());
});
