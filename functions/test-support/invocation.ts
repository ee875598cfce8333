/** What a test needs to call a handler as Lambda's runtime does, and to read what it logged. */
import type { Context } from 'aws-lambda';
import { type MockInstance, vi } from 'vitest';

export function lambdaContext(): Context {
  const done = (): void => undefined;
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'test',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:test',
    memoryLimitInMB: '128',
    awsRequestId: 'request-1',
    logGroupName: 'test',
    logStreamName: 'test',
    getRemainingTimeInMillis: () => 30_000,
    done,
    fail: done,
    succeed: done,
  };
}

export interface Console {
  /** Every line logged so far, parsed. */
  lines(): readonly Record<string, unknown>[];
  /** All that was logged so far, as text. */
  text(): string;
}

/** Keeps what is logged from here on from the terminal. */
export function recordConsole(): Console {
  const calls: unknown[][] = [];
  const spies: MockInstance[] = (['log', 'info', 'warn', 'error', 'debug'] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation((...args: unknown[]) => void calls.push(args)),
  );
  return {
    lines: () => (spies.length === 0 ? [] : calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>)),
    text: () => calls.flat().map(String).join('\n'),
  };
}
