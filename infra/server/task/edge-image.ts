/** The edge proxy's image: a bundle made here and COPY, so that any host builds it for any architecture. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { buildSync } from 'esbuild';
import { EDGE_PROXY_BUNDLE_OPTIONS } from '../../../functions/bundle.ts';
import type { Tasks } from '../../configuration/server/tasks.ts';

const ROOT = resolve(import.meta.dirname, '..', '..', '..');
const FOLDER = join(ROOT, 'edge-proxy');
const PLATFORMS = {
  arm64: Platform.LINUX_ARM64,
  x86_64: Platform.LINUX_AMD64,
} as const satisfies Record<Tasks['architecture'], Platform>;

/** Bundles anew at each synth, so that no deployment ships yesterday's proxy; Docker is needed at deployment alone. */
export function edgeProxyImage(): (architecture: Tasks['architecture']) => ecs.ContainerImage {
  const outfile = join(FOLDER, 'dist', 'edge-proxy.mjs');
  const { outputFiles } = buildSync({
    ...EDGE_PROXY_BUNDLE_OPTIONS,
    absWorkingDir: ROOT,
    entryPoints: [join(FOLDER, 'main.ts')],
    outfile,
    logLevel: 'warning',
    write: false,
  });
  mkdirSync(dirname(outfile), { recursive: true });
  // Put in place whole: another synth, or a build of the image, may be reading it.
  const draft = `${outfile}.${process.pid}.tmp`;
  for (const { contents } of outputFiles) writeFileSync(draft, contents);
  renameSync(draft, outfile);
  return (architecture) => ecs.ContainerImage.fromAsset(FOLDER, { platform: PLATFORMS[architecture] });
}
