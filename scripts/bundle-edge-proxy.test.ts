/** The image without Docker: what its Dockerfile says, and its bundle started as that says. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../test/support/edge-proxy-certificate.ts';
import { returns, TestLambda } from '../test/support/edge-proxy-lambda.ts';
import { PROCESS_ENVIRONMENT, type ProcessEnvironment, ProxyProcess } from '../test/support/edge-proxy-process.ts';
import { PolicyTable } from '../test/support/edge-proxy-tables.ts';
import { TestSecretsManager } from '../test/support/secrets-manager.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..');
const SETTINGS = { server: 'mx1', item: 'settings', hostname: 'mx.example.com', defaultNextHop: 'smtp://127.0.0.1:1' };

interface Instruction {
  readonly name: string;
  readonly value: string;
}

let dockerfile: readonly Instruction[];
/** Where the image's files lie here; outside of the repository, so that nothing of node_modules is found from it. */
let image: string;
let bundle: string;
let running: ProxyProcess | undefined;

beforeAll(async () => {
  dockerfile = instructionsOf(await readFile(join(ROOT, 'edge-proxy', 'Dockerfile'), 'utf8'));
  image = await mkdtemp(join(tmpdir(), 'postern-image-'));
  bundle = join(image, 'edge-proxy.mjs');
  await run(process.execPath, [join(ROOT, 'scripts', 'bundle-edge-proxy.ts'), bundle]);
});

afterAll(() => rm(image, { recursive: true }));

afterEach(async () => {
  running?.signal('SIGKILL');
  await running?.exited;
  running = undefined;
});

function instructionsOf(text: string): Instruction[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', ...rest] = line.split(' ');
      return { name, value: rest.join(' ') };
    });
}

function instructionValue(name: string): string {
  return dockerfile.find((instruction) => instruction.name === name)?.value ?? '';
}

/** The command of the image, with its path the one that the bundle has here. */
function entryPoint(): readonly string[] {
  const [node, ...rest] = JSON.parse(instructionValue('ENTRYPOINT')) as string[];
  expect(node).toBe('node');
  expect(rest.at(-1)).toBe('/postern/edge-proxy.mjs');
  return [...rest.slice(0, -1), bundle];
}

describe('the Dockerfile', () => {
  it('executes nothing, so that it builds for another processor', () => {
    const names = dockerfile.map(({ name }) => name);

    expect(names).toEqual(['ARG', 'FROM', 'ENV', 'WORKDIR', 'COPY', 'USER', 'VOLUME', 'EXPOSE', 'ENTRYPOINT']);
  });

  it('starts from an official slim Node 24, which can be pinned', () => {
    expect(instructionValue('ARG')).toMatch(/^NODE_IMAGE=node:24-[a-z]+-slim@sha256:[0-9a-f]{64}$/);
    expect(instructionValue('FROM')).toMatch(/^\$\{NODE_IMAGE\}$/);
  });

  it('takes the bundle and nothing else', async () => {
    const ignored = await readFile(join(ROOT, 'edge-proxy', '.dockerignore'), 'utf8');
    const lines = ignored.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

    expect(instructionValue('WORKDIR')).toBe('/postern');
    expect(instructionValue('COPY')).toBe('dist/edge-proxy.mjs ./');
    expect(lines).toEqual(['*', '!dist/edge-proxy.mjs']);
  });

  it('does not run as root', () => {
    expect(instructionValue('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });
});

describe('the bundle', () => {
  it('has the same octets wherever it is made', async () => {
    const again = join(image, 'again', 'edge-proxy.mjs');
    await run(process.execPath, [join(ROOT, 'scripts', 'bundle-edge-proxy.ts'), again], { cwd: image });

    expect((await readFile(again)).equals(await readFile(bundle))).toBe(true);
  });

  it('that cannot be made ends the script with 1', async () => {
    const making = run(process.execPath, [join(ROOT, 'scripts', 'bundle-edge-proxy.ts'), join(bundle, 'x.mjs')]);

    await expect(making).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('edge-proxy.mjs') });
  });

  it('serves as its image starts it, with its certificate from a secret, and leaves at SIGTERM', async () => {
    const { table, lambda, secrets, environment } = await startParts();
    running = new ProxyProcess(environment, entryPoint());

    const { health, listeners } = await running.listening();
    const answer = await fetch(`http://127.0.0.1:${health}/health`);
    running.signal('SIGTERM');
    const code = await running.exited;

    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ status: 'ok', server: 'mx1', sessions: 0 });
    expect(listeners.map(({ mode }) => mode)).toEqual(['starttls', 'tls']);
    expect(secrets.calls).toBe(1);
    expect(code).toBe(0);
    expect(running.stderr).toBe('');
    await Promise.all([table.stop(), lambda.stop(), secrets.stop()]);
  });
});

/** What the proxy needs around it, and the environment that points it there. */
async function startParts() {
  const [table, lambda, secrets] = await Promise.all([
    PolicyTable.start(),
    TestLambda.start(returns(null)),
    TestSecretsManager.start(),
  ]);
  await table.put([SETTINGS]);
  secrets.put('postern/mx1', (await makeCertificate()).pem);
  const environment: ProcessEnvironment = {
    ...PROCESS_ENVIRONMENT,
    POSTERN_CERTIFICATE: 'secret:postern/mx1',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
  };
  return { table, lambda, secrets, environment };
}
