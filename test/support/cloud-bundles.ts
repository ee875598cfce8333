/** The bundles that a test's cloud runs, made once and kept while nothing that goes into them changes. */
import { join } from 'node:path';
import { EDGE_PROXY_BUNDLE_OPTIONS, FUNCTION_BUNDLE_OPTIONS } from '../../functions/bundle.ts';
import { type RunFunction, SCREENING_FUNCTIONS } from '../../local/functions.ts';
import { type BundleSpec, bundleAll } from '../../local/start/bundle.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Shared by all test files; where tools keep what they can make again. */
export const SHARED_BUNDLES = join(ROOT, 'node_modules', '.cache', 'postern-cloud');

export interface BundledFunction extends RunFunction {
  readonly bundle: string;
}

export interface CloudBundles {
  readonly edgeProxy: string;
  readonly functions: readonly BundledFunction[];
}

export async function cloudBundles(directory: string): Promise<CloudBundles> {
  const edgeProxy: BundleSpec = {
    name: 'edge-proxy',
    entry: join(ROOT, 'edge-proxy', 'main.ts'),
    options: EDGE_PROXY_BUNDLE_OPTIONS,
  };
  const specs = SCREENING_FUNCTIONS.map(({ folder }) => ({
    name: folder,
    entry: join(ROOT, 'functions', folder, 'handler.ts'),
    options: FUNCTION_BUNDLE_OPTIONS,
  }));
  const [proxy = '', ...paths] = await bundleAll([edgeProxy, ...specs], directory);
  const functions = SCREENING_FUNCTIONS.map((spec, index) => ({ ...spec, bundle: paths[index] ?? '' }));
  return { edgeProxy: proxy, functions };
}
