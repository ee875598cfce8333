/** Issuers of tokens in the DynamoDB table *policy*. */
import { type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { ISSUER_PREFIX } from '../../policy/issuer-item.ts';
import type { PolicyAttributes } from '../../policy/item-kind.ts';
import { STORE_BOUND_MS } from '../tables/client.ts';
import type { IssuerStore } from './issuer-store.ts';

export class DynamoIssuerStore implements IssuerStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Reads consistently, so that an issuer that was deleted is out at once. */
  async read(server: string): Promise<readonly PolicyAttributes[]> {
    const query = {
      TableName: this.#table,
      ConsistentRead: true,
      KeyConditionExpression: '#server = :server AND begins_with(#item, :prefix)',
      ExpressionAttributeNames: { '#server': 'server', '#item': 'item' },
      ExpressionAttributeValues: { ':server': { S: server }, ':prefix': { S: ISSUER_PREFIX } },
    };
    const bound = { abortSignal: AbortSignal.timeout(STORE_BOUND_MS) };
    const items: PolicyAttributes[] = [];
    for await (const { Items = [] } of paginateQuery({ client: this.#client }, query, bound)) {
      // A number beyond JavaScript's reach must fail in the item's schema, not here.
      items.push(...Items.map((item): PolicyAttributes => unmarshall(item, { wrapNumbers: Number })));
    }
    return items;
  }
}
