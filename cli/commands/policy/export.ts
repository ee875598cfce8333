import {
  type PolicyAnswer,
  policyAnswer,
  SECTIONS,
} from '../../../functions/admin/contract/answers/policy-document.ts';
import { path } from '../../api/path.ts';
import { noMore, required } from '../../arguments.ts';
import { defineCommand } from '../../command.ts';
import { writeText } from '../../input/text-input.ts';
import { printableJson } from '../../output/printable.ts';

export const exportCommand = defineCommand({
  name: 'export',
  help: `Usage: postern export SERVER [--output FILE]

Writes the policy as people gave it, all items of the server, as JSON that import, explain and replay take. It names the
server and the version that it was read from, so that import refuses to undo what somebody changes meanwhile. Users are
no part of it. With --json the API's answer is written as it is, problems too.

  --output FILE   a file in place of standard output

  postern export inbound --output inbound.json
`,
  places: [['SERVER']],
  options: { output: { type: 'string' } },
  run: async ({ values, words: [word, ...rest] }, context) => {
    noMore(rest);
    const { api, output, pathOf } = context;
    const server = required(word, 'SERVER');
    const call = { path: path`/servers/${server}/policy`, doing: `export ${server}`, answer: policyAnswer };
    const { value, raw } = await api.call(call);
    const text = `${printableJson(output.isJson ? raw : documentOf(value), 2)}\n`;
    if (values.output === undefined) output.text(text);
    else {
      await writeText(values.output, text, context);
      output.note(
        `${server}: policy version ${value.policyVersion ?? 'none in force'} written to ${pathOf(values.output)}`,
      );
    }
    for (const { item, problem } of value.problems) output.note(`${item} is not in force as it stands: ${problem}`);
    return 0;
  },
});

/** The settings first; without the problems, which are not the document's to say. */
function documentOf({ problems: _problems, ...answer }: PolicyAnswer): object {
  const { server, policyVersion, itemsVersion, settings } = answer;
  return {
    server,
    policyVersion,
    itemsVersion,
    settings,
    ...Object.fromEntries(SECTIONS.map((name) => [name, answer[name]])),
  };
}
