/** The DynamoDB client of the embedded run's own tools: its endpoint and no other, whatever the user's profile says. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { REGION } from '../names.ts';

/** The caller destroys it. */
export function embeddedDynamoDb(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({
    endpoint,
    region: REGION,
    credentials: { accessKeyId: 'embedded', secretAccessKey: 'embedded' },
    maxAttempts: 1,
  });
}
