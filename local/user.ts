/** `npm run user -- …`: the users of the embedded run. */
import { runUserCommand } from './user/command.ts';

// `… list | head`: who reads has seen enough.
process.stdout.on('error', () => process.exit(0));
process.exitCode = await runUserCommand(process.argv.slice(2), process.env);
