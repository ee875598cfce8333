/** A DynamoDB in memory with the policy table in it, reached by the real client. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { createTable } from '../../functions/tables/embedded/create-table.ts';
import { makeDynalite } from '../../functions/tables/embedded/dynalite.ts';
import type { PolicyAttributes } from '../../policy/item.ts';
import { TABLE_SHAPES } from '../../policy/tables.ts';

/** Items in one call of BatchWriteItem. */
const BATCH = 25;

export const POLICY_TABLE = 'postern-policy';

export class PolicyTable {
  readonly endpoint: string;
  readonly client: DynamoDBClient;
  readonly #server: ReturnType<typeof makeDynalite>;

  private constructor(server: ReturnType<typeof makeDynalite>) {
    this.#server = server;
    this.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.client = new DynamoDBClient({
      endpoint: this.endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
  }

  static async start(): Promise<PolicyTable> {
    const server = makeDynalite();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const table = new PolicyTable(server);
    await createTable(table.client, POLICY_TABLE, TABLE_SHAPES.policy);
    return table;
  }

  async put(items: readonly PolicyAttributes[]): Promise<void> {
    for (let at = 0; at < items.length; at += BATCH) {
      const puts = items.slice(at, at + BATCH).map((item) => ({ PutRequest: { Item: marshall(item) } }));
      await this.client.send(new BatchWriteItemCommand({ RequestItems: { [POLICY_TABLE]: puts } }));
    }
  }

  async stop(): Promise<void> {
    this.client.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
