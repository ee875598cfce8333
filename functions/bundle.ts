/** How functions and the edge proxy are bundled, on AWS and in the embedded run alike; options of esbuild. */
import type { BuildOptions } from 'esbuild';

const COMMON_OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  // What is left a CommonJS module (saslprep requires zlib) needs a `require`, which an ES module does not have.
  banner: {
    js: "import { createRequire as postern_createRequire } from 'node:module'; const require = postern_createRequire(import.meta.url);",
  },
} satisfies BuildOptions;

/** The edge proxy's runtime brings nothing but Node, and one file loads faster than the SDK's hundreds. */
export const EDGE_PROXY_BUNDLE_OPTIONS = { ...COMMON_OPTIONS, format: 'esm', external: [] } satisfies BuildOptions;

/** Ways to credentials that Lambda does not have: it gives them in the environment, where the SDK looks first. */
const OTHER_CREDENTIALS = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

/** Clients that few calls need, and load then; Lambda's runtime brings them. */
const RARE_CLIENTS = ['@aws-sdk/client-eventbridge', '@aws-sdk/client-firehose'];

/**
 * Made to load fast: a client of a quiet server waits for it (docs/performance.md, cold decisions).
 *
 * A function inside a module, so that Node's modules are required: an import of `node:http` reads each of its exports, and
 * one of them loads all of `fetch`. Names are kept, for what is logged of errors. `ready` is what a function does before
 * its first call, in the time that Lambda gives to loading.
 */
export const FUNCTION_BUNDLE_OPTIONS = {
  ...COMMON_OPTIONS,
  format: 'iife',
  globalName: 'postern',
  footer: { js: 'await postern.ready; export const handler = postern.handler;' },
  supported: { 'dynamic-import': false },
  // ES modules, of which what is not used is left out.
  mainFields: ['module', 'main'],
  minifyWhitespace: true,
  minifySyntax: true,
  external: [...OTHER_CREDENTIALS, ...RARE_CLIENTS],
} satisfies BuildOptions;
