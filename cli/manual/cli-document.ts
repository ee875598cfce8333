/** `docs/cli.md`, made of what the commands say of themselves. */
import { COMMANDS } from '../commands.ts';
import { COMMON_HELP } from './help.ts';

const INTRODUCTION = `# The command line

<!-- Made by npm run docs:cli from the commands' own help; a test holds it to that. -->

\`npx postern\` in a checkout, or \`./postern\`, which is quicker, does by the [admin API](admin-api.md) what people do with
Postern. Paths count from where it is typed. To type \`postern\` from anywhere, put the checkout on \`PATH\`:

\`\`\`
export PATH="$PATH:$HOME/postern"
\`\`\`

It asks the embedded run of this machine, or a deployment:

\`\`\`
export POSTERN_API=https://ID.execute-api.REGION.amazonaws.com
\`\`\`
`;

export async function cliDocument(): Promise<string> {
  const commands = await Promise.all(COMMANDS.map((each) => each.load()));
  const list = COMMANDS.map(({ name, summary }) => `| [${name}](#${name}) | ${summary} |`);
  const sections = commands.map(({ name, help }) => `## ${name}\n\n${block(help)}`);
  const common = COMMON_HELP.split('\n').slice(1).join('\n');
  return [
    INTRODUCTION,
    `| command | what |\n| --- | --- |\n${list.join('\n')}\n`,
    `## Every command\n\nEvery command has\n\n${block(common)}`,
    ...sections,
  ].join('\n');
}

function block(text: string): string {
  return `\`\`\`\n${text.replace(/^\n+|\n+$/g, '')}\n\`\`\`\n`;
}
