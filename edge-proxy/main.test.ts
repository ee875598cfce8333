/** The process: what it needs to start, and how it ends. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { nextHopName } from '../policy/next-hop.ts';
import { makeCertificate } from '../test/support/edge-proxy-certificate.ts';
import { TestClient } from '../test/support/edge-proxy-client.ts';
import { returns, TestLambda } from '../test/support/edge-proxy-lambda.ts';
import {
  MAIN,
  PROCESS_ENVIRONMENT,
  type ProcessEnvironment,
  ProxyProcess,
} from '../test/support/edge-proxy-process.ts';
import { PolicyTable } from '../test/support/edge-proxy-tables.ts';
import { politely, ScriptedHop } from '../test/support/scripted-hop.ts';

const SETTINGS = {
  server: 'mx1',
  item: 'settings',
  hostname: 'mx.example.com',
  authentication: 'none',
  defaultNextHop: 'smtp://127.0.0.1:1',
};
const ENVELOPE = 'EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n';

let table: PolicyTable;
let lambda: TestLambda;
let hop: ScriptedHop;
let directory: string;
let environment: ProcessEnvironment;
let running: ProxyProcess | undefined;

beforeAll(async () => {
  table = await PolicyTable.start();
  await table.put([SETTINGS]);
  lambda = await TestLambda.start(returns(null));
  hop = await ScriptedHop.start(politely());
  directory = await mkdtemp(join(tmpdir(), 'postern-main-'));
  await writeFile(join(directory, 'certificate.pem'), (await makeCertificate()).pem);
  environment = {
    ...PROCESS_ENVIRONMENT,
    POSTERN_CERTIFICATE: `file:${join(directory, 'certificate.pem')}`,
    AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
    // Anything else that it might call is nowhere.
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  };
});

afterAll(async () => {
  await hop.close();
  await lambda.stop();
  await table.stop();
  await rm(directory, { recursive: true });
});

beforeEach(() => {
  lambda.invocations.length = 0;
  lambda.answer = ({ functionName }, response) => {
    const permit = { kind: 'permit', nextHop: nextHopName(hop.nextHop()), scope: 'domain', cacheSeconds: 5, rule: 'x' };
    response.writeHead(200).end(JSON.stringify(functionName === 'check-relay-fn' ? permit : null));
  };
});

afterEach(async () => {
  running?.signal('SIGKILL');
  await running?.exited;
  running = undefined;
});

function run(change: ProcessEnvironment = {}, flags: readonly string[] = []): ProxyProcess {
  running = new ProxyProcess({ ...environment, ...change }, [...flags, MAIN]);
  return running;
}

/** Events that `record-events` was given. */
function recorded(): { readonly id: string; readonly type: string }[] {
  return lambda.invocations
    .filter(({ functionName }) => functionName === 'record-events-fn')
    .flatMap(({ payload }) => (payload as { events: { id: string; type: string }[] }).events);
}

