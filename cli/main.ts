/** `npm run postern -- …`: the command line of the admin API. */
import { runCli } from './run-cli.ts';

const interruption = new AbortController();
// The second one ends it at once.
process.once('SIGINT', () => interruption.abort());
// `… | head`: who reads has seen enough.
process.stdout.on('error', () => process.exit(0));

process.exitCode = await runCli(process.argv.slice(2), {
  terminal: {
    out: process.stdout,
    err: process.stderr,
    mayColour: (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb',
  },
  input: process.stdin,
  environment: process.env,
  signal: interruption.signal,
});
