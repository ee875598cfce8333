/** Reads the words behind a command's name. */
import { parseArgs } from 'node:util';
import { UsageError } from './cli-error.ts';
import { type Arguments, COMMON_OPTIONS, type Command } from './command.ts';

export type Values = Readonly<Record<string, unknown>>;

/** A session's id, as edge proxies make them: nine random octets in base64url. */
export const SESSION_ID = /^[A-Za-z0-9_-]{12}$/;

/** @throws UsageError naming what is wrong and what there is */
export function readArguments(command: Command, argv: readonly string[]): Arguments<Values> {
  const options = { ...command.options, ...COMMON_OPTIONS };
  const isId = (word: string): boolean =>
    command.takesSessions === true && word.startsWith('-') && SESSION_ID.test(word) && !(word.slice(2) in options);
  const ids = argv.filter(isId);
  try {
    const rest = argv.filter((word) => !isId(word));
    const { values, positionals } = parseArgs({ args: rest, options, allowPositionals: true });
    return { values, words: [...positionals, ...ids] };
  } catch (error) {
    const [, unknown] = /^Unknown option '(-[^']*)'/.exec((error as Error).message) ?? [];
    if (unknown === undefined) throw new UsageError((error as Error).message);
    const known = Object.keys(options).map((name) => `--${name}`);
    throw new UsageError(`Unknown option '${unknown}': ${command.name} has ${known.join(', ')}`);
  }
}

/** The one word that is left, or none. */
export function noMore(words: readonly string[]): void {
  if (words.length > 0) throw new UsageError(`What is "${words.join(' ')}"? Nothing more is expected here`);
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
export function wholeNumber(text: string | undefined, option: string, lowest = 0): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text) || Number(text) < lowest) {
    throw new UsageError(`${option} is "${text}" where a whole number from ${lowest} on is expected`);
  }
  return Number(text);
}

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A time as the API takes it: an ISO time or date as it is, `90m` and the like as so long before now. */
export function timeOption(text: string | undefined, nowMs: number): string | undefined {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text ?? '') ?? [];
  if (count === undefined || unit === undefined) return text;
  return new Date(nowMs - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]).toISOString();
}
