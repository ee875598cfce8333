import { writeFile } from 'node:fs/promises';
import { policyAnswer, SECTIONS } from '../../functions/admin/contract/answers/policy-document.ts';
import { serversAnswer } from '../../functions/admin/contract/answers/server-answer.ts';
import { path } from '../api/path.ts';
import { noMore, required } from '../arguments.ts';
import { type Backup, USER_ATTRIBUTES } from '../backup-file.ts';
import { CliError } from '../cli-error.ts';
import { collect } from '../collect.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { whyNot } from '../input/text-input.ts';
import { counted } from '../output/counted.ts';
import { withVerifiers } from './users/users-bulk.ts';

export const backupCommand = defineCommand({
  name: 'backup',
  help: `Usage: postern backup FILE

Writes the policy of all servers and all users into one file, which restore takes. The file holds the verifiers of
passwords, and is readable by you alone: keep it like passwords. Events and held mail are no part of it; the tables
have backups of their own.

  postern backup postern-$(date +%F).json
`,
  places: [['FILE']],
  options: {},
  run: async ({ words: [word, ...rest] }, context) => {
    noMore(rest);
    const file = required(word, 'FILE');
    const backup = await readDeployment(context);
    try {
      await writeFile(context.pathOf(file), `${JSON.stringify(backup, undefined, 2)}\n`, { mode: 0o600 });
    } catch (error) {
      throw new CliError(`Cannot write ${file}: ${whyNot(error)}`, { cause: error });
    }
    const servers = counted(Object.keys(backup.servers).length, 'server');
    context.output.note(`${servers} and ${counted(backup.users.length, 'user')} written to ${file}`);
    return 0;
  },
});

async function readDeployment(context: Context): Promise<Backup> {
  const { api, output, nowMs } = context;
  const call = { path: '/servers', doing: 'list servers', answer: serversAnswer };
  const names = (await collect(api.pages({ ...call, entries: (page) => page.servers }))).map(({ server }) => server);
  const servers: [string, Backup['servers'][string]][] = [];
  for (const server of names.sort((a, b) => (a < b ? -1 : 1))) {
    output.status(`reading ${server}`);
    const { value } = await api.call({
      path: path`/servers/${server}/policy`,
      doing: `read ${server}`,
      answer: policyAnswer,
    });
    const sections = SECTIONS.map((name) => [name, value[name]] as const);
    servers.push([server, { settings: value.settings, ...Object.fromEntries(sections) }]);
  }
  const users = (await withVerifiers(context)).map((user) => {
    const entries = USER_ATTRIBUTES.map((name) => [name, user[name]] as const);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Backup['users'][number];
  });
  users.sort((a, b) => (a.user < b.user ? -1 : 1));
  const at = new Date(nowMs()).toISOString();
  return { postern: 'backup', form: 1, at, servers: Object.fromEntries(servers), users };
}
