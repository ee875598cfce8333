import {
  type UserAnswer,
  unlockAnswer,
  userAnswer,
  usersAnswer,
} from '../../../functions/admin/contract/answers/user-answer.ts';
import { parseMailbox } from '../../../policy/address.ts';
import { SENDING_LIMITS } from '../../../policy/user.ts';
import { ANY_ANSWER } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { path } from '../../api/path.ts';
import { actionOf, noMore } from '../../arguments.ts';
import { type Assignments, type Attributes, readAssignments, withoutNulls } from '../../assignments.ts';
import { CliError, UsageError } from '../../cli-error.ts';
import { collect } from '../../collect.ts';
import { defineCommand } from '../../command.ts';
import type { Context } from '../../context.ts';
import { readPassword } from '../../input/password-input.ts';
import { counted } from '../../output/counted.ts';
import type { Column } from '../../output/table.ts';
import { exportUsers, importUsers } from './users-bulk.ts';

const ACTIONS = ['create', 'set', 'remove', 'unlock'] as const;
const NAMES: readonly string[] = ['servers', 'senders', 'enabled', 'mayBounce', 'note', ...SENDING_LIMITS];
const ATTRIBUTES: Attributes = { lists: ['servers', 'senders'], booleans: ['enabled', 'mayBounce'] };

export const usersCommand = defineCommand({
  name: 'users',
  help: `Usage: postern users
       postern users USER
       postern users USER create servers=SERVER[,SERVER...] [NAME=VALUE...] [--stdin | --no-password]
       postern users USER set NAME=VALUE...
       postern users USER remove
       postern users USER unlock
       postern users --import FILE [--replace] [--dry-run]
       postern users --export [--verifiers]

USER is the name to log in with, in any case.

  create          makes a user and asks for the password; one that exists stays as it is
    --stdin         reads the password from standard input, where a last line end is not part of it
    --no-password   the user logs in by OAuth alone
  set             changes what a user may do; NAME= with nothing after it gives an attribute its default back
  remove          no new logins from then on, 60 s later at most
  unlock          forgets failed logins, from wherever they came, and with them a lockout

  --import FILE   makes the users of a file of comma-separated values ("-": standard input), whose first line names
                  its columns: user, password or verifier, servers, senders (with blanks), note and NAMEs; who exists
                  is kept
    --replace       replaces who exists, whose password stays where the file has none
    --dry-run       writes nothing
  --export        prints such a file
    --verifiers     with the verifiers of passwords, to be kept like passwords

NAME is one of

  servers      published servers on which the user may log in, with commas
  senders      what MAIL may name, with commas: user@domain, *@domain, *; of a new user, USER where that is an address
  enabled      true or false
  mayBounce    true or false: whether MAIL may name the null sender
  note         for people
  messagesPerHour, messagesPerDay, recipientsPerHour, recipientsPerDay      sending limits

  printf %s "$PASSWORD" | postern users bob@example.com create servers=submission --stdin
`,
  places: [['USER'], ACTIONS, ['USER-ATTRIBUTE'], ['USER-ATTRIBUTE'], ['USER-ATTRIBUTE']],
  options: {
    stdin: { type: 'boolean' },
    'no-password': { type: 'boolean' },
    import: { type: 'string' },
    replace: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    export: { type: 'boolean' },
    verifiers: { type: 'boolean' },
  },
  run: async ({ values, words: [user, action, ...rest] }, context) => {
    const isCreate = action === 'create';
    if (!isCreate && (values.stdin === true || values['no-password'] === true)) {
      throw new UsageError('--stdin and --no-password belong to create');
    }
    if (values.import !== undefined || values.export === true) {
      noMore(user === undefined ? [] : [user]);
      if (values.export === true) return exportUsers(values.verifiers === true, context);
      const { import: file = '', replace = false, 'dry-run': isDryRun = false } = values;
      return importUsers({ file, isReplacing: replace, isDryRun }, context);
    }
    if (user === undefined) return list(context);
    if (action === undefined) return show(user, context);
    switch (actionOf(action, ACTIONS)) {
      case 'create': {
        const isPiped = values.stdin === true;
        return create(
          user,
          { given: attributesOf(rest), isPiped, hasPassword: values['no-password'] !== true },
          context,
        );
      }
      case 'set':
        if (rest.length === 0) throw new UsageError('NAME=VALUE is missing after set');
        return set(user, attributesOf(rest), context);
      case 'remove':
        noMore(rest);
        return remove(user, context);
      default:
        noMore(rest);
        return unlock(user, context);
    }
  },
});

/** Sending limits stand in a map of their own. */
function attributesOf(words: readonly string[]): Assignments {
  const unknown = Object.keys(readAssignments(words, ATTRIBUTES)).find((name) => !NAMES.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`"${unknown}" is not an attribute of a user: ${NAMES.join(', ')} are`);
  const limits: readonly string[] = SENDING_LIMITS;
  const entries = Object.entries(readAssignments(words, ATTRIBUTES));
  const limited = entries.filter(([name]) => limits.includes(name));
  const others = entries.filter(([name]) => !limits.includes(name));
  return Object.fromEntries(limited.length === 0 ? others : [...others, ['limits', Object.fromEntries(limited)]]);
}

