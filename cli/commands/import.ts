import { explainAnswer, type PolicyDocument, policyAnswer, policyDocument } from '../api/answers.ts';
import { ApiError } from '../api/api-error.ts';
import { path } from '../api/path.ts';
import { noMore, required } from '../arguments.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { changeText, type Difference, differencesOf } from '../differences.ts';
import { readJson, readText } from '../text-input.ts';
import { ImportRun } from './import-run.ts';

export const importCommand = defineCommand({
  name: 'import',
  summary: 'makes the policy of a server what a document says',
  help: `Usage: npm run postern -- import SERVER FILE [--dry-run]

Makes the policy of a server, a new one too, what the document says: items that it does not hold are removed. The whole
document is checked first, and nothing is changed where anything in it is wrong. Then items are written one by one, in
an order in which no step opens the server. Broken off, by Ctrl-C too, the import is repeated with the same command,
and goes on where it stopped.

  FILE        as export writes it; - is standard input
  --dry-run   checks the document and shows what would change, and changes nothing
`,
  options: { 'dry-run': { type: 'boolean' } },
  run: async ({ values, words: [word, file, ...rest] }, context) => {
    noMore(rest);
    const server = required(word, 'SERVER');
    const name = required(file, 'FILE');
    const document = readJson(await readText(name, context), name, policyDocument);
    const differences = differencesOf(await currentPolicy(server, context), document);
    if (values['dry-run'] !== true) return new ImportRun(server, document, context).run(differences);
    await validate(server, document, context);
    show(server, differences, context);
    return 0;
  },
});

async function currentPolicy(server: string, { api }: Context): Promise<PolicyDocument | undefined> {
  const call = { path: path`/servers/${server}/policy`, doing: `read ${server}`, answer: policyAnswer };
  try {
    return (await api.call(call)).value;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** The API checks a document whole before it explains by it; of no line, that is all it does. */
async function validate(server: string, document: PolicyDocument, { api }: Context): Promise<void> {
  await api.call({
    method: 'POST',
    path: path`/servers/${server}/explain`,
    doing: `import into ${server}`,
    answer: explainAnswer,
    body: { dialogue: [], policy: document },
  });
}

function show(server: string, differences: readonly Difference[], { output }: Context): void {
  if (output.isJson) {
    for (const difference of differences) output.jsonLine(difference);
    return;
  }
  output.table(
    [
      { heading: 'STEP', cell: ({ kind }) => kind },
      { heading: 'ITEM', cell: ({ item }) => item },
      { heading: 'ATTRIBUTES', cell: changeText, mayBeCut: true },
    ],
    differences,
    `Nothing would change: ${server} says what the document says.`,
  );
}
