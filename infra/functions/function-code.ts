/** A function's code, bundled by the same options as in the embedded run. */
import { join, resolve } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { BUNDLE_OPTIONS } from '../../functions/bundle.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');

/** @param folder of `functions/`; its `handler.ts` is the entry */
export function functionCode(folder: string): lambda.AssetCode {
  const source = join(ROOT, 'functions', folder);
  return lambda.Code.fromAsset(source, {
    // By what comes out: a file that several functions import changes each of them.
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: esbuild runs here, so that a deployment needs no Docker for its functions.
      image: DockerImage.fromRegistry('esbuild-runs-on-the-host'),
      local: {
        tryBundle: (directory) => {
          bundle(join(source, 'handler.ts'), join(directory, 'index.mjs'));
          return true;
        },
      },
    },
  });
}

/** `NodejsFunction` would name each option anew; here they are the object that the embedded run gives esbuild. */
function bundle(entry: string, outfile: string): void {
  buildSync({ ...BUNDLE_OPTIONS, absWorkingDir: ROOT, entryPoints: [entry], outfile, logLevel: 'warning' });
}
