import { writeFile } from 'node:fs/promises';
import { type PolicyAnswer, policyAnswer, SECTIONS } from '../api/answers.ts';
import { path } from '../api/path.ts';
import { noMore, required } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { defineCommand } from '../command.ts';
import { printableJson } from '../output/printable.ts';

export const exportCommand = defineCommand({
  name: 'export',
  summary: 'the whole policy of a server as one document',
  help: `Usage: npm run postern -- export SERVER --output FILE
       npm run --silent postern -- export SERVER > FILE

Writes the policy as people gave it, all items of the server, as JSON that import, explain and replay take. Users are
no part of it. With --json the API's answer is written as it is, with the version and problems.

  --output FILE   writes a file in place of standard output, where npm itself says two lines without --silent
`,
  options: { output: { type: 'string' } },
  run: async ({ values, words: [word, ...rest] }, { api, output }) => {
    noMore(rest);
    const server = required(word, 'SERVER');
    const call = { path: path`/servers/${server}/policy`, doing: `export ${server}`, answer: policyAnswer };
    const { value, raw } = await api.call(call);
    const text = `${printableJson(output.isJson ? raw : documentOf(value), 2)}\n`;
    if (values.output === undefined) output.text(text);
    else await write(values.output, text);
    for (const { item, problem } of value.problems) output.note(`${item} is not in force as it stands: ${problem}`);
    return 0;
  },
});

/** Without what changes when the policy does not. */
function documentOf({ settings, ...answer }: PolicyAnswer): object {
  return { settings, ...Object.fromEntries(SECTIONS.map((name) => [name, answer[name]])) };
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new CliError(`Cannot write ${file}: ${(error as Error).message}`);
  }
}
