/** Whether a process that a test wants to be gone is still there. */
import { readFileSync } from 'node:fs';

/** One that has ended is not, though no one has asked for its exit code yet. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
