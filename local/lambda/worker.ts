/**
 * Runs inside a worker thread, in the place of Lambda's Node runtime: loads the bundle, then answers calls with what
 * its handler returns or throws.
 */
import { enableCompileCache } from 'node:module';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { REGION } from '../names.ts';
import { type Answer, type Call, errorPayload, type WorkerSetup } from './function-spec.ts';

type Handler = (event: unknown, context: object) => unknown;

const { functionName, bundle, compileCache } = workerData as WorkerSetup;
if (compileCache !== undefined) enableCompileCache(compileCache);
writeLogAsJson();
const handler = await loadHandler();

parentPort?.on('message', (call: Call) => {
  void answer(call).then((answered) => parentPort?.postMessage(answered));
});
parentPort?.postMessage('ready');

/** Has what is logged written as Lambda's runtime does with `loggingFormat: JSON`, but for the request's id. */
function writeLogAsJson(): void {
  for (const method of ['log', 'info', 'warn', 'error'] as const) {
    const level = method === 'log' ? 'INFO' : method.toUpperCase();
    const stream = method === 'warn' || method === 'error' ? process.stderr : process.stdout;
    console[method] = (...said: unknown[]) => {
      const message = said.length === 1 ? said[0] : format(...said);
      stream.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level, message })}\n`);
    };
  }
}

async function loadHandler(): Promise<Handler> {
  const module: unknown = await import(pathToFileURL(bundle).href);
  if (typeof module !== 'object' || module === null || !('handler' in module) || typeof module.handler !== 'function') {
    throw new TypeError(`${functionName} exports no function named handler`);
  }
  return module.handler as Handler;
}

async function answer(call: Call): Promise<Answer> {
  try {
    const result = await handler(JSON.parse(call.payload), contextOf(call));
    return { id: call.id, isError: false, payload: JSON.stringify(result) ?? 'null' };
  } catch (error) {
    return { id: call.id, isError: true, payload: payloadOf(error) };
  }
}

function payloadOf(error: unknown): string {
  if (!(error instanceof Error)) return errorPayload(typeof error, String(error));
  return errorPayload(error.name, error.message, error.stack?.split('\n'));
}

function contextOf({ requestId, deadlineMs }: Call): object {
  return {
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${REGION}:000000000000:function:${functionName}`,
    memoryLimitInMB: '512',
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'embedded',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}
