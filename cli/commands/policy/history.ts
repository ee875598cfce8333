import type * as z from 'zod';
import {
  historyAnswer,
  type ItemChangeAnswer,
  pastPolicyAnswer,
  type VersionAnswer,
} from '../../../functions/admin/contract/answers/history-answer.ts';
import { path } from '../../api/path.ts';
import { noMore, required } from '../../arguments.ts';
import { defineCommand } from '../../command.ts';
import type { Context } from '../../context.ts';
import { changeText, type Difference } from '../../differences.ts';
import type { Output } from '../../output/output.ts';
import type { Column } from '../../output/table.ts';
import { showFirst } from '../../shown-list.ts';
import { timeOption } from '../../time-option.ts';
import { eventLimit } from '../events/event-options.ts';

const COLUMNS: readonly Column<VersionAnswer>[] = [
  { heading: 'TIME', cell: ({ at }) => at, kind: 'time' },
  { heading: 'VERSION', cell: ({ version }) => version },
  { heading: 'WHO', cell: ({ who }) => who.replace(/^arn:[^/]*\//, ''), mayBeCut: true, leaveOut: 1 },
  { heading: 'WHAT', cell: versionText, mayBeCut: true, isNews: true },
];

export const historyCommand = defineCommand({
  name: 'history',
  help: `Usage: postern history SERVER [--limit N]
       postern history SERVER VERSION|TIME

The versions of a server's policy, newest first: who changed what. What one call changed is one version. A change is
there a second or two after it was made, and for the server's historyDays.

  VERSION    as the list names it: the policy as it was, and what a rollback to it would change now; --json has all of
             it, and what is its "policy" can be imported
  TIME       the policy that was in force then: 2h, yesterday, 09:00, 2026-03-01, 2026-03-01T12:00
  --limit    versions shown, 100 where nothing is said; 0 shows all

  postern history inbound
  postern history inbound 20260301T100000-1a2b3c4d
`,
  places: [['SERVER']],
  options: { limit: { type: 'string' } },
  run: async ({ values, words: [word, version, ...rest] }, context) => {
    noMore(rest);
    const server = required(word, 'SERVER');
    return version === undefined ? list(server, eventLimit(values), context) : show(server, version, context);
  },
});

async function list(server: string, limit: number | undefined, context: Context): Promise<number> {
  const entries = context.api.pages({
    path: path`/servers/${server}/history`,
    doing: `show the history of ${server}`,
    answer: historyAnswer,
    entries: ({ versions }: z.output<typeof historyAnswer>) => versions,
    ...(limit === undefined ? {} : { limit: Math.min(limit + 1, 1000) }),
  });
  await showFirst({ columns: COLUMNS, entries, limit, nothing: `${server} has no recorded change.` }, context);
  return 0;
}

async function show(server: string, version: string, { api, output, clock }: Context): Promise<number> {
  const { value, raw } = await api.call({
    path: path`/servers/${server}/history/${versionOrTime(version, clock())}`,
    doing: `show ${server} as it was at ${version}`,
    answer: pastPolicyAnswer,
  });
  if (output.isJson) {
    output.json(raw);
    return 0;
  }
  output.facts([
    ['version', value.version],
    ['at', output.moment(value.at)],
    ['who', value.who],
    ['changed', versionText(value)],
  ]);
  showSteps(value.differences, `${server} is now as it was then.`, output);
  return 0;
}

/** A version's name as it is; a time as the API takes it. */
export function versionOrTime(text: string, clock: Parameters<typeof timeOption>[2]): string {
  if (/^\d{8}T\d{6}-[0-9a-f]{8}$/.test(text)) return text;
  return timeOption(text, 'VERSION', clock) ?? text;
}

/** What a rollback does, or would do. */
export function showSteps(steps: readonly ItemChangeAnswer[], nothing: string, output: Output): void {
  output.table(
    [
      {
        heading: 'STEP',
        cell: ({ action }) => STEPS[action],
        style: ({ action }) => (action === 'deleted' ? 'red' : undefined),
      },
      { heading: 'ITEM', cell: ({ item }) => item },
      { heading: 'ATTRIBUTES', cell: (step) => changeText(differenceOf(step)), mayBeCut: true, isNews: true },
    ],
    steps,
    nothing,
  );
}

const STEPS = { made: 'add', changed: 'change', deleted: 'remove' } as const;

function differenceOf({ item, action, before, after }: ItemChangeAnswer): Difference {
  return {
    kind: STEPS[action],
    item,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

/** `settings: maxRecipients: 50 → 60; domain#example.com added`, and how many more. */
function versionText({ changes, changesOmitted = 0 }: VersionAnswer): string {
  const texts = changes.map((change) => {
    if (change.action === 'made') return `${change.item} added`;
    if (change.action === 'deleted') return `${change.item} removed`;
    return `${change.item} ${changeText(differenceOf(change))}`;
  });
  return [...texts, ...(changesOmitted === 0 ? [] : [`and ${changesOmitted} more`])].join('; ');
}
