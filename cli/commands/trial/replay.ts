import { policyDocumentSchema } from '../../../functions/admin/contract/answers/policy-document.ts';
import { replayAnswerSchema } from '../../../functions/admin/contract/answers/replay-answer.ts';
import { path } from '../../api/path.ts';
import { noMore, required } from '../../arguments.ts';
import { defineCommand } from '../../command.ts';
import { readJson, readText } from '../../input/text-input.ts';
import { counted } from '../../output/counted.ts';
import { spanOf } from '../../time-option.ts';
import { TIME_OPTIONS_HELP } from '../events/event-options.ts';
import { ReplaySum } from './replay-sum.ts';

export const replayCommand = defineCommand({
  name: 'replay',
  help: `Usage: postern replay SERVER --policy FILE [--since TIME] [--until TIME] [--each]

Plays recorded sessions under a policy document that no one has saved, newest first, and shows what would have been
answered differently: each session where they are few, else equal differences together with how often they occur.
docs/admin-api.md tells what the records do not hold.

  --policy FILE     the document, as export writes it; - is standard input
${TIME_OPTIONS_HELP}  --each            each session, however many they are

  postern export inbound --output new.json     (then edit new.json)
  postern replay inbound --policy new.json --since 7d
`,
  places: [['SERVER']],
  options: {
    policy: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    each: { type: 'boolean' },
  },
  run: async ({ values, words: [word, ...rest] }, context) => {
    noMore(rest);
    const { api, output } = context;
    const server = required(word, 'SERVER');
    const file = required(values.policy, '--policy FILE');
    const policy = readJson(await readText(file, context), file, policyDocumentSchema);
    const body = { policy, ...spanOf(values, context.clock()) };
    const sum = new ReplaySum(values.each === true);
    do {
      const { value, raw } = await api.call({
        method: 'POST',
        path: path`/servers/${server}/replay`,
        doing: `replay ${server}`,
        answer: replayAnswerSchema,
        body: { ...body, next: sum.next },
      });
      if (output.isJson) output.jsonLine(raw);
      sum.add(value);
      if (sum.next !== undefined) output.progress(`${counted(sum.scanned, 'session')} played, ${sum.different} differ`);
    } while (sum.next !== undefined);
    if (!output.isJson) sum.show(output);
    return 0;
  },
});
