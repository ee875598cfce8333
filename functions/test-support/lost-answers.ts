/** Answers of DynamoDB that are lost on their way, as those that come too late are: the SDK asks again. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

const WRITES = /^(?:Put|Update|Delete)ItemCommand$/;

/** Has a client lose its first answer to each write, which the table has made by then. Gives what ends that. */
export function loseFirstAnswers(client: DynamoDBClient): () => void {
  client.middlewareStack.add(
    (next, { commandName = '' }) => {
      let isLost = !WRITES.test(commandName);
      return async (args) => {
        const answer = await next(args);
        if (isLost) return answer;
        isLost = true;
        // A name that the SDK asks again for.
        throw Object.assign(new Error('lost'), { name: 'TimeoutError' });
      };
    },
    // Within each attempt.
    { step: 'deserialize', name: 'lose-first-answers' },
  );
  return () => void client.middlewareStack.remove('lose-first-answers');
}
