/**
 * Bundles a program with esbuild, as it is deployed, and keeps the result while nothing that went into it has changed:
 * a later start then loads neither esbuild nor hundreds of small files.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import type { BuildOptions } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '..', '..');

export interface BundleSpec {
  /** Names the output. */
  readonly name: string;
  /** The entry, absolute. */
  readonly entry: string;
  /** Options of esbuild; from `functions/bundle.ts`. */
  readonly options: BuildOptions;
}

interface Manifest {
  readonly key: string;
  readonly inputs: readonly string[];
}

/**
 * Gives the paths of up-to-date bundles, in the order of `specs`.
 *
 * @param directory where bundles are kept; packages left external are found from it too
 */
export async function bundleAll(specs: readonly BundleSpec[], directory: string): Promise<string[]> {
  let esbuild: typeof import('esbuild') | undefined;
  const paths = specs.map(async (spec) => {
    const kept = upToDate(spec, directory);
    if (kept !== undefined) return kept;
    esbuild = await import('esbuild');
    return build(esbuild, spec, directory);
  });
  try {
    return await Promise.all(paths);
  } finally {
    // Its service process would stay as long as the run.
    await esbuild?.stop();
  }
}

/** The kept bundle if nothing that went into it has changed. */
function upToDate(spec: BundleSpec, directory: string): string | undefined {
  const kept = readManifest(manifestPath(directory, spec));
  const path = outputPath(directory, spec);
  return kept !== undefined && kept.key === keyOf(spec, kept.inputs) && isFile(path) ? path : undefined;
}

function manifestPath(directory: string, { name }: BundleSpec): string {
  return join(directory, `${name}.json`);
}

/** The same for every version, so that V8's compiled form of an old one is overwritten too. */
function outputPath(directory: string, { name }: BundleSpec): string {
  return join(directory, `${name}.mjs`);
}

async function build(esbuild: typeof import('esbuild'), spec: BundleSpec, directory: string): Promise<string> {
  const result = await esbuild.build({ ...buildOptions(spec), write: false, metafile: true });
  // esbuild names what a package switched off `(disabled):path`.
  const files = Object.keys(result.metafile.inputs).filter((path) => !path.startsWith('('));
  const inputs = files.map((path) => resolve(ROOT, path));
  const key = keyOf(spec, inputs);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  linkPackages(directory);
  const path = outputPath(directory, spec);
  // In this order, a start that is cut short leaves no manifest beside a bundle that is not its own.
  rmSync(manifestPath(directory, spec), { force: true });
  writeWhole(path, result.outputFiles[0]?.contents ?? new Uint8Array());
  if (key !== undefined) writeWhole(manifestPath(directory, spec), JSON.stringify({ key, inputs } satisfies Manifest));
  return path;
}

function buildOptions({ entry, options }: BundleSpec): BuildOptions {
  return {
    ...options,
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile: 'bundle.mjs',
    logLevel: 'silent',
  };
}

/** A digest of all that goes into a bundle; `undefined` when an input is gone. */
function keyOf(spec: BundleSpec, inputs: readonly string[]): string | undefined {
  const hash = createHash('sha256').update(JSON.stringify(buildOptions(spec)));
  try {
    // Which version a name resolves to, esbuild's own among them.
    hash.update(readFileSync(join(ROOT, 'node_modules', '.package-lock.json')));
    for (const path of inputs) {
      const isPackage = path.includes(`${sep}node_modules${sep}`);
      hash.update(`\n${path}\n`).update(isPackage ? stamp(path) : readFileSync(path));
    }
  } catch {
    return undefined;
  }
  return hash.digest('hex').slice(0, 16);
}

/** Packages change only by being installed anew; reading hundreds of their files would take as long as bundling. */
function stamp(path: string): string {
  const { mtimeMs, size } = statSync(path);
  return `${mtimeMs} ${size}`;
}

function linkPackages(directory: string): void {
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'), 'junction');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function readManifest(path: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  } catch {
    return undefined;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function writeWhole(path: string, content: string | Uint8Array): void {
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, content);
  renameSync(draft, path);
}
