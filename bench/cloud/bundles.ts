/** What runs in the benchmark: the edge proxy as bundled for Fargate, the functions as bundled for Lambda. */
import { join } from 'node:path';
import { EDGE_PROXY_BUNDLE_OPTIONS, FUNCTION_BUNDLE_OPTIONS } from '../../functions/bundle.ts';
import { SCREENING_FUNCTIONS } from '../../local/functions.ts';
import { type BundleSpec, bundleAll } from '../../local/start/bundle.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Where tools keep what they can make again. */
export const CACHE = join(ROOT, 'node_modules', '.cache', 'postern-bench');

/** Limits are not asked about: no user of the benchmark has any. */
const ASKED = SCREENING_FUNCTIONS.filter(({ folder }) => folder !== 'check-limits');

export interface BundledFunction {
  readonly name: string;
  readonly bundle: string;
  readonly timeoutMs: number;
}

export interface Bundles {
  readonly edgeProxy: string;
  /** Peers of our own making, bundled alike: no TypeScript parser counts in their memory. */
  readonly pipe: string;
  readonly smtpServer: string;
  readonly nginxPolicy: string;
  readonly functions: readonly BundledFunction[];
}

/** Made where anything that goes into them has changed since. */
export async function makeBundles(): Promise<Bundles> {
  const whole = (name: string, ...path: string[]): BundleSpec => ({
    name,
    entry: join(ROOT, ...path),
    options: EDGE_PROXY_BUNDLE_OPTIONS,
  });
  const functions = ASKED.map(({ folder }) => ({
    name: folder,
    entry: join(ROOT, 'functions', folder, 'handler.ts'),
    options: FUNCTION_BUNDLE_OPTIONS,
  }));
  const [edgeProxy = '', pipe = '', smtpServer = '', nginxPolicy = '', ...paths] = await bundleAll(
    [
      whole('edge-proxy', 'edge-proxy', 'main.ts'),
      whole('pipe', 'bench', 'subjects', 'pipe-program.ts'),
      whole('smtp-server', 'bench', 'subjects', 'smtp-server-program.ts'),
      whole('nginx-policy', 'bench', 'subjects', 'nginx-policy-program.ts'),
      ...functions,
    ],
    join(CACHE, 'bundles'),
  );
  const bundled = ASKED.map((spec, index) => ({ ...spec, bundle: paths[index] ?? '' }));
  return { edgeProxy, pipe, smtpServer, nginxPolicy, functions: bundled };
}
