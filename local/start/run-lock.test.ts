import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../test-support/temporary-directory.ts';
import { startTime, takeRunLock } from './run-lock.ts';

/** Above the largest process id of Linux (2^22) and macOS. */
const NOBODYS_PID = 2 ** 30;

describe('the lock of a run', () => {
  it('names the process that holds it', () => {
    const home = temporaryDirectory();
    takeRunLock(home);

    expect(() => takeRunLock(home)).toThrow(`Another run with process id ${process.pid} uses ${home}`);
  });

  it('is free again when released, and leaves nothing', () => {
    const home = temporaryDirectory();
    takeRunLock(home)();

    takeRunLock(home)();

    expect(readdirSync(home)).toEqual([]);
  });

  it.each([
    ['a process that is gone', JSON.stringify({ pid: NOBODYS_PID, startedAt: '1' })],
    ['another process that got its number', JSON.stringify({ pid: process.pid, startedAt: 'long ago' })],
    ['nobody that can be read', 'garbage'],
    ['an empty file', ''],
  ])('is taken from %s', (_case, content) => {
    const home = temporaryDirectory();
    writeFileSync(join(home, 'run.lock'), content);

    takeRunLock(home);

    expect(readFileSync(join(home, 'run.lock'), 'utf8')).toContain(`"pid":${process.pid}`);
    expect(readdirSync(home)).toEqual(['run.lock']);
  });

  it("does not release another run's", () => {
    const home = temporaryDirectory();
    const release = takeRunLock(home);
    writeFileSync(join(home, 'run.lock'), 'of another');

    release();

    expect(readFileSync(join(home, 'run.lock'), 'utf8')).toBe('of another');
  });

  it('knows when a process started', () => {
    expect(startTime(process.pid)).toBe(startTime(process.pid));
    expect(startTime(process.pid)).not.toBe(startTime(process.ppid));
    expect(startTime(NOBODYS_PID)).toBeUndefined();
  });
});
