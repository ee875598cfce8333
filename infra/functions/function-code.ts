/** A function's code, bundled by the same options as in the embedded run. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { FUNCTION_BUNDLE_OPTIONS } from '../../functions/bundle.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const FUNCTIONS = join(ROOT, 'functions');

/** @param folder of `functions/`; its `handler.ts` is the entry */
export function functionCode(folder: string): lambda.AssetCode {
  return lambda.Code.fromAsset(join(FUNCTIONS, folder), {
    // By what comes out: a file that several functions import changes each of them.
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: esbuild runs here, so that a deployment needs no Docker for its functions.
      image: DockerImage.fromRegistry('esbuild-runs-on-the-host'),
      local: {
        tryBundle: (directory) => {
          writeFileSync(join(directory, 'index.mjs'), bundleOf(folder));
          return true;
        },
      },
    },
  });
}

let bundles: ReadonlyMap<string, Uint8Array> | undefined;

function bundleOf(folder: string): Uint8Array {
  bundles ??= bundleAll();
  const bundle = bundles.get(folder);
  if (bundle === undefined) throw new RangeError(`There is no function ${folder}`);
  return bundle;
}

/**
 * All at once, by one esbuild, which works side by side: one each would be a second more of every synth. `NodejsFunction` would
 * name each option anew; here they are the object that the embedded run gives esbuild.
 */
function bundleAll(): ReadonlyMap<string, Uint8Array> {
  const folders = readdirSync(FUNCTIONS).filter((name) => existsSync(join(FUNCTIONS, name, 'handler.ts')));
  const outdir = join(ROOT, 'cdk.out');
  const { outputFiles } = buildSync({
    ...FUNCTION_BUNDLE_OPTIONS,
    absWorkingDir: ROOT,
    entryPoints: folders.map((name) => ({ in: join(FUNCTIONS, name, 'handler.ts'), out: name })),
    outdir,
    outExtension: { '.js': '.mjs' },
    logLevel: 'warning',
    write: false,
  });
  const byPath = new Map(outputFiles.map(({ path, contents }) => [path, contents]));
  return new Map(folders.map((name) => [name, byPath.get(join(outdir, `${name}.mjs`)) ?? new Uint8Array()]));
}
