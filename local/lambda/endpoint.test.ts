import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  InvokeCommand,
  type InvokeCommandInput,
  type InvokeCommandOutput,
  LambdaClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../test-support/temporary-directory.ts';
import { startLambda } from './endpoint.ts';
import type { FunctionSpec } from './function-spec.ts';
import type { SandboxOptions } from './sandbox.ts';

interface Fixture {
  readonly url: string;
  readonly log: string[];
  readonly problems: string[];
  readonly invoke: (payload: unknown, input?: Partial<InvokeCommandInput>) => Promise<InvokeCommandOutput>;
}

/** An endpoint with one function, `sample`, of the given source. */
async function endpointWith(
  source: string,
  timeoutMs = 5000,
  options: Partial<SandboxOptions> = {},
  more: Partial<FunctionSpec> = {},
): Promise<Fixture> {
  const bundle = join(temporaryDirectory(), 'bundle.mjs');
  writeFileSync(bundle, source);
  const log: string[] = [];
  const problems: string[] = [];
  const spec = { name: 'sample', bundle, environment: { TABLE: 'the-table' }, timeoutMs, ...more };
  const endpoint = await startLambda(0, [spec], {
    log: (line) => log.push(line),
    logProblem: (line) => problems.push(line),
    ...options,
  });
  const url = `http://127.0.0.1:${endpoint.port}`;
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const client = new LambdaClient({ endpoint: url, region: 'eu-west-1', credentials, maxAttempts: 1 });
  onTestFinished(async () => {
    client.destroy();
    await endpoint.close();
  });
  const invoke: Fixture['invoke'] = (payload, input) =>
    client.send(new InvokeCommand({ FunctionName: 'sample', Payload: JSON.stringify(payload), ...input }));
  return { url, log, problems, invoke };
}

function payloadOf({ Payload }: InvokeCommandOutput): unknown {
  return JSON.parse(Buffer.from(Payload ?? []).toString());
}

describe('an invocation', () => {
  it('gives back what the handler returns', async () => {
    const { invoke } = await endpointWith('export const handler = async (event) => ({ doubled: event.value * 2 });');

    const answer = await invoke({ value: 21 });

    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(answer.FunctionError).toBeUndefined();
    expect(payloadOf(answer)).toEqual({ doubled: 42 });
  });

  it.each(['sample', 'arn:aws:lambda:eu-west-1:000000000000:function:sample', 'sample:$LATEST'])(
    'may name its function %s',
    async (FunctionName) => {
      const { invoke } = await endpointWith('export const handler = () => 1;');

      expect(payloadOf(await invoke({}, { FunctionName }))).toBe(1);
    },
  );

  it('of a cold function loads it at its first call, and keeps it', async () => {
    const source = 'console.log("loaded"); let calls = 0; export const handler = () => ++calls;';
    const { invoke, log } = await endpointWith(source, 5000, {}, { isCold: true });
    await setTimeout(500);
    expect(log).toEqual([]);

    expect([payloadOf(await invoke({})), payloadOf(await invoke({}))]).toEqual([1, 2]);

    await expect.poll(() => log.filter((line) => line.includes('loaded'))).toHaveLength(1);
  });

  it('without a result is null', async () => {
    const { invoke } = await endpointWith('export const handler = async () => {};');

    expect(payloadOf(await invoke({}))).toBeNull();
  });

  it("sees the function's environment and nothing else, and Lambda's context", async () => {
    const { invoke } = await endpointWith(
      'export const handler = (event, context) => ({ env: process.env, name: context.functionName, ms: context.getRemainingTimeInMillis() });',
    );

    const answer = payloadOf(await invoke({}));

    expect(answer).toMatchObject({ env: { TABLE: 'the-table' }, name: 'sample' });
    expect((answer as { env: object }).env).not.toHaveProperty('PATH');
    expect((answer as { ms: number }).ms).toBeGreaterThan(3000);
  });

  it('whose handler throws is a function error with type and message', async () => {
    const { invoke } = await endpointWith("export const handler = async () => { throw new RangeError('too far'); };");

    const answer = await invoke({});

    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(payloadOf(answer)).toMatchObject({ errorType: 'RangeError', errorMessage: 'too far' });
  });

  it('of an unknown function is 404 ResourceNotFoundException', async () => {
    const { invoke } = await endpointWith('export const handler = () => 1;');

    const failed = invoke({}, { FunctionName: 'other' });

    await expect(failed).rejects.toBeInstanceOf(ResourceNotFoundException);
    await expect(failed).rejects.toThrow('Function not found: arn:aws:lambda:eu-west-1:000000000000:function:other');
  });

  it('of type Event is answered 202 at once, and carried out', async () => {
    const { invoke, log } = await endpointWith("export const handler = (event) => console.log('took ' + event.id);");

    const answer = await invoke({ id: 7 }, { InvocationType: 'Event' });

    expect(answer).toMatchObject({ StatusCode: 202 });
    await expect
      .poll(() => log.join('\n'))
      .toMatch(/^sample: \{"timestamp":"[^"]+","level":"INFO","message":"took 7"\}$/);
  });

  it('of type DryRun is answered 204', async () => {
    const { invoke } = await endpointWith('export const handler = () => 1;');

    expect(await invoke({}, { InvocationType: 'DryRun' })).toMatchObject({ StatusCode: 204 });
  });

  it.each([
    ['{', 'RequestResponse', 400, 'InvalidRequestContentException'],
    ['{}', 'Later', 400, 'InvalidParameterValueException'],
    [`"${'x'.repeat(6_291_455)}"`, 'RequestResponse', 413, 'RequestTooLargeException'],
    [`"${'x'.repeat(1_048_576)}"`, 'Event', 413, 'RequestTooLargeException'],
  ])('that is wrong is refused as Lambda refuses it: %#', async (body, type, status, errorType) => {
    const { url } = await endpointWith('export const handler = () => 1;');

    const response = await fetch(`${url}/2015-03-31/functions/sample/invocations`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/octet-stream', 'x-amz-invocation-type': type },
    });

    expect(response.status).toBe(status);
    expect(response.headers.get('x-amzn-errortype')).toBe(errorType);
  });
});

