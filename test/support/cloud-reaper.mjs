/**
 * Ends what a test's cloud leaves behind, even one that was killed or that left a part stopped by SIGSTOP: reads
 * `+PID` and `-PID` lines, and at the end of input kills the process groups that are left and removes the directory.
 *
 * Usage: cloud-reaper.mjs DIRECTORY
 */
import { rmSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';

const pids = new Set();
// Ctrl-C is for the test run, whose end is the end of our input.
process.on('SIGINT', () => {});
createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line.startsWith('+')) pids.add(Number(line.slice(1)));
    else pids.delete(Number(line.slice(1)));
  })
  .on('close', () => {
    for (const pid of pids) {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
    const directory = process.argv[2];
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  });
