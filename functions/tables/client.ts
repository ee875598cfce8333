/** The one way in which the functions reach DynamoDB. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/**
 * Milliseconds for all of a function's reading or writing, retries included. The edge proxy gives up on a function
 * after 3 s, on `authenticate` after 5 s; the rest is for the network, a cold start and the password check.
 */
export const STORE_BOUND_MS = 2000;

/** Milliseconds for one attempt: two and the pause between them fit into `STORE_BOUND_MS`. */
const ATTEMPT_BOUND_MS = 900;
const CONNECT_BOUND_MS = 500;

/** Makes a client whose calls fail rather than outlast the caller; endpoint, region and credentials are the environment's. */
export function makeDynamoClient(): DynamoDBClient {
  return new DynamoDBClient({
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: CONNECT_BOUND_MS,
      requestTimeout: ATTEMPT_BOUND_MS,
      // Without this the SDK warns of a late answer and goes on waiting.
      throwOnRequestTimeout: true,
    },
  });
}
