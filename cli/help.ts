/** What `--help` shows. */
import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';

const COMMON = `
Every command has

  --json      the API's own JSON: one document, or a line for each entry of a list
  --api URL   the API; without it POSTERN_API, else the embedded run of this machine. One on AWS is asked with a
              signature by the usual AWS credentials (AWS_PROFILE, AWS_ACCESS_KEY_ID, SSO, roles)
  --help      what it does and takes

Exit code 0: done; 1: not done, the reason is on standard error; 2: typed wrong.
`;

export function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}\n`);
  return `Usage: npm run postern -- COMMAND [ARGUMENT...]

${lines.join('')}${COMMON}`;
}

export function helpOf({ help }: Command): string {
  return `${help}${COMMON}`;
}
