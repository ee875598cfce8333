/** What `--help` shows. */
import type { Command } from '../command.ts';
import { COMMANDS } from '../commands.ts';

export const COMMON_HELP = `Every command has

  --json      the API's own JSON: one document, or a line for each entry of a list
  --csv       a list as comma-separated values
  --utc       times in UTC; without it in the local zone (TZ)
  --api URL   the API; without it POSTERN_API, else the embedded run of this machine. One on AWS is asked with a
              signature by the usual AWS credentials (AWS_PROFILE, AWS_ACCESS_KEY_ID, SSO, roles)
  --help      what it does and takes

Colours are for terminals alone; NO_COLOR=1 switches them off.
Exit code 0: done; 1: not done, the reason is on standard error; 2: usage error; 130: ended by Ctrl-C.
`;

export function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}\n`);
  return `Usage: postern COMMAND [ARGUMENT...]

In a checkout type npx postern, or ./postern, which is quicker.

${lines.join('')}
postern COMMAND --help tells more.

${COMMON_HELP}`;
}

export function helpOf({ help }: Command): string {
  return `${help}\n${COMMON_HELP}`;
}
