/**
 * Bundles the edge proxy for its container, as the embedded run does for itself.
 *
 * Usage: npm run bundle [-- FILE]   (edge-proxy/dist/edge-proxy.mjs unless FILE is given)
 */
import { statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { EDGE_PROXY_BUNDLE_OPTIONS } from '../functions/bundle.ts';

const ROOT = resolve(import.meta.dirname, '..');
const ENTRY = join(ROOT, 'edge-proxy', 'main.ts');
const OUTPUT = join(ROOT, 'edge-proxy', 'dist', 'edge-proxy.mjs');

async function main(): Promise<void> {
  const [outfile = OUTPUT] = process.argv.slice(2);
  // Paths in the bundle are relative to the root: the same sources make the same octets wherever they lie.
  await build({ ...EDGE_PROXY_BUNDLE_OPTIONS, absWorkingDir: ROOT, entryPoints: [ENTRY], outfile: resolve(outfile) });
  console.log(`${relative(process.cwd(), resolve(outfile))}: ${statSync(outfile).size} octets`);
}

try {
  await main();
} catch (error) {
  // esbuild has told already what is wrong in the sources, and where.
  if (!(error instanceof Error && 'errors' in error)) console.error(`postern: ${error}`);
  process.exitCode = 1;
}
