/** What a test needs to call a handler as Lambda's runtime does, and to read what it logged. */
import type { Context } from 'aws-lambda';
import { vi } from 'vitest';

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
  /** Every object logged so far, with its level. */
  lines(): readonly Record<string, unknown>[];
  /** All that was logged so far, as text. */
  text(): string;
}

/** Keeps what is logged from here on from the terminal. */
export function recordConsole(): Console {
  const lines: Record<string, unknown>[] = [];
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, level).mockImplementation((fields: object) => {
      lines.push({ level, ...JSON.parse(JSON.stringify(fields)) });
    });
  }
  return { lines: () => lines, text: () => lines.map((line) => JSON.stringify(line)).join('\n') };
}
