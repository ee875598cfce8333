/** The whole run, as `npm start` starts it, on free ports and with its state in a temporary directory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { SHARED_BUNDLES } from '../test/support/cloud-bundles.ts';
import { isAlive } from '../test/support/is-alive.ts';
import { embeddedDynamoDb } from './dynamodb/client.ts';
import { TABLES } from './names.ts';
import type { RunFile } from './start/run-file.ts';

const FREE_PORTS = {
  POSTERN_SUBMISSION_PORT: '0',
  POSTERN_SUBMISSIONS_PORT: '0',
  POSTERN_INBOUND_PORT: '0',
  POSTERN_MTA_PORT: '0',
  POSTERN_DYNAMODB_PORT: '0',
  POSTERN_LAMBDA_PORT: '0',
  POSTERN_SES_PORT: '0',
  POSTERN_S3_PORT: '0',
  POSTERN_ADMIN_PORT: '0',
};

// One for all tests, one after the other; its programs are bundled once for all test files.
const home = mkdtempSync(join(tmpdir(), 'postern-run-'));
mkdirSync(SHARED_BUNDLES, { recursive: true });
symlinkSync(SHARED_BUNDLES, join(home, 'build'));
afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));

class Run {
  readonly child: ChildProcess;
  /** Standard output and standard error so far. */
  output = '';
  errors = '';
  readonly #ended: Promise<unknown>;

  constructor(environment: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
      env: { PATH: process.env.PATH, POSTERN_HOME: home, ...FREE_PORTS, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (octets) => {
      this.output += octets;
    });
    this.child.stderr?.on('data', (octets) => {
      this.errors += octets;
    });
    this.#ended = once(this.child, 'close');
    onTestFinished(async () => {
      this.child.kill('SIGTERM');
      await this.#ended;
    });
  }

  /** Waits for the line that says so, or for the end. */
  async ready(): Promise<RunFile> {
    while (!/^postern ready$/m.test(this.output)) {
      const isOpen = await Promise.race([once(this.child.stdout ?? this.child, 'data'), this.#ended.then(() => false)]);
      if (isOpen === false) throw new Error(`The run ended: ${this.errors}`);
    }
    return JSON.parse(readFileSync(join(home, 'run.json'), 'utf8')) as RunFile;
  }

  /** The exit code, once all output is read: `null` after a signal. */
  async ended(): Promise<number | null> {
    await this.#ended;
    return this.child.exitCode;
  }
}

function pidsOf({ parts }: RunFile): readonly number[] {
  return Object.values(parts).flatMap(({ pid }: { readonly pid?: number }) => pid ?? []);
}

async function expectNothingLeft(run: RunFile): Promise<void> {
  await expect.poll(() => pidsOf(run).filter(isAlive), { timeout: 5000 }).toEqual([]);
}

/** The first octets that a listener says. */
async function greetingOf(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const [octets] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return octets.toString();
}

/** The status of an answer; `fetch` sets `Host` itself. */
async function statusOf(url: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  const asked = request(url, { method: 'POST', headers, agent: false });
  asked.end('{}');
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

describe('a run', () => {
  it('is ready once on real ports, with what to try, and ends whole on Ctrl-C', async () => {
    const run = new Run();
    const file = await run.ready();
    const { submission, inbound, mta, dynamodb } = file.parts;

    expect(run.output.match(/^postern ready$/gm)).toHaveLength(1);
    expect(submission.listeners.map(({ mode }) => mode)).toEqual(['starttls', 'tls']);
    expect(await greetingOf(inbound.listeners[0]?.port ?? 0)).toMatch(/^220 inbound\.postern\.test /);
    const password = readFileSync(join(home, 'demo-password'), 'utf8').trim();
    for (const text of [password, 'alice@example.com', dynamodb.url, mta.url, 'curl --crlf --url', 'swaks --server']) {
      expect(run.output).toContain(text);
    }
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect(pidsOf(file).filter(isAlive)).toHaveLength(9);

    const stoppedMs = performance.now();
    run.child.kill('SIGINT');

    expect(await run.ended()).toBe(0);
    expect(performance.now() - stoppedMs).toBeLessThan(3000);
    await expectNothingLeft(file);
    expect(readdirSync(home)).not.toContain('run.json');
    expect(readdirSync(home)).not.toContain('run.lock');
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)('ends well on %s', async (signal) => {
    const run = new Run();
    const file = await run.ready();
    const before = run.errors;

    run.child.kill(signal);

    expect(await run.ended()).toBe(0);
    expect(run.errors).toBe(before);
    await expectNothingLeft(file);
  });

  it('that is killed leaves nothing behind that holds up the next', async () => {
    const killed = new Run();
    const file = await killed.ready();

    killed.child.kill('SIGKILL');
    await killed.ended();

    await expectNothingLeft(file);
    await expect(new Run().ready()).resolves.toMatchObject({ pid: expect.any(Number) });
  });

  // One that is started first, one that waits for others, and one that is started last.
  it.each(['dynamodb', 'lambda', 'inbound'] as const)(
    'names the part %s when it ends by itself, and ends with it',
    async (name) => {
      const run = new Run();
      const file = await run.ready();

      process.kill(file.parts[name].pid ?? 0, 'SIGKILL');

      expect(await run.ended()).toBe(1);
      expect(run.errors).toContain(`postern: ${name} ended unexpectedly: signal SIGKILL`);
      await expectNothingLeft(file);
    },
  );

  it('answers at none of its HTTP ports to another name or to a page of another origin, and keeps its state to itself', async () => {
    const { pid, parts } = await new Run().ready();
    const urls = Object.values(parts).flatMap((part) => ('url' in part && part.url.startsWith('http') ? part.url : []));

    const statuses = await Promise.all(
      urls.map(async (url) => [
        await statusOf(url, { host: 'rebound.example' }),
        await statusOf(url, { origin: 'https://page.example' }),
      ]),
    );
    const second = new Run();

    expect(urls.length).toBeGreaterThanOrEqual(4);
    expect(statuses).toEqual(urls.map(() => [421, 403]));
    expect(await second.ended()).toBe(1);
    expect(second.errors).toBe(
      `postern: Another run with process id ${pid} uses ${home}: end it, or set POSTERN_HOME\n`,
    );
    expect(existsSync(join(home, 'run.json'))).toBe(true);
  });

  it('names the variable of a busy port, and starts nothing', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;

    const run = new Run({ POSTERN_INBOUND_PORT: String(port) });

    expect(await run.ended()).toBe(1);
    expect(run.errors).toMatch(new RegExp(`^postern: Port ${port} .* set POSTERN_INBOUND_PORT`));
    expect(run.output).toBe('');
  });

  it('hands on to POSTERN_MTA_URL in place of an MTA of its own', async () => {
    const url = 'smtp://127.0.0.1:9?tls=never';
    const run = new Run({ POSTERN_MTA_URL: url });
    const { parts } = await run.ready();

    expect(parts.mta).toEqual({ url });
    const client = embeddedDynamoDb(parts.dynamodb.url);
    const Key = marshall({ server: 'inbound', item: 'settings' });
    const { Item = {} } = await client.send(new GetItemCommand({ TableName: TABLES.policy, Key }));
    client.destroy();
    expect(unmarshall(Item)).toMatchObject({ defaultNextHop: url });
  });

  it('keeps its state in a directory that was there without changing its mode', async () => {
    const shared = join(home, 'shared');
    mkdirSync(shared, { mode: 0o755 });

    await new Run({ POSTERN_HOME: shared, POSTERN_MTA_URL: 'nonsense' }).ended();

    expect(statSync(shared).mode & 0o777).toBe(0o755);
  });
});
