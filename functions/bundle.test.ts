import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FUNCTION_BUNDLE_OPTIONS } from './bundle.ts';
import { environmentOf, Tables } from './test-support/tables.ts';

const run = promisify(execFile);
const FUNCTIONS = [
  'admin',
  'authenticate',
  'check-limits',
  'check-policy',
  'check-relay',
  'record-events',
  'seed-policy',
] as const;
const VARIABLES = {
  POSTERN_USERS_TABLE: 'users',
  POSTERN_POLICY_TABLE: 'policy',
  POSTERN_EVENTS_TABLE: 'events',
  POSTERN_COUNTERS_TABLE: 'counters',
  POSTERN_HELD_TABLE: 'held',
  POSTERN_HELD_BUCKET: 'held',
};

let folder: string;
let tables: Tables;
beforeAll(async () => {
  tables = await Tables.start();
  for (const name of ['users', 'policy', 'counters'] as const) await tables.create(name);
  // Under node_modules, so that the bundle finds the clients, which it does not hold.
  folder = await mkdtemp(join(import.meta.dirname, '../node_modules/.postern-bundle-'));
});
afterAll(async () => {
  await tables.stop();
  await rm(folder, { recursive: true });
});

/** Bundles a function; gives the path, and our own files that are in it. */
async function bundle(name: string): Promise<{ readonly path: string; readonly files: readonly string[] }> {
  const path = join(folder, `${name}.mjs`);
  const { metafile } = await build({
    ...FUNCTION_BUNDLE_OPTIONS,
    absWorkingDir: join(import.meta.dirname, '..'),
    entryPoints: [join(import.meta.dirname, name, 'handler.ts')],
    outfile: path,
    metafile: true,
  });
  const [output] = Object.values(metafile.outputs);
  const files = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return { path, files: files.map(([file]) => file).filter((file) => !file.includes('node_modules')) };
}

/** Loads a bundle in a process of its own; gives what `expression` is then, of the module `loaded`. */
async function loadedBy(path: string, expression: string): Promise<unknown> {
  const script = `const loaded = await import(${JSON.stringify(path)}); console.log(JSON.stringify(${expression})); process.exit()`;
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...VARIABLES, ...environmentOf(tables.endpoint) },
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('FUNCTION_BUNDLE_OPTIONS', () => {
  it.each(FUNCTIONS)('make a bundle of %s that Node loads', async (name) => {
    const { path } = await bundle(name);

    expect(await loadedBy(path, 'typeof loaded.handler')).toBe('function');
  });

  it.each(['authenticate', 'check-relay', 'record-events'])(
    'make a bundle of %s that imports nothing, which would load all of fetch',
    async (name) => {
      const { path } = await bundle(name);

      const imports = readFileSync(path, 'utf8').match(/\bimport\b[ {("'][^;]{0,80}/g);

      expect(imports).toEqual([expect.stringContaining("from 'node:module'")]);
      const heavy = 'process.moduleLoadList.filter((name) => /undici|http2/.test(name))';
      expect(await loadedBy(path, heavy)).toEqual([]);
    },
  );

  it.each([
    ['check-relay', ['policy/event.ts', 'policy/item.ts', 'policy/decision.ts', 'policy/screen/screen-item.ts']],
    ['authenticate', ['policy/event.ts', 'policy/item.ts', 'policy/decision.ts', 'policy/settings.ts']],
    ['check-limits', ['policy/event.ts', 'policy/item.ts', 'policy/decision.ts', 'policy/settings.ts']],
  ])('make no schema in %s that it has no use for', async (name, unused) => {
    const { files } = await bundle(name);

    expect(files).toContain(`policy/request/${name}.ts`);
    expect(files.filter((file) => unused.includes(file))).toEqual([]);
  });
});
