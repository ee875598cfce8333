import { appliedAnswer } from '../../functions/admin/contract/answers/policy-document.ts';
import { serversAnswer } from '../../functions/admin/contract/answers/server-answer.ts';
import { usersAnswer } from '../../functions/admin/contract/answers/user-answer.ts';
import { path, withQuery } from '../api/path.ts';
import { noMore, required } from '../arguments.ts';
import { type Backup, backupSchema } from '../backup-file.ts';
import { CliError } from '../cli-error.ts';
import { collect } from '../collect.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { readText } from '../input/text-input.ts';
import { counted } from '../output/counted.ts';
import { sendUsers } from './users/users-bulk.ts';

/** Calls for one server that bring nothing; then something is wrong. */
const MOST_IDLE = 3;

export const restoreCommand = defineCommand({
  name: 'restore',
  help: `Usage: postern restore FILE [--replace]

Makes the servers and users of a backup in this deployment. One that has users or servers already is left alone,
unless --replace is given: then what the file names is made what the file says, and what it does not name stays. A new
deployment has its first policies, and so needs --replace. Servers get their addresses and tasks from the deployment,
not from the file.

  postern restore postern-2026-03-01.json --api https://... --replace
`,
  places: [['FILE']],
  options: { replace: { type: 'boolean' } },
  run: async ({ values, words: [word, ...rest] }, context) => {
    noMore(rest);
    const file = required(word, 'FILE');
    const backup = readBackup(await readText(file, context), file);
    if (values.replace !== true) await mustBeEmpty(context);
    for (const [server, document] of Object.entries(backup.servers)) await restoreServer(server, document, context);
    const users = await sendUsers(backup.users, { isReplacing: values.replace === true, isDryRun: false }, context);
    const { output } = context;
    const restored = users.made.length + users.replaced.length;
    output.line(`${counted(Object.keys(backup.servers).length, 'server')} and ${counted(restored, 'user')} restored`);
    for (const { user, detail } of users.failed) output.line(`${user}: ${detail}`, 'red');
    if (users.failed.length > 0) throw new CliError(`${counted(users.failed.length, 'user')} could not be restored`);
    return 0;
  },
});

function readBackup(text: string, file: string): Backup {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CliError(`${file} is not JSON`, { cause: error });
  }
  const result = backupSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new CliError(`${file} is no backup: ${issue?.path.join('.') || 'it'}: ${issue?.message}`);
}

async function mustBeEmpty({ api }: Context): Promise<void> {
  const servers = { path: '/servers', doing: 'list servers', answer: serversAnswer };
  const users = { path: '/users', doing: 'list users', answer: usersAnswer };
  const names = (await collect(api.pages({ ...servers, entries: (page) => page.servers }))).map(({ server }) => server);
  const { value } = await api.call({ ...users, path: withQuery('/users', { limit: 1 }) });
  if (names.length === 0 && value.users.length === 0) return;
  const has = names.length === 0 ? 'users' : `servers (${names.join(', ')})`;
  throw new CliError(`This deployment has ${has} already: --replace makes what the file names what the file says`);
}

async function restoreServer(
  server: string,
  document: Backup['servers'][string],
  { api, output }: Context,
): Promise<void> {
  let idle = 0;
  for (;;) {
    const { value } = await api.call({
      method: 'PUT',
      path: withQuery(path`/servers/${server}/policy`, { force: 'true' }),
      doing: `restore ${server}`,
      answer: appliedAnswer,
      body: document,
    });
    if (value.done) return;
    idle = value.applied.put.length + value.applied.deleted.length === 0 ? idle + 1 : 0;
    if (idle === MOST_IDLE) throw new CliError(`${server}: nothing goes on, ${counted(value.left, 'item')} left`);
    output.status(`${server}: ${counted(value.left, 'item')} left`);
  }
}
