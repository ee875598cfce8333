/** Reads a command, carries it out, and turns what goes wrong into words and an exit code. */
import { lookup } from 'node:dns/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { apiAddress, isLoopback } from './api/address.ts';
import { Api } from './api/api.ts';
import { makeSigner, regionOf } from './api/signer.ts';
import { readArguments } from './arguments.ts';
import { CliError, Interrupted, UsageError } from './cli-error.ts';
import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import type { Context } from './context.ts';
import { helpOf, overview } from './help.ts';
import { Output, type Terminal } from './output/output.ts';
import { printable } from './output/printable.ts';

export interface World {
  readonly terminal: Terminal;
  readonly input: NodeJS.ReadStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

const USAGE_CODE = 2;
/** 128 and the number of SIGINT. */
const INTERRUPTED_CODE = 130;

/** Does what `argv` says and returns the exit code. Rejects for our own faults alone. */
export async function runCli([name, ...argv]: readonly string[], world: World): Promise<number> {
  const { terminal } = world;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    (name === undefined ? terminal.err : terminal.out).write(overview());
    return name === undefined ? USAGE_CODE : 0;
  }
  try {
    return await runCommand(commandNamed(name), argv, world);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    for (const line of error.message.split('\n')) terminal.err.write(`postern: ${printable(line)}\n`);
    if (error instanceof Interrupted) return INTERRUPTED_CODE;
    if (!(error instanceof UsageError)) return 1;
    const known = COMMANDS.some((command) => command.name === name);
    terminal.err.write(`postern: npm run postern -- ${known ? `${name} ` : ''}--help tells more\n`);
    return USAGE_CODE;
  }
}

function commandNamed(name: string): Command {
  const command = COMMANDS.find((each) => each.name === name);
  if (command !== undefined) return command;
  throw new UsageError(`"${name}" is not a command: ${COMMANDS.map((each) => each.name).join(', ')} are`);
}

async function runCommand(command: Command, argv: readonly string[], world: World): Promise<number> {
  const given = readArguments(command, argv);
  if (given.values.help === true) {
    world.terminal.out.write(helpOf(command));
    return 0;
  }
  return command.run(given, contextOf(given.values, world));
}

function contextOf(values: Readonly<Record<string, unknown>>, world: World): Context {
  const { terminal, input, environment, signal } = world;
  const url = apiAddress(typeof values.api === 'string' ? values.api : undefined, environment);
  const sign = isLoopback(url) ? {} : { sign: makeSigner(regionOf(url, environment)) };
  return {
    api: new Api({ url, signal, ...sign }),
    output: new Output(terminal, values.json === true),
    input,
    signal,
    nowMs: Date.now,
    sleep: async (ms) => {
      // An end before its time is no failure: whoever sleeps looks at the signal.
      await wait(ms, undefined, { signal }).catch(() => undefined);
    },
    addressesOf: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
  };
}