const COLUMNS: readonly Column<UserAnswer>[] = [
  { heading: 'USER', cell: ({ user }) => user },
  { heading: 'ENABLED', cell: ({ enabled }) => `${enabled}` },
  { heading: 'PASSWORD', cell: ({ hasPassword }) => hasPassword },
  { heading: 'SERVERS', cell: ({ servers }) => servers },
  { heading: 'SENDERS', cell: ({ senders }) => senders, mayBeCut: true },
  { heading: 'LIMITS', cell: ({ limits }) => limitsText(limits), mayBeCut: true },
  { heading: 'NOTE', cell: ({ note }) => note, mayBeCut: true },
  { heading: 'PROBLEM', cell: ({ problem }) => problem, mayBeCut: true, style: () => 'red' },
];

function limitsText(limits: unknown): unknown {
  if (typeof limits !== 'object' || limits === null) return limits;
  return Object.entries(limits).map(([name, limit]) => `${name} ${limit}`);
}

async function list({ api, output }: Context): Promise<number> {
  const call = { path: '/users', doing: 'list users', answer: usersAnswer };
  const users = await collect(api.pages({ ...call, entries: (page) => page.users }));
  users.sort((a, b) => (a.user < b.user ? -1 : 1));
  output.list(COLUMNS, users, 'There is no user yet.');
  return 0;
}

async function show(user: string, { api, output }: Context): Promise<number> {
  const call = { path: path`/users/${user}`, doing: `show user ${user}`, answer: userAnswer };
  const { value, raw } = await api.call(call);
  if (output.isJson) output.json(raw);
  else showUser(value, output);
  return 0;
}

function showUser(user: UserAnswer, output: Context['output']): void {
  const { mayBounce, used, changedBy, changedAt } = user;
  output.facts([
    ...COLUMNS.map(({ heading, cell }) => [heading.toLowerCase(), cell(user)] as const),
    ['used', used === undefined ? undefined : usedText(used, user.limits)],
    ['may bounce', `${mayBounce}`],
    ['changed', changedBy === undefined ? undefined : `${output.moment(changedAt)} by ${changedBy}`],
  ]);
}

/** `messagesPerHour 3 of 100`; what was sent at all where there is no limit. */
function usedText(used: NonNullable<UserAnswer['used']>, limits: unknown): readonly string[] {
  const limited = new Map(Object.entries(typeof limits === 'object' && limits !== null ? limits : {}));
  return SENDING_LIMITS.filter((name) => limited.has(name) || used[name] > 0).map((name) => {
    return limited.has(name) ? `${name} ${used[name]} of ${limited.get(name)}` : `${name} ${used[name]}`;
  });
}

interface NewUser {
  readonly given: Assignments;
  readonly isPiped: boolean;
  readonly hasPassword: boolean;
}

async function create(user: string, { given, isPiped, hasPassword }: NewUser, context: Context): Promise<number> {
  const { api, output, input, signal } = context;
  if (given.servers === undefined || given.servers === null) {
    throw new UsageError('servers=SERVER is missing: where the user may log in');
  }
  if (given.senders === undefined && !parseMailbox(user).ok) {
    throw new UsageError(`"${user}" is not an address, so senders= must say what the user may send as`);
  }
  const prompt = (text: string): void => output.prompt(text);
  const password = hasPassword ? { password: await readPassword({ input, signal, isPiped, prompt }) } : {};
  const call = {
    method: 'PUT',
    path: path`/users/${user}`,
    doing: `create user ${user}`,
    answer: userAnswer,
    body: { senders: [user], ...withoutNulls(given), ...password },
    headers: { 'if-none-match': '*' },
  } as const;
  const { value, raw } = await api.call(call).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.status !== 412) throw error;
    const advice = `postern users ${user} set or postern password ${user} changes it`;
    throw new CliError(`User ${user} exists already; ${advice}`, { cause: error });
  });
  if (output.isJson) output.json(raw);
  else output.line(`User ${value.user} created`);
  return 0;
}

async function set(user: string, given: Assignments, { api, output }: Context): Promise<number> {
  const doing = `change user ${user}`;
  const call = { method: 'PATCH', path: path`/users/${user}`, doing, answer: userAnswer, body: given } as const;
  const { value, raw } = await api.call(call);
  if (output.isJson) output.json(raw);
  else showUser(value, output);
  return 0;
}

async function remove(user: string, { api, output }: Context): Promise<number> {
  await api.call({ method: 'DELETE', path: path`/users/${user}`, doing: `remove user ${user}`, answer: ANY_ANSWER });
  if (!output.isJson) output.line(`User ${user} removed`);
  return 0;
}

async function unlock(user: string, { api, output }: Context): Promise<number> {
  const call = { path: path`/users/${user}/unlock`, doing: `unlock user ${user}`, answer: unlockAnswer };
  let unlocked = 0;
  for (;;) {
    const { value } = await api.call({ method: 'POST', ...call });
    unlocked += value.unlocked;
    if (!value.done) continue;
    if (output.isJson) output.json({ unlocked, done: true });
    else output.line(`User ${user}: failed logins from ${counted(unlocked, 'network')} forgotten`);
    return 0;
  }
}
