/**
 * One run at a time on a state directory.
 *
 * The lock is a file that names its holder's process id and start time, since a process id alone is used again: a lock
 * left behind by a killed run holds nothing up.
 */
import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunError } from '../run-error.ts';

const LOCK_FILE = 'run.lock';
const ATTEMPTS = 10;

interface Holder {
  readonly pid: number;
  readonly startedAt: string;
}

/**
 * Takes the lock of `home` and returns what releases it.
 *
 * @throws RunError naming the process that holds it
 */
export function takeRunLock(home: string): () => void {
  const path = join(home, LOCK_FILE);
  const own = JSON.stringify({ pid: process.pid, startedAt: startTime(process.pid) ?? '' } satisfies Holder);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (createWhole(path, own)) return () => removeIf(path, own);
    const found = readIfThere(path);
    if (found === undefined) continue;
    const holder = parseHolder(found);
    if (holder !== undefined && startTime(holder.pid) === holder.startedAt) {
      throw new RunError(`Another run with process id ${holder.pid} uses ${home}: end it, or set POSTERN_HOME`);
    }
    removeIf(path, found);
  }
  throw new RunError(`Cannot take ${path}: others keep taking and leaving it`);
}

/** Creates a file with its content in one step; false when there is one. */
function createWhole(path: string, content: string): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes the lock if it still is the one that was judged; a newer one that was caught by mistake is put back. */
function removeIf(path: string, content: string): void {
  const aside = `${path}.${process.pid}.old`;
  try {
    renameSync(path, aside);
    if (readFileSync(aside, 'utf8') !== content) linkSync(aside, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isHolder = typeof value === 'object' && value !== null && 'pid' in value && 'startedAt' in value;
    if (!isHolder || typeof value.pid !== 'number' || typeof value.startedAt !== 'string') return undefined;
    return { pid: value.pid, startedAt: value.startedAt };
  } catch {
    return undefined;
  }
}

/** When a process started, in the system's own words; `undefined` when there is no such process. */
export function startTime(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      // The name, in parentheses, may hold blanks; the start time is the 20th field after it (proc(5)).
      return readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[19];
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
