/** How functions and the edge proxy are bundled, on AWS and in the embedded run alike; options of esbuild. */
import type { BuildOptions } from 'esbuild';

export const BUNDLE_OPTIONS = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  // Lambda's runtime brings the SDK's clients; whether all of its small helpers, no one says.
  external: ['@aws-sdk/client-*'],
  // saslprep is CommonJS and requires zlib, which esbuild's ESM output cannot do without a `require`.
  banner: {
    js: "import { createRequire as postern_createRequire } from 'node:module'; const require = postern_createRequire(import.meta.url);",
  },
} satisfies BuildOptions;

/** The edge proxy's runtime brings nothing but Node, and one file loads faster than the SDK's hundreds. */
export const EDGE_PROXY_BUNDLE_OPTIONS = { ...BUNDLE_OPTIONS, external: [] } satisfies BuildOptions;
