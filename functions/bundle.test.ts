import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUNDLE_OPTIONS } from './bundle.ts';
import { environmentOf } from './test-support/tables.ts';

const run = promisify(execFile);
const VARIABLES = {
  POSTERN_USERS_TABLE: 'users',
  POSTERN_POLICY_TABLE: 'policy',
  POSTERN_EVENTS_TABLE: 'events',
  POSTERN_COUNTERS_TABLE: 'counters',
  POSTERN_HELD_TABLE: 'held',
  POSTERN_HELD_BUCKET: 'held',
};

let folder: string;
beforeAll(async () => {
  // Under node_modules, so that the bundle finds the SDK, which it does not hold.
  folder = await mkdtemp(join(import.meta.dirname, '../node_modules/.postern-bundle-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('BUNDLE_OPTIONS', () => {
  it.each(['admin', 'authenticate', 'check-limits', 'check-policy', 'check-relay', 'record-events', 'seed-policy'])(
    'make a bundle of %s that Node loads',
    async (name) => {
      const outfile = join(folder, `${name}.mjs`);
      await build({ ...BUNDLE_OPTIONS, entryPoints: [join(import.meta.dirname, name, 'handler.ts')], outfile });
      const script = `import(${JSON.stringify(outfile)}).then(({ handler }) => console.log(typeof handler))`;

      const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
        env: { ...VARIABLES, ...environmentOf('http://127.0.0.1:1') },
      });

      expect(stdout).toBe('function\n');
    },
  );
});
