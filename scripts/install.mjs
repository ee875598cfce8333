/**
 * Installs packages when they are absent or not those of package-lock.json.
 * Usage: node scripts/install.mjs [--omit=dev] [FOLDER …]
 *
 * npm calls it before every script that needs packages (`prestart`, `pretest`, …), so a fresh clone needs no other
 * step. Scripts that only run the product omit the packages of tests, build and deployment: a first start then takes
 * a third of the time. FOLDER (default: the repository) has a package-lock.json of its own, as the tools of
 * test/mutation do.
 *
 * Plain JavaScript that Node 20 runs, since the Node 24 that the scripts run on is one of the packages.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { delimiter, join, resolve, sep } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** Milliseconds that the registry has to answer; without them npm tries for more than a minute and says nothing. */
const PING_TIMEOUT_MS = 5_000;

/** npm's words for a registry that cannot be reached at all; a mirror that knows no ping answers with another. */
const UNREACHABLE =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT)\b/;

/**
 * Tells why packages must be installed, and by which npm command; `undefined` when they need not.
 *
 * npm writes `node_modules/.package-lock.json` when an installation is complete, so one that was cut short counts as
 * absent. Contents are compared and not times, which a checkout changes. Where all that is there is right and some
 * are only missing, they are added (`npm install --no-save`): a running `npm start` keeps its files.
 *
 * @param {string} root directory of package-lock.json
 * @param {{ omitDev?: boolean }} [options]
 * @returns {{ reason: string, command: 'ci' | 'install' } | undefined}
 */
export function reasonToInstall(root, { omitDev = false } = {}) {
  const installedPath = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedPath)) return { reason: 'packages are not installed', command: 'ci' };
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(installedPath);
  for (const [path, { version, integrity }] of installed) {
    const entry = wanted.get(path);
    if (entry === undefined) return { reason: `${path} is not in package-lock.json`, command: 'ci' };
    if (entry.version !== version || entry.integrity !== integrity) {
      return { reason: `${path} is not ${entry.version}`, command: 'ci' };
    }
  }
  for (const [path, { optional, dev }] of wanted) {
    // Packages for other platforms are in the lock file alone.
    if (installed.has(path) || optional === true || (omitDev && dev === true)) continue;
    return { reason: `${path} is not installed`, command: 'install' };
  }
  return undefined;
}

/**
 * @param {string} path of a lock file
 * @returns {Map<string, { version?: string, integrity?: string, optional?: boolean, dev?: boolean }>} by place; without the project itself
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

/**
 * Runs npm in the foreground, until it has ended: a Ctrl-C reaches npm too, and this process waits for it.
 *
 * @param {string[]} args
 * @param {string} root
 * @param {import('node:child_process').StdioOptions} stdio
 */
function npm(args, root, stdio) {
  const env = { ...process.env, PATH: pathWithoutPackages(process.env.PATH ?? '') };
  const result = spawnSync('npm', args, { cwd: root, env, stdio, encoding: 'utf8' });
  if (result.error !== undefined) throw new Error(`Cannot run npm: ${result.error.message}`);
  return result;
}

/** @param {string} root */
function isOffline(root) {
  const args = ['ping', '--fetch-retries=0', `--fetch-timeout=${PING_TIMEOUT_MS}`];
  const { status, stderr } = npm(args, root, ['ignore', 'ignore', 'pipe']);
  return status !== 0 && UNREACHABLE.test(String(stderr));
}

/**
 * @param {string} root
 * @param {'ci' | 'install'} command
 * @param {boolean} omitDev
 */
function install(root, command, omitDev) {
  const flags = ['--no-audit', '--no-fund', '--loglevel=error', ...(omitDev ? ['--omit=dev'] : [])];
  if (command === 'install') flags.push('--no-save');
  const offline = isOffline(root);
  if (offline) {
    console.error("postern: npm's registry cannot be reached; trying with the packages in npm's cache");
    flags.push('--offline');
  }
  const { status, signal } = npm([command, ...flags], root, ['ignore', 'inherit', 'inherit']);
  if (signal !== null) throw new Error(`stopped by ${signal}; the next start installs the rest`);
  if (status !== 0) {
    const why = offline
      ? "the registry is out of reach and npm's cache lacks some: connect and start again"
      : 'see above';
    throw new Error(`npm ${command} failed with exit code ${status}: ${why}`);
  }
}

/**
 * Lets `npx postern` find the command among the packages; npm links the commands of other packages there, and would
 * make a package of this one first.
 *
 * @param {string} root
 */
export function linkCommand(root) {
  const folder = join(root, 'node_modules', '.bin');
  if (existsSync(folder) && !existsSync(join(folder, 'postern')))
    symlinkSync(join('..', '..', 'postern'), join(folder, 'postern'));
}

/** @param {string[]} args */
function main(args) {
  const omitDev = args.includes('--omit=dev');
  const top = resolve(fileURLToPath(import.meta.url), '..', '..');
  const folders = args.filter((arg) => !arg.startsWith('--'));
  for (const root of folders.length === 0 ? [top] : folders.map((folder) => resolve(top, folder))) {
    const found = reasonToInstall(root, { omitDev });
    if (found === undefined) {
      if (root === top) linkCommand(root);
      continue;
    }
    console.error(`postern: installing packages, since ${found.reason}; this takes about a minute, once`);
    install(root, found.command, omitDev);
    if (root === top && !existsSync(join(root, 'node_modules', '.bin', 'node'))) {
      throw new Error('npm did not install Node 24: it must be allowed to run install scripts (ignore-scripts=false)');
    }
    if (root === top) linkCommand(root);
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  // A Ctrl-C ends npm, which is in the same process group; this process then says what happened.
  process.on('SIGINT', () => {});
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error(`postern: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
