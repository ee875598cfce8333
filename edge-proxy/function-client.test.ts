import type { LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestFunctions } from '../test/support/edge-proxy-functions.ts';
import { type LambdaAnswer, returns, TestLambda } from '../test/support/edge-proxy-lambda.ts';
import { FunctionClients, LambdaFunctionClient } from './function-client.ts';
import { errorText } from './log.ts';

const SECRET = 'open sesame';

let lambda: TestLambda;
let sdk: LambdaClient;

beforeAll(async () => {
  lambda = await TestLambda.start(returns(null));
  sdk = lambda.newClient();
});

afterAll(async () => {
  sdk.destroy();
  await lambda.stop();
});

async function invokeWith(answer: LambdaAnswer, timeoutMs = 5000): Promise<unknown> {
  lambda.answer = answer;
  return await new LambdaFunctionClient(sdk).invoke(
    'check-relay',
    JSON.stringify({ server: 'mx1', password: SECRET }),
    timeoutMs,
  );
}

/** What comes of `answer`, as the log tells it. */
async function problemWith(answer: LambdaAnswer, timeoutMs?: number): Promise<string> {
  return await invokeWith(answer, timeoutMs).then(
    (value) => `answered ${JSON.stringify(value)}`,
    (error: unknown) => errorText(error),
  );
}

function failed(kind: string, body: string): LambdaAnswer {
  return (_invocation, response) => void response.writeHead(200, { 'x-amz-function-error': kind }).end(body);
}

describe('LambdaFunctionClient', () => {
  it('gives the payload to the function, and its answer back', async () => {
    const value = await invokeWith(returns({ kind: 'permit', text: 'grün' }));

    expect(lambda.invocations.at(-1)).toEqual({
      functionName: 'check-relay',
      payload: { server: 'mx1', password: SECRET },
    });
    expect(value).toEqual({ kind: 'permit', text: 'grün' });
  });

  it('takes an empty answer for null', async () => {
    expect(await invokeWith((_invocation, response) => void response.writeHead(200).end())).toBeNull();
  });

  // Each failure tells what failed and why, and quotes nothing that was sent.
  it.each<[string, LambdaAnswer, RegExp]>([
    [
      'a function that threw',
      failed('Unhandled', JSON.stringify({ errorType: 'TypeError', errorMessage: 'no table', trace: [SECRET] })),
      /^Function check-relay failed \(Unhandled\): TypeError: no table$/,
    ],
    [
      'a function that ended without JSON',
      failed('Unhandled', SECRET),
      /^Function check-relay failed \(Unhandled\): no error message$/,
    ],
    [
      'a function that ended without a word',
      failed('Unhandled', ''),
      /^Function check-relay failed \(Unhandled\): no error message$/,
    ],
    [
      'a function that failed with null',
      failed('Unhandled', 'null'),
      /^Function check-relay failed \(Unhandled\): no error message$/,
    ],
    [
      'too many calls',
      (_invocation, response) =>
        void response
          .writeHead(429, { 'x-amzn-errortype': 'TooManyRequestsException' })
          .end(JSON.stringify({ Reason: 'ConcurrentInvocationLimitExceeded', message: 'Rate Exceeded.' })),
      /^Cannot invoke check-relay: throttled \(ConcurrentInvocationLimitExceeded\): Rate Exceeded\.$/,
    ],
    [
      'a fault of the service',
      (_invocation, response) =>
        void response
          .writeHead(500, { 'x-amzn-errortype': 'ServiceException' })
          .end(JSON.stringify({ Message: 'oops' })),
      /^Cannot invoke check-relay: the call failed: /,
    ],
    [
      'a page of HTML',
      (_invocation, response) => void response.writeHead(502).end('<html>'),
      /^Cannot invoke check-relay: the call failed: /,
    ],
    [
      'a connection that breaks',
      (_invocation, response) => void response.destroy(),
      /^Cannot invoke check-relay: the call failed: /,
    ],
    [
      'an answer that is not JSON',
      (_invocation, response) => void response.writeHead(200).end(`permit ${SECRET}`),
      /^Function check-relay did not answer with JSON$/,
    ],
  ])('rejects with the reason: %s', async (_claim, answer, reason) => {
    const problem = await problemWith(answer);

    expect(problem).toMatch(reason);
    expect(problem).not.toContain(SECRET);
  });

  it('shortens what the function says of its failure', async () => {
    const body = JSON.stringify({ errorType: 'Error', errorMessage: 'x'.repeat(100_000) });

    expect((await problemWith(failed('Unhandled', body))).length).toBeLessThan(300);
  });

  // The bound holds wherever the function hangs.
  it.each<[string, LambdaAnswer]>([
    ['does not answer at all', () => {}],
    ['hangs in the middle of its answer', (_invocation, response) => void response.writeHead(200).write('{"kind":')],
  ])('waits no longer than its bound for a function that %s', async (_claim, answer) => {
    const startedAt = performance.now();

    const problem = await problemWith(answer, 100);

    expect(problem).toMatch(/^Cannot invoke check-relay: no answer in 100 ms: /);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it('says so when no one listens', async () => {
    const nowhere = await TestLambda.start(returns(null));
    const client = nowhere.newClient();
    await nowhere.stop();

    const problem = await new LambdaFunctionClient(client).invoke('authenticate', '{}', 5000).catch(errorText);

    expect(problem).toMatch(/^Cannot invoke authenticate: the call failed: .*ECONNREFUSED/);
    client.destroy();
  });
});

it('gives each function one client of its own, and keeps it', async () => {
  const made: TestFunctions[] = [];
  const clients = new FunctionClients(() => {
    const client = new TestFunctions(({ name }) => `${name} answered`);
    made.push(client);
    return client;
  });

  const answers = [
    await clients.invoke('authenticate', '{"a":1}', 5000),
    await clients.invoke('check-relay', '{"b":2}', 3000),
    await clients.invoke('authenticate', '{"c":3}', 5000),
  ];

  expect(answers).toEqual(['authenticate answered', 'check-relay answered', 'authenticate answered']);
  expect(made.map(({ calls }) => calls.map(({ name }) => name))).toEqual([
    ['authenticate', 'authenticate'],
    ['check-relay'],
  ]);
});
