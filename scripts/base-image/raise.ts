/**
 * Raises the digest of the base image in edge-proxy/Dockerfile to what its tag stands for now.
 *
 * Usage: npm run base-image [-- --check]   (--check changes nothing, and ends with 1 where a newer one is there)
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { digestOf } from './registry.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const DOCKERFILE = join(ROOT, 'edge-proxy', 'Dockerfile');
const DOCKER_HUB = 'https://registry-1.docker.io';
/** Those that tasks.architecture knows. */
const PLATFORMS = ['linux/arm64', 'linux/amd64'];
/** `node` of Docker Hub is `library/node` to the registry. */
const PINNED = /^ARG NODE_IMAGE=(?<name>[a-z]+):(?<tag>[a-z0-9.-]+)@(?<digest>sha256:[0-9a-f]{64})$/m;

async function main(): Promise<void> {
  const isCheck = process.argv.includes('--check');
  const path = process.env.POSTERN_DOCKERFILE ?? DOCKERFILE;
  const text = readFileSync(path, 'utf8');
  const { name = '', tag = '', digest: pinned = '' } = PINNED.exec(text)?.groups ?? {};
  if (pinned === '') throw new Error(`${path} pins no base image: ARG NODE_IMAGE=node:TAG@sha256:…`);
  const registry = process.env.POSTERN_REGISTRY ?? DOCKER_HUB;
  const digest = await digestOf(registry, { repository: `library/${name}`, tag }, PLATFORMS);
  const place = relative(process.cwd(), path);
  if (digest === pinned) {
    console.log(`${place}: ${name}:${tag} is at ${digest} still`);
    return;
  }
  console.log(`${place}: ${name}:${tag} is at ${digest}; pinned is ${pinned}`);
  if (isCheck) process.exitCode = 1;
  else writeFileSync(path, text.replace(pinned, digest));
}

try {
  await main();
} catch (error) {
  console.error(`postern: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
