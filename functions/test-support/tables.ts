/** A DynamoDB for the tests of one file, reached by the real client. */
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { TABLE_SHAPES, type TableKind } from '../../policy/tables.ts';
import { createTable } from '../tables/embedded/create-table.ts';
import { type ItemWrite, makeDynalite } from '../tables/embedded/dynalite.ts';

/** What the SDK needs to be told to reach a DynamoDB at `endpoint`, and nothing else. */
export function environmentOf(endpoint: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

export class Tables {
  readonly endpoint: string;
  readonly #client: DynamoDBClient;
  readonly #stopServer: () => Promise<unknown>;

  private constructor(endpoint: string, stopServer: () => Promise<unknown>) {
    this.endpoint = endpoint;
    this.#stopServer = stopServer;
    this.#client = this.newClient();
  }

  /** In memory, by dynalite; `onWrite` is told of each change of an item. */
  static async start(onWrite?: (write: ItemWrite) => void): Promise<Tables> {
    const server = makeDynalite(onWrite === undefined ? {} : { onWrite });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Tables(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
  }

  /** The tables of a server that runs; `stopServer` ends it when the tables are not needed any more. */
  static at(endpoint: string, stopServer: () => Promise<unknown>): Tables {
    return new Tables(endpoint, stopServer);
  }

  newClient(): DynamoDBClient {
    return new DynamoDBClient({
      endpoint: this.endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
  }

  /** Creates a table as a deployment has it. */
  async create(kind: TableKind, name: string = kind): Promise<void> {
    await createTable(this.#client, name, TABLE_SHAPES[kind]);
  }

  async put(table: string, item: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#client.send(new PutItemCommand({ TableName: table, Item: marshall(item) }));
  }

  async stop(): Promise<void> {
    this.#client.destroy();
    await this.#stopServer();
  }
}
