/**
 * Installs packages when they are absent or not those of package-lock.json. Usage: node scripts/install.mjs
 *
 * npm calls it before every script that needs them (`prestart`, `pretest`, …), so a fresh clone needs no other step.
 * Plain JavaScript that Node 20 runs, since the Node 24 that the scripts run on is one of the packages.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, join, resolve, sep } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/**
 * Why packages must be installed, in one line; `undefined` when they need not.
 *
 * npm writes `node_modules/.package-lock.json` when an installation is complete, so one that was cut short counts as
 * absent. Contents are compared and not times, which a checkout changes.
 *
 * @param {string} root directory of package-lock.json
 * @returns {string | undefined}
 */
export function reasonToInstall(root) {
  const installedPath = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedPath)) return 'packages are not installed';
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(installedPath);
  for (const [path, { version, integrity, optional }] of wanted) {
    const present = installed.get(path);
    // Packages for other platforms are in the lock file alone.
    if (present === undefined && optional === true) continue;
    if (present === undefined) return `${path} is not installed`;
    if (present.version !== version || present.integrity !== integrity) return `${path} is not ${version}`;
  }
  for (const path of installed.keys()) if (!wanted.has(path)) return `${path} is not in package-lock.json`;
  return undefined;
}

/**
 * @param {string} path of a lock file
 * @returns {Map<string, { version?: string, integrity?: string, optional?: boolean }>} by place; without the project itself
 */
function packagesOf(path) {
  const { packages = {} } = JSON.parse(readFileSync(path, 'utf8'));
  return new Map(Object.entries(packages).filter(([place]) => place !== ''));
}

/**
 * The search path without node_modules: npm must not run on the Node that it is about to replace.
 *
 * @param {string} path
 * @returns {string}
 */
export function pathWithoutPackages(path) {
  return path
    .split(delimiter)
    .filter((directory) => !directory.split(sep).includes('node_modules'))
    .join(delimiter);
}

/** @param {string} root */
function install(root) {
  const flags = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const env = { ...process.env, PATH: pathWithoutPackages(process.env.PATH ?? '') };
  const { status, error } = spawnSync('npm', flags, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error !== undefined) throw new Error(`Cannot run npm: ${error.message}`);
  if (status !== 0) throw new Error(`npm ci failed with exit code ${status}`);
  if (!existsSync(join(root, 'node_modules', '.bin', 'node'))) {
    throw new Error('npm did not install Node 24: it must be allowed to run install scripts (ignore-scripts=false)');
  }
}

function main() {
  const root = resolve(fileURLToPath(import.meta.url), '..', '..');
  const reason = reasonToInstall(root);
  if (reason === undefined) return;
  console.error(`postern: installing packages, since ${reason}`);
  try {
    install(root);
  } catch (error) {
    console.error(`postern: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) main();
