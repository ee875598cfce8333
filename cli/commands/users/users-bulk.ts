/** `users --import FILE` and `users --export`: users as comma-separated values. */

import { type UserAnswer, usersAnswer } from '../../../functions/admin/contract/answers/user-answer.ts';
import {
  exportedUsersAnswer,
  type ImportedUsers,
  importedUsersAnswer,
} from '../../../functions/admin/contract/bulk-users.ts';
import { SENDING_LIMITS } from '../../../policy/user.ts';
import { withQuery } from '../../api/path.ts';
import { readAssignments } from '../../assignments.ts';
import { CliError, UsageError } from '../../cli-error.ts';
import { collect } from '../../collect.ts';
import type { Context } from '../../context.ts';
import { type CsvRow, readCsv } from '../../input/csv-input.ts';
import { readText } from '../../input/text-input.ts';
import { counted } from '../../output/counted.ts';
import { csv } from '../../output/csv.ts';
import type { Column } from '../../output/table.ts';

const LISTS = ['servers', 'senders'] as const;
const BOOLEANS = ['enabled', 'mayBounce'] as const;
const HEADINGS = ['user', 'password', 'verifier', ...LISTS, ...BOOLEANS, ...SENDING_LIMITS, 'note'] as const;
/** Users of one request: their passwords keep a processor for two seconds. */
const AT_ONCE = 25;
/** Requests at a time, each of which has a processor of its own on AWS. */
const REQUESTS = 4;

export interface BulkImport {
  readonly file: string;
  readonly isReplacing: boolean;
  readonly isDryRun: boolean;
}

export async function importUsers({ file, isReplacing, isDryRun }: BulkImport, context: Context): Promise<number> {
  const { output } = context;
  const rows = readCsv(await readText(file, context), file, HEADINGS);
  const users = rows.map((row) => userOf(row, file));
  const sum = await sendUsers(users, { isReplacing, isDryRun }, context);
  if (output.isJson) output.json(sum);
  else showImported(sum, isDryRun, context);
  if (sum.failed.length > 0) throw new CliError(`${counted(sum.failed.length, 'user')} could not be imported`);
  return 0;
}

/** Some at a time, with progress; says what came of all of them. */
export async function sendUsers(
  users: readonly Readonly<Record<string, unknown>>[],
  { isReplacing, isDryRun }: Omit<BulkImport, 'file'>,
  { api, output }: Pick<Context, 'api' | 'output'>,
): Promise<ImportedUsers> {
  const sum: ImportedUsers = { made: [], replaced: [], kept: [], failed: [] };
  let sent = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    while (sent < users.length) {
      const some = users.slice(sent, sent + AT_ONCE);
      sent += some.length;
      const body = { users: some, existing: isReplacing ? 'replace' : 'keep', dryRun: isDryRun };
      const call = {
        method: 'POST',
        path: '/users/import',
        doing: 'import users',
        answer: importedUsersAnswer,
      } as const;
      const { value } = await api.call({ ...call, body });
      for (const key of ['made', 'replaced', 'kept'] as const) sum[key].push(...value[key]);
      sum.failed.push(...value.failed);
      done += some.length;
      output.status(`${done} of ${users.length} users`);
    }
  };
  await Promise.all(Array.from({ length: REQUESTS }, work));
  return sum;
}

function showImported({ made, replaced, kept, failed }: ImportedUsers, isDryRun: boolean, { output }: Context): void {
  const would = isDryRun ? ' would be' : '';
  const parts = [
    `${made.length}${would} made`,
    `${replaced.length}${would} replaced`,
    `${kept.length} kept as they are`,
  ];
  output.line(`Users: ${parts.join(', ')}`);
  for (const { user, detail } of failed) output.line(`${user}: ${detail}`, 'red');
}

function userOf({ line, fields }: CsvRow, file: string): Readonly<Record<string, unknown>> {
  const { user, password, verifier, note, ...others } = fields;
  if (user === undefined) throw new CliError(`${file}, line ${line}: user is missing`);
  const words = Object.entries(others).map(([name, value]) => {
    const isList = LISTS.some((list) => list === name);
    return `${name}=${
      isList
        ? value
            .trim()
            .split(/[\s,;]+/)
            .join(',')
        : value
    }`;
  });
  try {
    const given = Object.entries(readAssignments(words, { lists: LISTS, booleans: BOOLEANS }));
    const limited = given.filter(([name]) => SENDING_LIMITS.some((limit) => limit === name));
    const rest = given.filter(([name]) => !SENDING_LIMITS.some((limit) => limit === name));
    const limits = limited.length === 0 ? {} : { limits: Object.fromEntries(limited) };
    return { user, ...Object.fromEntries(rest), ...limits, ...defined({ password, verifier, note }) };
  } catch (error) {
    if (error instanceof UsageError) throw new CliError(`${file}, line ${line}: ${error.message}`, { cause: error });
    throw error;
  }
}

function defined(values: Readonly<Record<string, string | undefined>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

export type Exported = UserAnswer & { readonly verifier?: string | undefined };

const COLUMNS: readonly Column<Exported>[] = [
  { heading: 'user', cell: ({ user }) => user },
  { heading: 'verifier', cell: ({ verifier }) => verifier },
  { heading: 'servers', cell: ({ servers }) => listText(servers) },
  { heading: 'senders', cell: ({ senders }) => listText(senders) },
  { heading: 'enabled', cell: ({ enabled }) => `${enabled}` },
  { heading: 'mayBounce', cell: ({ mayBounce }) => `${mayBounce}` },
  ...SENDING_LIMITS.map((name) => ({ heading: name, cell: ({ limits }: Exported) => limitOf(limits, name) })),
  { heading: 'note', cell: ({ note }) => note },
];

/** With blanks between them: a comma parts fields. */
function listText(values: unknown): unknown {
  return Array.isArray(values) ? values.join(' ') : values;
}

function limitOf(limits: unknown, name: string): unknown {
  return typeof limits === 'object' && limits !== null
    ? (limits as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** @param hasVerifiers whether verifiers are asked for, by which passwords can be guessed */
export async function exportUsers(hasVerifiers: boolean, context: Context): Promise<number> {
  const users = await (hasVerifiers ? withVerifiers(context) : allUsers(context));
  users.sort((a, b) => (a.user < b.user ? -1 : 1));
  if (context.output.isJson) for (const user of users) context.output.jsonLine(user);
  else
    context.output.text(csv(hasVerifiers ? COLUMNS : COLUMNS.filter(({ heading }) => heading !== 'verifier'), users));
  return 0;
}

function allUsers({ api }: Context): Promise<Exported[]> {
  const call = { path: '/users', doing: 'export users', answer: usersAnswer };
  return collect(api.pages({ ...call, entries: (page) => page.users }));
}

/** All users with their verifiers, in no particular order. */
export async function withVerifiers({ api }: Pick<Context, 'api'>): Promise<Exported[]> {
  const users: Exported[] = [];
  let next: string | undefined;
  do {
    const path = withQuery('/users/export', { limit: 1000, next });
    const { value } = await api.call({ method: 'POST', path, doing: 'export users', answer: exportedUsersAnswer });
    users.push(...value.users);
    next = value.next;
  } while (next !== undefined);
  return users;
}
