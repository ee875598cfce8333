import { explainAnswer } from '../../../functions/admin/contract/answers/explain-answer.ts';
import {
  type PolicyAnswer,
  type PolicyDocument,
  policyAnswer,
  policyDocumentSchema,
} from '../../../functions/admin/contract/answers/policy-document.ts';
import { ApiError } from '../../api/api-error.ts';
import { path } from '../../api/path.ts';
import { noMore, required } from '../../arguments.ts';
import { defineCommand } from '../../command.ts';
import type { Context } from '../../context.ts';
import { changeText, type Difference, differencesOf } from '../../differences.ts';
import { confirm } from '../../input/ask.ts';
import { readJson, readText } from '../../input/text-input.ts';
import { counted } from '../../output/counted.ts';
import { ImportBasis } from './import-basis.ts';
import { ImportRun } from './import-run.ts';

export const importCommand = defineCommand({
  name: 'import',
  help: `Usage: postern import SERVER FILE [--dry-run] [--force]

Makes the policy of a server, a new one too, what the document says: items that it does not hold are removed, after a
question where there is a terminal. The whole document is checked first, and nothing is changed where anything in it is
wrong. Then items are written one by one, in an order in which no step opens the server. Broken off, by Ctrl-C too, the
import is repeated with the same command, and goes on where it stopped.

A document that export wrote names the version that it was read from. Where somebody has changed the server since, it is
refused, so that it undoes no one's work: export again, or --force.

  FILE        as export writes it; - is standard input
  --dry-run   checks the document and shows what would change, and changes nothing
  --force     asks nothing, and replaces what somebody has changed since the document was exported

  postern import inbound inbound.json --dry-run
`,
  places: [['SERVER'], ['FILE']],
  options: { 'dry-run': { type: 'boolean' }, force: { type: 'boolean' } },
  run: async ({ values, words: [word, file, ...rest] }, context) => {
    noMore(rest);
    const server = required(word, 'SERVER');
    const name = required(file, 'FILE');
    const document = readJson(await readText(name, context), name, policyDocumentSchema);
    const current = await currentPolicy(server, context);
    const differences = differencesOf(current, document);
    await validate(server, document, context);
    const isForced = values.force === true;
    const basis = new ImportBasis({ server, document, isForced }, context);
    if (values['dry-run'] === true) {
      show(server, differences, context);
      basis.warn(current);
      return 0;
    }
    basis.begin(current);
    await askBeforeRemoval({ server, differences, isForced }, context);
    return new ImportRun({ server, document, basis, toApply: differences.length }, context).run();
  },
});

async function currentPolicy(server: string, { api }: Context): Promise<PolicyAnswer | undefined> {
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

/** Items that are named before they are removed. */
const NAMED = 20;

interface Removal {
  readonly server: string;
  readonly differences: readonly Difference[];
  readonly isForced: boolean;
}

async function askBeforeRemoval({ server, differences, isForced }: Removal, context: Context): Promise<void> {
  const removed = differences.filter(({ kind }) => kind === 'remove').map(({ item }) => item);
  const written = counted(differences.length - removed.length, 'item');
  const more = removed.length > NAMED ? `\n  and ${removed.length - NAMED} more` : '';
  const names = removed.length === 0 ? '' : `\n  ${removed.slice(0, NAMED).join('\n  ')}${more}`;
  const what = `${server}: ${written} to write, ${removed.length} to remove${names}`;
  const isAsked = removed.length > 0 && context.input.isTTY === true && !isForced;
  if (isAsked) await confirm({ what, isForced }, context);
  else for (const line of what.split('\n')) context.output.note(line);
}

function show(server: string, differences: readonly Difference[], { output }: Context): void {
  output.list(
    [
      { heading: 'STEP', cell: ({ kind }) => kind, style: ({ kind }) => (kind === 'remove' ? 'red' : undefined) },
      { heading: 'ITEM', cell: ({ item }) => item },
      { heading: 'ATTRIBUTES', cell: changeText, mayBeCut: true, isNews: true },
    ],
    differences,
    `Nothing would change: ${server} says what the document says.`,
  );
}
