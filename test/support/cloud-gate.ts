/** Answers of `TestLambda` for when it stands between a test's cloud and its Lambda endpoint. */
import { FUNCTIONS } from '../../local/names.ts';
import type { LambdaAnswer } from './edge-proxy-lambda.ts';

/** Hands the call on to the endpoint behind, and its answer back. */
export function through(url: () => string): LambdaAnswer {
  return ({ functionName, payload }, response) => {
    const invoke = fetch(`${url()}/2015-03-31/functions/${functionName}/invocations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payload),
    });
    void invoke.then(
      async (answer) => {
        const error = answer.headers.get('x-amz-function-error');
        const headers = error === null ? {} : { 'x-amz-function-error': error };
        response.writeHead(answer.status, headers).end(await answer.text());
      },
      () => response.destroy(),
    );
  };
}

/** `broken` for the functions that decide, `otherwise` for `record-events`. */
export function forDecisions(broken: LambdaAnswer, otherwise: LambdaAnswer): LambdaAnswer {
  return (invocation, response) => {
    const isDecision = invocation.functionName !== FUNCTIONS.recordEvents;
    (isDecision ? broken : otherwise)(invocation, response);
  };
}

/** `broken` for `record-events`, `otherwise` for the functions that decide. */
export function forEvents(broken: LambdaAnswer, otherwise: LambdaAnswer): LambdaAnswer {
  return forDecisions(otherwise, broken);
}