// It does not listen, says why, and ends with 1.
describe('a start without what it needs', () => {
  it.each<[string, ProcessEnvironment, RegExp]>([
    ['a variable', { POSTERN_CHECK_RELAY_FUNCTION: undefined }, /^POSTERN_CHECK_RELAY_FUNCTION is not set/],
    [
      'a certificate',
      { POSTERN_CERTIFICATE: 'file:/nowhere.pem' },
      /^Cannot use certificate file:\/nowhere\.pem: ENOENT/,
    ],
    ['Secrets Manager', { POSTERN_CERTIFICATE: 'secret:mx1' }, /^Cannot use certificate secret:mx1: .*ECONNREFUSED/],
    ['a policy in the table', { POSTERN_SERVER: 'mx2' }, /^There is no policy for mx2: settings is missing$/],
    ['the table', { POSTERN_POLICY_TABLE: 'elsewhere' }, /^Cannot read policy of mx1: .*resource not found/i],
    ['DynamoDB', { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' }, /^Cannot read policy of mx1: .*ECONNREFUSED/],
  ])('%s', async (_what, change, reason) => {
    const proxy = run(change);

    const code = await proxy.exited;

    expect(code).toBe(1);
    expect(proxy.stderr.trim()).toMatch(reason);
    expect(proxy.stderr.trim().split('\n')).toHaveLength(1);
    expect(proxy.lines).toMatchObject([{ event: 'failed', problem: proxy.stderr.trim() }]);
  });

  it('a port of its own', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;

    const code = await run({ POSTERN_LISTEN: `0:tls,${port}:starttls` }).exited;

    expect(code).toBe(1);
    expect(running?.stderr).toContain(`Cannot listen on port ${port}: listen EADDRINUSE`);
    taken.close();
  });
});

describe('a running proxy', () => {
  it('takes mail, is healthy, and at SIGTERM finishes what is under way and ends with 0', async () => {
    const proxy = run();
    const { health, listeners } = await proxy.listening();
    const port = listeners[0]?.port ?? 0;
    const isHealthy = async (): Promise<number> => (await fetch(`http://127.0.0.1:${health}/health`)).status;
    const idle = await TestClient.connect(port);
    await idle.hear();
    const busy = await TestClient.connect(port);
    busy.send(ENVELOPE);
    await busy.hearReplies(5);

    const before = await isHealthy();
    proxy.signal('SIGTERM');
    const farewell = await idle.hearToEnd();
    idle.end();
    const meanwhile = await isHealthy();
    busy.send('Subject: x\r\n\r\nx\r\n.\r\n');
    const words = await busy.hearToEnd();
    busy.end();
    const code = await proxy.exited;

    expect([before, meanwhile]).toEqual([200, 503]);
    expect(farewell).toMatch(/^421 4\.3\.2 /);
    expect(words).toMatch(/^250 2\.0\.0 OK \S+\r\n421 4\.3\.2 /);
    expect(code).toBe(0);
    expect(proxy.lines.map(({ event }) => event)).toEqual(['listening', 'leaving', 'transaction', 'left']);
    expect(hop.clients.at(-1)?.heard).toContain('Subject: x\r\n\r\nx\r\n.\r\n');
    const types = recorded().map(({ type }) => type);
    expect(types.filter((type) => type === 'session')).toHaveLength(2);
    expect(types.filter((type) => type === 'transaction')).toHaveLength(1);
    expect(proxy.stderr).toBe('');
  });

  it('prints the events that no one takes before it ends', async () => {
    lambda.answer = () => {};
    const proxy = run({ POSTERN_DRAIN_SECONDS: '2' });
    const { listeners } = await proxy.listening();
    const client = await TestClient.connect(listeners[0]?.port ?? 0);
    client.send('QUIT\r\n');
    await client.hearToEnd();
    client.end();

    proxy.signal('SIGTERM');
    const code = await proxy.exited;

    expect(code).toBe(0);
    expect(proxy.lines.filter(({ event }) => event === 'event-undelivered')).toMatchObject([
      { undelivered: { type: 'session', server: 'mx1' } },
    ]);
  });

  it('still takes connections after SIGTERM for as long as it is told, and closes all of them with a word', async () => {
    const proxy = run({ POSTERN_ACCEPT_SECONDS: '2', POSTERN_DRAIN_SECONDS: '10' });
    const { health, listeners } = await proxy.listening();
    const port = listeners[0]?.port ?? 0;
    const idle = await TestClient.connect(port);
    await idle.hear();

    proxy.signal('SIGTERM');
    await proxy.logged('leaving');
    const meanwhile = (await fetch(`http://127.0.0.1:${health}/health`)).status;
    const late = await TestClient.connect(port);
    const greeting = await late.hear();
    const farewells = await Promise.all([idle, late].map((client) => client.hearToEnd()));
    for (const client of [idle, late]) client.end();

    expect(meanwhile).toBe(503);
    expect(greeting).toMatch(/^220 /);
    for (const farewell of farewells) expect(farewell).toMatch(/^421 4\.3\.2 /);
    expect(await proxy.exited).toBe(0);
  });

  it('ends at once at a second signal', async () => {
    const proxy = run();
    const { listeners } = await proxy.listening();
    const client = await TestClient.connect(listeners[0]?.port ?? 0);
    client.send(ENVELOPE);
    await client.hearReplies(5);

    proxy.signal('SIGTERM');
    await proxy.logged('leaving');
    proxy.signal('SIGINT');

    expect(await proxy.exited).toBe(1);
    expect(await client.hearToEnd()).toBe('');
  });

  it('leaves in order, and ends with 1, when the reader of its lines is gone', async () => {
    const proxy = run();
    const { listeners } = await proxy.listening();
    const client = await TestClient.connect(listeners[0]?.port ?? 0);
    client.send(ENVELOPE);
    await client.hearReplies(5);

    proxy.stopReading();
    const other = await TestClient.connect(listeners[0]?.port ?? 0);
    other.send('VRFY bob\r\n');
    const farewell = await other.hearToEnd();
    other.end();
    client.send('Subject: after\r\n\r\nx\r\n.\r\n');
    const words = await client.hearToEnd();
    client.end();

    expect(farewell).toMatch(/421 4\.3\.2 /);
    expect(words).toMatch(/^250 2\.0\.0 OK \S+\r\n421 4\.3\.2 /);
    expect(await proxy.exited).toBe(1);
    expect(recorded().filter(({ type }) => type === 'transaction')).toHaveLength(1);
  });

  it('leaves in order, and ends with 1, at a fault that no boundary caught', async () => {
    const fault = "process.on('SIGUSR2', () => { throw new TypeError('a fault of ours'); })";
    const proxy = run({}, ['--import', `data:text/javascript,${encodeURIComponent(fault)}`]);
    const { listeners } = await proxy.listening();
    const client = await TestClient.connect(listeners[0]?.port ?? 0);
    client.send(ENVELOPE);
    await client.hearReplies(5);

    proxy.signal('SIGUSR2');
    await proxy.logged('leaving');
    client.send('Subject: after\r\n\r\nx\r\n.\r\n');
    const words = await client.hearToEnd();
    client.end();

    expect(words).toMatch(/^250 2\.0\.0 OK \S+\r\n421 4\.3\.2 /);
    expect(await proxy.exited).toBe(1);
    const told = proxy.lines.filter(({ event }) => event === 'fault' || event === 'leaving');
    expect(told).toMatchObject([
      { place: 'process', problem: expect.stringContaining('a fault of ours') },
      { reason: 'fault' },
    ]);
  });

  it('tells record-events of a broken item', async () => {
    await table.put([
      { server: 'mx3', item: 'client#here', access: 'deny' },
      { ...SETTINGS, server: 'mx3' },
    ]);
    const proxy = run({ POSTERN_SERVER: 'mx3' });
    await proxy.listening();

    proxy.signal('SIGTERM');
    const code = await proxy.exited;

    expect(code).toBe(0);
    expect(proxy.lines[0]).toMatchObject({ event: 'policy-invalid', item: 'client#here' });
    expect(recorded()).toMatchObject([{ type: 'policy-invalid', server: 'mx3', item: 'client#here' }]);
  });
});
