import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pathWithoutPackages, reasonToInstall } from './install.mjs';

const A = { version: '1.0.0', integrity: 'sha512-a' };
const OTHER_PLATFORM = { version: '2.0.0', integrity: 'sha512-b', optional: true };

type Packages = Readonly<Record<string, object>>;

/** A project whose lock file names some packages, and whose node_modules holds others; none without. */
function project(wanted: Packages, installed?: Packages): string {
  const root = mkdtempSync(join(tmpdir(), 'postern-test-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'node_modules'));
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: { '': { name: 'x' }, ...wanted } }));
  if (installed !== undefined) {
    writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: installed }));
  }
  return root;
}

describe('packages are installed when', () => {
  it.each<[string, Packages, Packages | undefined, string, 'ci' | 'install']>([
    ['they never were, or not to the end', { 'node_modules/a': A }, undefined, 'packages are not installed', 'ci'],
    ['one is missing', { 'node_modules/a': A }, {}, 'node_modules/a is not installed', 'install'],
    [
      'one has another version',
      { 'node_modules/a': A },
      { 'node_modules/a': { ...A, version: '0.9.0' } },
      'node_modules/a is not 1.0.0',
      'ci',
    ],
    [
      'one has other content',
      { 'node_modules/a': A },
      { 'node_modules/a': { ...A, integrity: 'x' } },
      'node_modules/a is not 1.0.0',
      'ci',
    ],
    ['one is not wanted any more', {}, { 'node_modules/a': A }, 'node_modules/a is not in package-lock.json', 'ci'],
  ])('%s', (_case, wanted, installed, reason, command) => {
    expect(reasonToInstall(project(wanted, installed))).toEqual({ reason, command });
  });
});

describe('packages are not installed when', () => {
  it('all are there but those of other platforms', () => {
    const root = project({ 'node_modules/a': A, 'node_modules/b': OTHER_PLATFORM }, { 'node_modules/a': A });

    expect(reasonToInstall(root)).toBeUndefined();
  });

  it('only the time of the lock file changed, as by a checkout', () => {
    const root = project({ 'node_modules/a': A }, { 'node_modules/a': A });
    const future = new Date(Date.now() + 3_600_000);
    utimesSync(join(root, 'package-lock.json'), future, future);

    expect(reasonToInstall(root)).toBeUndefined();
  });
});

describe('a script that only runs the product', () => {
  const WANTED = { 'node_modules/a': A, 'node_modules/t': { ...A, dev: true } };

  it('does without the packages of tests, which a script that needs them adds', () => {
    const root = project(WANTED, { 'node_modules/a': A });

    expect(reasonToInstall(root, { omitDev: true })).toBeUndefined();
    expect(reasonToInstall(root)).toEqual({ reason: 'node_modules/t is not installed', command: 'install' });
  });

  it('leaves them where they are', () => {
    expect(reasonToInstall(project(WANTED, WANTED), { omitDev: true })).toBeUndefined();
  });
});

it('npm runs without the node that it replaces', () => {
  expect(pathWithoutPackages('/p/node_modules/.bin:/usr/bin:/node_modules/.bin:/bin')).toBe('/usr/bin:/bin');
});
