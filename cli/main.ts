/**
 * `postern …`: the command line of the admin API.
 *
 * Here only what must come before the other modules are loaded: where their compiled form is kept, among the installed
 * packages, where no one else may write.
 */
import { enableCompileCache } from 'node:module';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const ROOT = resolve(import.meta.dirname, '..');
enableCompileCache(join(ROOT, 'node_modules', '.cache', 'postern'));
const { runCli } = await import('./run-cli.ts');

const interruption = new AbortController();
// The second one ends it at once.
process.once('SIGINT', () => interruption.abort());
// `… | head`: who reads has seen enough.
process.stdout.on('error', () => process.exit(0));

/** `npm run postern` goes to the root of the repository, and says where it was called. */
function folder(): string {
  const { INIT_CWD: called, npm_lifecycle_event: script } = process.env;
  return called !== undefined && script === 'postern' && process.cwd() === ROOT ? called : process.cwd();
}

async function sleep(ms: number): Promise<void> {
  // An end before its time is no failure: whoever sleeps looks at the signal.
  await wait(ms, undefined, { signal: interruption.signal }).catch(() => undefined);
}

process.exitCode = await runCli(process.argv.slice(2), {
  terminal: {
    out: process.stdout,
    err: process.stderr,
    mayColour: (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb',
  },
  input: process.stdin,
  environment: process.env,
  folder: folder(),
  signal: interruption.signal,
  sleep,
});
