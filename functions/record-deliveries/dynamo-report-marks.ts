/** Marks of reports that were made, in the table *events*: SNS may tell an event twice, and its sender hears of it once. */
import { randomUUID } from 'node:crypto';
import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { bounded, ifCondition } from '../tables/client.ts';
import type { ReportMarks } from './record-deliveries.ts';
import type { DeliveryEvent } from './ses-event.ts';

/** SNS tries to deliver for 23 days at most. */
const MARK_SECONDS = 30 * 86_400;

export class DynamoReportMarks implements ReportMarks {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async claim(event: DeliveryEvent): Promise<boolean> {
    const expiresAt = Math.floor(Date.now() / 1000) + MARK_SECONDS;
    const claim = { S: randomUUID() };
    const command = new PutItemCommand({
      TableName: this.#table,
      Item: { ...keyOf(event), expiresAt: { N: String(expiresAt) }, claim },
      // Or by this very call, where its answer was lost and the SDK asks again.
      ConditionExpression: 'attribute_not_exists(#at) OR #claim = :claim',
      ExpressionAttributeNames: { '#at': 'at', '#claim': 'claim' },
      ExpressionAttributeValues: { ':claim': claim },
    });
    return (await ifCondition(this.#client.send(command, bounded()), undefined)) !== undefined;
  }

  async release(event: DeliveryEvent): Promise<void> {
    await this.#client.send(new DeleteItemCommand({ TableName: this.#table, Key: keyOf(event) }), bounded());
  }
}

function keyOf({ server, id }: DeliveryEvent) {
  return { stream: { S: `${server}#reported` }, at: { S: id } };
}
