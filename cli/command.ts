/** What a command of the command line is. `commands.ts` lists them all. */
import type { ParseArgsOptionsConfig, parseArgs } from 'node:util';
import type { Context } from './context.ts';

/** Options that every command has. */
export const COMMON_OPTIONS = {
  api: { type: 'string' },
  json: { type: 'boolean' },
  csv: { type: 'boolean' },
  utc: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsOptionsConfig;

type ValuesOf<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true }>
>['values'];

export interface Arguments<Values> {
  readonly values: Values;
  /** The words after the command's name, options left out. */
  readonly words: readonly string[];
}

export interface CommandText {
  readonly name: string;
  /** The whole help, from `Usage:` on; the common options come after it. */
  readonly help: string;
  /**
   * What may be typed at each place, for completion: a word as it is, or the kind of a name: SERVER, USER, VERB, FILE,
   * SETTING, COMMAND.
   */
  readonly places: readonly (readonly string[])[];
}

/** A command with its types forgotten, as a table holds it. */
export interface Command extends CommandText {
  readonly options: ParseArgsOptionsConfig;
  /** Whether a word may be a session's id, which may begin with a dash. */
  readonly takesSessions?: boolean;
  /** Returns the exit code. Throws a `CliError` when it cannot do what it was asked. */
  readonly run: (given: Arguments<Readonly<Record<string, unknown>>>, context: Context) => Promise<number>;
}

export interface CommandDefinition<Options extends ParseArgsOptionsConfig> extends CommandText {
  readonly options: Options;
  readonly takesSessions?: boolean;
  readonly run: (given: Arguments<ValuesOf<Options>>, context: Context) => Promise<number>;
}

export function defineCommand<const Options extends ParseArgsOptionsConfig>({
  run,
  ...definition
}: CommandDefinition<Options>): Command {
  return {
    ...definition,
    // Parsed by `parseArgs` with these very options, which is what gives the values their types.
    run: (given, context) => run(given as Arguments<ValuesOf<Options>>, context),
  };
}
