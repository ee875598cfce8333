/** Candidates for the word that somebody is typing; the scripts of `completion` ask for them. */
import type { ParseArgsOptionsConfig } from 'node:util';
import { EVENT_TYPES } from '../../functions/admin/contract/answers/event-answer.ts';
import { serversAnswer } from '../../functions/admin/contract/answers/server-answer.ts';
import { usersAnswer } from '../../functions/admin/contract/answers/user-answer.ts';
import { settingsSchema } from '../../policy/settings.ts';
import { SENDING_LIMITS } from '../../policy/user.ts';
import { VERBS } from '../../policy/verb.ts';
import type { Api } from '../api/api.ts';
import { CliError } from '../cli-error.ts';
import { COMMON_OPTIONS, type Command } from '../command.ts';
import { COMMANDS } from '../commands.ts';

/** Names that are offered; who has more types on. */
const MOST = 1000;
const USER_ATTRIBUTES = ['servers', 'senders', 'enabled', 'mayBounce', 'note', ...SENDING_LIMITS];

/** @param words those after `postern`, the last of them unfinished */
export async function candidates(words: readonly string[], api: Api): Promise<readonly string[]> {
  const typed = words.at(-1) ?? '';
  const [name, ...before] = words.slice(0, -1);
  const found = name === undefined ? COMMANDS.map((each) => each.name) : await afterCommand(name, before, typed, api);
  return found.filter((each) => each.startsWith(typed) && each !== typed).sort();
}

async function afterCommand(
  name: string,
  before: readonly string[],
  typed: string,
  api: Api,
): Promise<readonly string[]> {
  const command = await COMMANDS.find((each) => each.name === name)?.load();
  if (command === undefined) return [];
  const options: ParseArgsOptionsConfig = { ...command.options, ...COMMON_OPTIONS };
  const optionOf = (word: string | undefined) => (word?.startsWith('--') === true ? options[word.slice(2)] : undefined);
  if (optionOf(before.at(-1))?.type === 'string') return valuesOf(before.at(-1) ?? '', api);
  if (typed.startsWith('-')) return Object.keys(options).map((each) => `--${each}`);
  const words = before.filter((word, at) => !word.startsWith('-') && optionOf(before[at - 1])?.type !== 'string');
  return placeOf(command, words.length, api);
}

async function placeOf({ places }: Command, at: number, api: Api): Promise<readonly string[]> {
  const found = await Promise.all((places[at] ?? []).map((word) => KINDS[word]?.(api) ?? [word]));
  return found.flat();
}

async function valuesOf(option: string, api: Api): Promise<readonly string[]> {
  if (option === '--user' || option === '--identity') return users(api);
  return option === '--type' ? EVENT_TYPES : [];
}

type Names = (api: Api) => Promise<readonly string[]> | readonly string[];

const KINDS: Readonly<Record<string, Names>> = {
  SERVER: (api) =>
    asked(async () =>
      (await api.call({ ...page('/servers'), answer: serversAnswer })).value.servers.map((each) => each.server),
    ),
  USER: users,
  VERB: () => VERBS,
  SETTING: () => Object.keys(settingsSchema.shape).map((each) => `${each}=`),
  'USER-ATTRIBUTE': () => USER_ATTRIBUTES.map((each) => `${each}=`),
  // The shell knows them better.
  FILE: () => [],
};

function users(api: Api): Promise<readonly string[]> {
  return asked(async () =>
    (await api.call({ ...page('/users'), answer: usersAnswer })).value.users.map((each) => each.user),
  );
}

function page(path: string) {
  return { path: `${path}?limit=${MOST}`, doing: 'complete' } as const;
}

/** An API that does not answer has no names. */
async function asked(names: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await names();
  } catch (error) {
    if (error instanceof CliError) return [];
    throw error;
  }
}
