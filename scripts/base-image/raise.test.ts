/** The script as it is run, before a registry that answers as Docker Hub does: a challenge, a token, an index. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runProgram } from '../../test/support/program.ts';

const SCRIPT = join(import.meta.dirname, 'raise.ts');
const OLD = `sha256:${'0'.repeat(64)}`;

function indexOf(...architectures: readonly string[]): string {
  return JSON.stringify({
    manifests: architectures.map((architecture) => ({ platform: { os: 'linux', architecture } })),
  });
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

let folder: string;
let dockerfile: string;
let registry: Server;
let index: string;
let told: string | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-base-image-'));
  dockerfile = join(folder, 'Dockerfile');
  writeFileSync(dockerfile, `# A comment\nARG NODE_IMAGE=node:24-bookworm-slim@${OLD}\nFROM \${NODE_IMAGE}\n`);
  index = indexOf('amd64', 'arm64', 's390x');
  told = undefined;
  registry = createServer((request, response) => {
    const base = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
    if (request.url?.startsWith('/token?')) {
      response.end(JSON.stringify({ token: new URL(request.url, base).searchParams.get('scope') }));
    } else if (request.headers.authorization !== 'Bearer repository:library/node:pull') {
      const challenge = `Bearer realm="${base}/token",service="registry",scope="repository:library/node:pull"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
    } else if (request.url === '/v2/library/node/manifests/24-bookworm-slim') {
      response.writeHead(200, { 'docker-content-digest': told ?? digestOf(index) }).end(index);
    } else {
      response.writeHead(404).end();
    }
  }).listen(0, '127.0.0.1');
  await once(registry, 'listening');
});

afterEach(() => {
  registry.close();
  rmSync(folder, { recursive: true });
});

async function run(...args: readonly string[]) {
  const { port } = registry.address() as AddressInfo;
  const env = { ...process.env, POSTERN_REGISTRY: `http://127.0.0.1:${port}`, POSTERN_DOCKERFILE: dockerfile };
  const { code, said } = await runProgram([process.execPath, SCRIPT, ...args], { env });
  return { code, said, pinned: /@(sha256:\w+)/.exec(readFileSync(dockerfile, 'utf8'))?.[1] };
}

it('pins what the tag stands for now, and is content with it the next time', async () => {
  const first = await run();
  const second = await run('--check');

  expect(first).toMatchObject({ code: 0, pinned: digestOf(index) });
  expect(second).toMatchObject({ code: 0, said: expect.stringContaining('still') });
});

it('changes nothing where it is only to look, and says so by its code', async () => {
  expect(await run('--check')).toMatchObject({ code: 1, pinned: OLD });
});

it('pins no image that one of the architectures lacks', async () => {
  index = indexOf('amd64');

  expect(await run()).toMatchObject({
    code: 1,
    pinned: OLD,
    said: expect.stringContaining('no image for linux/arm64'),
  });
});

it('believes no digest that the octets do not have', async () => {
  told = digestOf('something else');

  expect(await run()).toMatchObject({ code: 1, pinned: OLD });
});

it('says what is wrong in a Dockerfile that pins none', async () => {
  writeFileSync(dockerfile, 'FROM node:24-bookworm-slim\n');

  expect(await run()).toMatchObject({ code: 1, said: expect.stringContaining('pins no base image') });
});
