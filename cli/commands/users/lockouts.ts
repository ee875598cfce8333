import { type LockoutAnswer, lockoutsAnswer } from '../../../functions/admin/contract/answers/user-answer.ts';
import { ANY_ANSWER } from '../../api/api.ts';
import { path } from '../../api/path.ts';
import { actionOf, noMore, required } from '../../arguments.ts';
import { collect } from '../../collect.ts';
import { defineCommand } from '../../command.ts';
import type { Context } from '../../context.ts';
import type { Column } from '../../output/table.ts';

const COLUMNS: readonly Column<LockoutAnswer>[] = [
  { heading: 'USER', cell: ({ user }) => user },
  { heading: 'NETWORK', cell: ({ network }) => network },
  { heading: 'FAILURES', cell: ({ failures }) => failures, kind: 'number' },
  { heading: 'UNTIL', cell: ({ until }) => until, kind: 'time' },
  { heading: 'LOCKED OUT OF', cell: ({ lockedOn }) => lockedOn, mayBeCut: true, isNews: true, style: () => 'red' },
];

export const lockoutsCommand = defineCommand({
  name: 'lockouts',
  help: `Usage: postern lockouts [USER] [--all]
       postern lockouts USER unlock NETWORK

Shows who may not log in from where, and until when: client networks that have failed too often for a user
(lockoutFailures, lockoutSeconds in the settings of a server). Names that are no user's are counted like users.

  --all     every failed login that counts, locked out or not
  unlock    forgets those of one network; postern users USER unlock those of all

  postern lockouts alice@example.com unlock 203.0.113.7
`,
  places: [['USER'], ['unlock'], ['NETWORK']],
  options: { all: { type: 'boolean' } },
  run: async ({ values, words: [user, action, network, ...rest] }, context) => {
    noMore(rest);
    if (user === undefined || action === undefined) return list(user, values.all === true, context);
    actionOf(action, ['unlock']);
    return unlock(user, required(network, 'NETWORK'), context);
  },
});

async function list(user: string | undefined, isAll: boolean, { api, output }: Context): Promise<number> {
  const call = { path: '/lockouts', doing: 'list lockouts', answer: lockoutsAnswer };
  const query = { user, all: isAll ? 'true' : undefined };
  const lockouts = await collect(api.pages({ ...call, query, entries: (page) => page.lockouts }));
  lockouts.sort((a, b) => (a.user === b.user ? compare(a.network, b.network) : compare(a.user, b.user)));
  output.list(COLUMNS, lockouts, isAll ? 'No failed login is counted.' : 'Nobody is locked out.');
  return 0;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1;
}

async function unlock(user: string, network: string, { api, output }: Context): Promise<number> {
  const doing = `unlock ${network} for ${user}`;
  await api.call({ method: 'DELETE', path: path`/lockouts/${user}/${network}`, doing, answer: ANY_ANSWER });
  if (!output.isJson) output.line(`User ${user}: failed logins from ${network} forgotten`);
  return 0;
}
