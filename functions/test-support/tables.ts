/** An in-memory DynamoDB for the tests of one file, reached by the real client. */
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import dynalite from 'dynalite';

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
  readonly #server: ReturnType<typeof dynalite>;
  readonly #client: DynamoDBClient;

  private constructor(server: ReturnType<typeof dynalite>, port: number) {
    this.endpoint = `http://127.0.0.1:${port}`;
    this.#server = server;
    this.#client = this.newClient();
  }

  static async start(): Promise<Tables> {
    const server = dynalite({ createTableMs: 0 });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Tables(server, (server.address() as AddressInfo).port);
  }

  newClient(): DynamoDBClient {
    return new DynamoDBClient({
      endpoint: this.endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
  }

  /** Creates a table whose keys are strings, and waits until it can be used. */
  async create(name: string, keys: readonly [partition: string, sort?: string]): Promise<void> {
    await this.#client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: keys.map((key) => ({ AttributeName: key, AttributeType: 'S' })),
        KeySchema: keys.map((key, index) => ({ AttributeName: key, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
      }),
    );
    const describe = new DescribeTableCommand({ TableName: name });
    while ((await this.#client.send(describe)).Table?.TableStatus !== 'ACTIVE');
  }

  async put(table: string, item: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#client.send(new PutItemCommand({ TableName: table, Item: marshall(item) }));
  }

  async stop(): Promise<void> {
    this.#client.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
