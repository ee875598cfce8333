/** Reads a command, carries it out, and turns what goes wrong into words and an exit code. */
import { lookup } from 'node:dns/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { apiAddress, isLoopback } from './api/address.ts';
import { Api } from './api/api.ts';
import { readArguments } from './arguments.ts';
import { CliError, Interrupted, UsageError } from './cli-error.ts';
import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import type { Context } from './context.ts';
import { helpOf, overview } from './manual/help.ts';
import { Output, type Terminal } from './output/output.ts';
import { printable } from './output/printable.ts';
import { Zone } from './output/zone.ts';

export interface World {
  readonly terminal: Terminal;
  readonly input: NodeJS.ReadStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder from which paths count. */
  readonly folder: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Resolves after a time, or when `signal` is aborted. */
  readonly sleep: Context['sleep'];
}

const USAGE_CODE = 2;
/** 128 and the number of SIGINT. */
const INTERRUPTED_CODE = 130;

/** Does what `argv` says and returns the exit code. Rejects for our own faults alone. */
export async function runCli([name, ...argv]: readonly string[], world: World): Promise<number> {
  const { terminal } = world;
  if (name === undefined || name === '--help' || name === '-h') {
    (name === undefined ? terminal.err : terminal.out).write(overview());
    return name === undefined ? USAGE_CODE : 0;
  }
  if (name === '__complete') return complete(argv, world);
  if (name === 'help') return runCli([...argv.slice(0, 1), '--help'], world);
  try {
    return await runCommand(await commandNamed(name), argv, world);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    for (const line of error.message.split('\n')) terminal.err.write(`postern: ${printable(line)}\n`);
    if (error instanceof Interrupted) return INTERRUPTED_CODE;
    if (!(error instanceof UsageError)) return 1;
    const known = COMMANDS.some((command) => command.name === name);
    terminal.err.write(`postern: postern ${known ? `${name} ` : ''}--help tells more\n`);
    return USAGE_CODE;
  }
}

/** Milliseconds that somebody waits for names while typing. */
const COMPLETION_MS = 1500;

async function complete(words: readonly string[], world: World): Promise<number> {
  const signal = AbortSignal.any([world.signal, AbortSignal.timeout(COMPLETION_MS)]);
  try {
    const { candidates } = await import('./manual/complete.ts');
    const { api } = await contextOf({}, { ...world, signal });
    for (const each of await candidates(words, api)) world.terminal.out.write(`${printable(each)}\n`);
    return 0;
  } catch (error) {
    if (error instanceof CliError) return 1;
    throw error;
  }
}

async function commandNamed(name: string): Promise<Command> {
  const command = COMMANDS.find((each) => each.name === name);
  if (command !== undefined) return command.load();
  throw new UsageError(`"${name}" is not a command: ${COMMANDS.map((each) => each.name).join(', ')} are`);
}

async function runCommand(command: Command, argv: readonly string[], world: World): Promise<number> {
  const given = readArguments(command, argv);
  if (given.values.help === true) {
    world.terminal.out.write(helpOf(command));
    return 0;
  }
  return command.run(given, await contextOf(given.values, world));
}

async function contextOf(values: Readonly<Record<string, unknown>>, world: World): Promise<Context> {
  const { terminal, input, environment, folder, signal, sleep } = world;
  const url = apiAddress(typeof values.api === 'string' ? values.api : undefined, { environment, folder });
  const zone = new Zone(values.utc === true ? 'UTC' : environment.TZ || undefined);
  const form = values.json === true ? 'json' : values.csv === true ? 'csv' : 'text';
  return {
    api: new Api({ url, signal, ...(isLoopback(url) ? {} : { sign: await signer(url, environment) }) }),
    output: new Output(terminal, { form, zone, nowMs: Date.now }),
    input,
    signal,
    nowMs: Date.now,
    clock: () => ({ nowMs: Date.now(), zone }),
    sleep,
    addressesOf: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    pathOf: (file) => resolve(folder, file),
    stateFolder: stateFolder(environment),
  };
}

/** As the XDG base directory specification has it. */
function stateFolder({ XDG_STATE_HOME: state, HOME: home }: World['environment']): string {
  const base = state?.startsWith('/') === true ? state : join(home || homedir(), '.local', 'state');
  return join(base, 'postern');
}

/** What signs is large, and not loaded for an API on this machine. */
async function signer(url: URL, environment: World['environment']) {
  const { makeSigner, regionOf } = await import('./api/signer.ts');
  return makeSigner(regionOf(url, environment));
}
