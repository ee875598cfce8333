/**
 * Outlives the benchmark by a moment: when the channel to it closes, whatever process groups it was told of are ended.
 * The kernel's own way (PR_SET_PDEATHSIG) is lost on a program that changes its user, as Postfix does.
 *
 * Plain JavaScript: no parser to load. Messages: `{ watch: PID }`, `{ forget: PID }`.
 */
import process from 'node:process';

/** Milliseconds between asking and forcing. */
const GRACE_MS = 1000;
const groups = new Set();

function end(signal) {
  for (const pid of groups) {
    try {
      process.kill(-pid, signal);
    } catch {
      // Gone already.
      groups.delete(pid);
    }
  }
}

process.on('message', ({ watch, forget }) => {
  if (watch !== undefined) groups.add(watch);
  if (forget !== undefined) groups.delete(forget);
});
process.on('disconnect', () => {
  end('SIGTERM');
  setTimeout(() => {
    end('SIGKILL');
    process.exit();
  }, GRACE_MS);
});
