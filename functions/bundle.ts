/** How a function is bundled, on AWS and in the embedded run alike; options of esbuild. */
import type { BuildOptions } from 'esbuild';

export const BUNDLE_OPTIONS: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  // Lambda's runtime brings the SDK.
  external: ['@aws-sdk/*'],
  // saslprep is CommonJS and requires zlib, which esbuild's ESM output cannot do without a `require`.
  banner: {
    js: "import { createRequire as postern_createRequire } from 'node:module'; const require = postern_createRequire(import.meta.url);",
  },
};
