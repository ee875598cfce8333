/** What users sent, in the DynamoDB table *counters*: an item a user and UTC day, as `check-limits` counts it. */
import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { sendingAttributes, sendingCounter, sendingScope } from '../../../policy/counter.ts';
import type { SendingLimit } from '../../../policy/user.ts';
import { bounded } from '../../tables/client.ts';
import type { SendingUse } from './user-store.ts';

export class DynamoSendingUse implements SendingUse {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async read(user: string, nowMs: number): Promise<Readonly<Record<SendingLimit, number>>> {
    const query = new QueryCommand({
      TableName: this.#table,
      KeyConditionExpression: '#counter = :counter AND #scope = :scope',
      ExpressionAttributeNames: { '#counter': 'counter', '#scope': 'scope' },
      ExpressionAttributeValues: { ':counter': { S: sendingCounter(user) }, ':scope': { S: sendingScope(nowMs) } },
    });
    const { Items = [] } = await this.#client.send(query, bounded());
    const names = sendingAttributes(nowMs);
    const count = (limit: SendingLimit): number => Number(Items[0]?.[names[limit]]?.N ?? 0);
    return {
      messagesPerHour: count('messagesPerHour'),
      messagesPerDay: count('messagesPerDay'),
      recipientsPerHour: count('recipientsPerHour'),
      recipientsPerDay: count('recipientsPerDay'),
    };
  }
}