describe('a function that fails as a whole', () => {
  it('by leaving its process is a function error, and there again for the next call', async () => {
    const { invoke } = await endpointWith(
      'export const handler = (event) => (event.leave ? new Promise(() => process.exit(5)) : 1);',
    );

    const answer = await invoke({ leave: true });

    expect(answer.FunctionError).toBe('Unhandled');
    expect(payloadOf(answer)).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('exit status 5'),
    });
    expect(payloadOf(await invoke({}))).toBe(1);
  });

  it('by an error outside its handler answers every call under way', async () => {
    const { invoke, problems } = await endpointWith(
      "export const handler = (event) => new Promise(() => event.crash && setTimeout(() => { throw new TypeError('stray'); }));",
    );

    const answers = await Promise.all([invoke({}), invoke({ crash: true })]);

    for (const answer of answers) expect(payloadOf(answer)).toMatchObject({ errorMessage: 'stray' });
    expect(problems.join('\n')).toContain('sample: TypeError: stray');
  });

  it('by not loading is a function error that says so', async () => {
    const { invoke } = await endpointWith("import './absent.mjs';");

    expect(payloadOf(await invoke({}))).toMatchObject({
      errorType: 'Runtime.ImportModuleError',
      errorMessage: expect.stringContaining('absent.mjs'),
    });
  });

  it('by never coming to an end of loading is a function error that says so', async () => {
    const { invoke } = await endpointWith('await new Promise(() => setInterval(() => {}, 1000));', 5000, {
      loadTimeoutMs: 300,
    });

    expect(payloadOf(await invoke({}))).toMatchObject({
      errorType: 'Runtime.ImportModuleError',
      errorMessage: 'sample did not load within 0.3 seconds',
    });
  });

  it('is none that takes longer to load than it has for a call', async () => {
    const { invoke } = await endpointWith(
      'await new Promise((resolve) => setTimeout(resolve, 1500)); export const handler = () => 1;',
      500,
    );

    expect(payloadOf(await invoke({}))).toBe(1);
  });

  it('by exporting no handler is a function error that says so', async () => {
    const { invoke } = await endpointWith('export const other = 1;');

    expect(payloadOf(await invoke({}))).toMatchObject({ errorMessage: 'sample exports no function named handler' });
  });

  it.each([
    ['waits', 'new Promise(() => {})'],
    ['blocks its thread', '{ for (;;); }'],
  ])(
    'by running out of time while it %s is a function error, and there again for the next call',
    async (_how, body) => {
      const { invoke } = await endpointWith(
        `export const handler = (event) => { if (event.hang) return ${body.startsWith('{') ? `(() => ${body})()` : body}; return 1; };`,
        500,
      );
      await invoke({});

      const answer = await invoke({ hang: true });

      expect(payloadOf(answer)).toMatchObject({
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringContaining('Task timed out after 0.50 seconds'),
      });
      expect(payloadOf(await invoke({}))).toBe(1);
    },
  );

  it('does not take down a call that runs beside one out of time', async () => {
    const signal = join(temporaryDirectory(), 'signal');
    const { invoke } = await endpointWith(
      `import { existsSync } from 'node:fs';
       export const handler = (event) => new Promise((resolve) => {
         if (!event.hang) setInterval(() => existsSync(${JSON.stringify(signal)}) && resolve(2), 5);
       });`,
      1500,
    );
    const hung = invoke({ hang: true });
    // Its own time has to end later than that of the first.
    const beside = delayed(700, () => invoke({}));

    expect((await hung).FunctionError).toBe('Unhandled');
    writeFileSync(signal, '');

    expect(payloadOf(await beside)).toBe(2);
  });
});

async function delayed<T>(milliseconds: number, call: () => Promise<T>): Promise<T> {
  await setTimeout(milliseconds);
  return call();
}
