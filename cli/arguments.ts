/** Reads the words after a command's name. */
import { parseArgs } from 'node:util';
import { UsageError } from './cli-error.ts';
import { type Arguments, COMMON_OPTIONS, type Command } from './command.ts';

export type Values = Readonly<Record<string, unknown>>;

/** A session's id, as edge proxies make them: nine random octets in base64url. */
export const SESSION_ID = /^[A-Za-z0-9_-]{12}$/;
/** The id that a client hears with 250 and finds in Received: the session's, and the number of the message in it. */
const TRANSACTION_ID = /^([A-Za-z0-9_-]{12})\.\d+$/;

/** The session's id in what somebody has typed or pasted: its own, or that of one of its messages. */
export function sessionIdIn(word: string): string | undefined {
  return SESSION_ID.test(word) ? word : TRANSACTION_ID.exec(word)?.[1];
}

/** @throws UsageError naming what is wrong and what there is */
export function readArguments(command: Command, argv: readonly string[]): Arguments<Values> {
  const options = { ...command.options, ...COMMON_OPTIONS };
  const isId = (word: string): boolean =>
    command.takesSessions === true &&
    word.startsWith('-') &&
    sessionIdIn(word) !== undefined &&
    !(word.slice(2) in options);
  const ids = argv.filter(isId);
  try {
    const rest = argv.filter((word) => !isId(word));
    const { values, positionals } = parseArgs({ args: rest, options, allowPositionals: true });
    if (values.json === true && values.csv === true) throw new UsageError('--json and --csv exclude each other');
    return { values, words: [...positionals, ...ids] };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(usageProblem(error as NodeJS.ErrnoException, command.name, Object.keys(options)));
  }
}

/** What `parseArgs` found, in our words. */
function usageProblem({ code, message }: NodeJS.ErrnoException, name: string, options: readonly string[]): string {
  const [, option = ''] = /'(?:-\w, )?(--?[^' =]*)/.exec(message) ?? [];
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    return `"${option}" is not an option: ${name} has ${options.map((each) => `--${each}`).join(', ')}`;
  }
  if (code !== 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') return message;
  if (message.includes('does not take')) return `${option} takes no value`;
  return `${option} needs a value; write ${option}=VALUE where the value begins with a dash`;
}

/** Fails when a word is left. */
export function noMore(words: readonly string[]): void {
  if (words.length > 0) throw new UsageError(`"${words.join(' ')}" is not expected here`);
}

/** @param what the word is, as the usage writes it: `SERVER` */
export function required(word: string | undefined, what: string): string {
  if (word === undefined || word === '') throw new UsageError(`${what} is missing`);
  return word;
}

/** One of a command's actions. */
export function actionOf<const Action extends string>(word: string, actions: readonly Action[]): Action {
  const action = actions.find((name) => name === word);
  if (action === undefined) throw new UsageError(`"${word}" is not one of ${actions.join(', ')}`);
  return action;
}

/** @throws UsageError when the option is no whole number from `lowest` on */
export function wholeNumberOption(text: string | undefined, option: string, lowest = 0): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text) || Number(text) < lowest) {
    throw new UsageError(`${option} is "${text}" where a whole number from ${lowest} on is expected`);
  }
  return Number(text);
}
