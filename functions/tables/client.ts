/** The one way in which the functions reach DynamoDB. */
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';

/**
 * Milliseconds for all of a function's reading or writing, retries included. The edge proxy gives up on a function
 * after 3 s, on `authenticate` after 5 s; the rest is for the network, a cold start and the password check.
 */
export const STORE_BOUND_MS = 2000;

/** Milliseconds for one attempt: two and the pause between them fit into `STORE_BOUND_MS`. */
const ATTEMPT_BOUND_MS = 900;
const CONNECT_BOUND_MS = 500;

/** Options of a call that may take the whole of `STORE_BOUND_MS`. */
export function bounded(): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(STORE_BOUND_MS) };
}

/**
 * What a conditioned write gives, or `otherwise` when its condition does not hold.
 *
 * An answer that is lost has the SDK ask again, of a table in which the write is made by then; so where there was more
 * than one attempt, `ours` looks whether what stands there is what we wrote, and gives it.
 */
export async function ifCondition<T, Otherwise>(
  write: Promise<T>,
  otherwise: Otherwise,
  ours?: () => Promise<T | undefined>,
): Promise<T | Otherwise> {
  try {
    return await write;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const wasRepeated = (error.$metadata.attempts ?? 1) > 1;
    return (wasRepeated ? await ours?.() : undefined) ?? otherwise;
  }
}

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
