/** The bundles that a test's cloud runs, made once and kept while nothing that goes into them changes. */
import { join } from 'node:path';
import { BUNDLE_OPTIONS, EDGE_PROXY_BUNDLE_OPTIONS } from '../../functions/bundle.ts';
import { FUNCTIONS, TABLES } from '../../local/names.ts';
import { type BundleSpec, bundleAll } from '../../local/start/bundle.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Shared by all test files; where tools keep what they can make again. */
export const SHARED_BUNDLES = join(ROOT, 'node_modules', '.cache', 'postern-cloud');

/** Milliseconds, as in the embedded run. */
const AUTHENTICATE_TIMEOUT_MS = 5000;
const OTHER_TIMEOUT_MS = 3000;

const BUNDLED_FUNCTIONS = [
  {
    name: FUNCTIONS.authenticate,
    folder: 'authenticate',
    timeoutMs: AUTHENTICATE_TIMEOUT_MS,
    table: {
      POSTERN_USERS_TABLE: TABLES.users,
      POSTERN_COUNTERS_TABLE: TABLES.counters,
      POSTERN_POLICY_TABLE: TABLES.policy,
    },
  },
  {
    name: FUNCTIONS.checkRelay,
    folder: 'check-relay',
    timeoutMs: OTHER_TIMEOUT_MS,
    table: { POSTERN_POLICY_TABLE: TABLES.policy },
  },
  {
    name: FUNCTIONS.checkLimits,
    folder: 'check-limits',
    timeoutMs: OTHER_TIMEOUT_MS,
    table: { POSTERN_COUNTERS_TABLE: TABLES.counters },
  },
  {
    name: FUNCTIONS.recordEvents,
    folder: 'record-events',
    timeoutMs: OTHER_TIMEOUT_MS,
    table: { POSTERN_EVENTS_TABLE: TABLES.events },
  },
] as const;

export interface BundledFunction {
  readonly name: string;
  readonly bundle: string;
  readonly timeoutMs: number;
  /** What it is told of its tables. */
  readonly table: Readonly<Record<string, string>>;
}

export interface CloudBundles {
  readonly edgeProxy: string;
  readonly functions: readonly BundledFunction[];
}

export async function cloudBundles(directory: string): Promise<CloudBundles> {
  const edgeProxy: BundleSpec = {
    name: 'edge-proxy',
    entry: join(ROOT, 'edge-proxy', 'main.ts'),
    external: EDGE_PROXY_BUNDLE_OPTIONS.external,
  };
  const specs = BUNDLED_FUNCTIONS.map(({ folder }) => ({
    name: folder,
    entry: join(ROOT, 'functions', folder, 'handler.ts'),
    external: BUNDLE_OPTIONS.external,
  }));
  const [proxy = '', ...paths] = await bundleAll([edgeProxy, ...specs], directory);
  const functions = BUNDLED_FUNCTIONS.map((spec, index) => ({ ...spec, bundle: paths[index] ?? '' }));
  return { edgeProxy: proxy, functions };
}
