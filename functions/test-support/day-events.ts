/** The events of a server's day, read past everything that reads them in the product. */
import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { dayStreams } from '../tables/event-stream.ts';

type Attributes = Readonly<Record<string, unknown>>;

/**
 * Oldest first.
 *
 * @param day `YYYY-MM-DD`, UTC
 */
export async function dayEvents(
  client: DynamoDBClient,
  { server, day, table = 'events' }: { readonly server: string; readonly day: string; readonly table?: string },
): Promise<readonly Attributes[]> {
  const pages = await Promise.all(
    dayStreams(server, day).map(async (stream) => {
      const query = new QueryCommand({
        TableName: table,
        KeyConditionExpression: '#stream = :stream',
        ExpressionAttributeNames: { '#stream': 'stream' },
        ExpressionAttributeValues: { ':stream': { S: stream } },
        ConsistentRead: true,
      });
      const { Items = [] } = await client.send(query);
      return Items.map((item): Attributes => unmarshall(item));
    }),
  );
  return pages.flat().sort((a, b) => (String(a.at) < String(b.at) ? -1 : 1));
}
