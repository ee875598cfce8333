import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EDGE_PROXY_BUNDLE_OPTIONS } from '../../functions/bundle.ts';
import { temporaryDirectory } from '../test-support/temporary-directory.ts';
import { type BundleSpec, bundleAll } from './bundle.ts';

/** A program of two files, one of them given back to be edited. */
function program(): { readonly spec: BundleSpec; readonly part: string; readonly directory: string } {
  const folder = temporaryDirectory();
  const entry = join(folder, 'main.ts');
  const part = join(folder, 'part.ts');
  writeFileSync(
    entry,
    "import { DynamoDBClient } from '@aws-sdk/client-dynamodb';\nexport { value } from './part.ts';\nexport const client: typeof DynamoDBClient = DynamoDBClient;\n",
  );
  writeFileSync(part, 'export const value: number = 1;\n');
  return {
    spec: { name: 'main', entry, options: { ...EDGE_PROXY_BUNDLE_OPTIONS, external: ['@aws-sdk/*'] } },
    part,
    directory: join(folder, 'build'),
  };
}

async function bundleOne(spec: BundleSpec, directory: string): Promise<string> {
  const [path = ''] = await bundleAll([spec], directory);
  return path;
}

describe('a bundle', () => {
  it('runs, and finds the packages that were left out of it', async () => {
    const { spec, directory } = program();

    const path = await bundleOne(spec, directory);

    const bundled = (await import(pathToFileURL(path).href)) as { value: number; client: { name: string } };
    expect(bundled.value).toBe(1);
    expect(bundled.client.name).toBe('DynamoDBClient');
    expect(readFileSync(path, 'utf8')).toContain('from "@aws-sdk/client-dynamodb"');
  });

  it('is kept while nothing in it changes', async () => {
    const { spec, directory } = program();
    const path = await bundleOne(spec, directory);
    writeFileSync(path, 'the kept one');

    expect(await bundleOne(spec, directory)).toBe(path);
    expect(readFileSync(path, 'utf8')).toBe('the kept one');
  });

  it('is made anew, in place of the old one, when a file in it changes', async () => {
    const { spec, part, directory } = program();
    const old = await bundleOne(spec, directory);
    writeFileSync(part, 'export const value: number = 2;\n');

    const path = await bundleOne(spec, directory);

    expect(path).toBe(old);
    expect(readFileSync(path, 'utf8')).toContain('value = 2');
  });

  it('is made anew when it is gone', async () => {
    const { spec, directory } = program();
    const path = await bundleOne(spec, directory);
    rmSync(path);

    expect(readFileSync(await bundleOne(spec, directory), 'utf8')).toContain('value = 1');
  });

  it('that cannot be made says where the mistake is', async () => {
    const { spec, part, directory } = program();
    writeFileSync(part, 'export const value = ;\n');

    await expect(bundleOne(spec, directory)).rejects.toThrow(/part\.ts:1:21: ERROR/);
  });
});
