/** The embedded run from its variables to its end. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { type Configuration, type PortName, readRunConfiguration } from '../configuration.ts';
import { RunError } from '../run-error.ts';
import { banner, writeSamples } from './banner.ts';
import { helpText } from './help.ts';
import { PartGroup } from './part-group.ts';
import { checkPorts } from './port-check.ts';
import { startRun } from './run.ts';
import { removeRunFile, writeRunFile } from './run-file.ts';
import { takeRunLock } from './run-lock.ts';
import { StopRequest } from './stop-request.ts';

/** Runs until it is stopped or a part ends; returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    if (args.length > 0) return sayHelp(args);
    const configuration = readRunConfiguration(process.env);
    prepareHome(configuration.home);
    const release = takeRunLock(configuration.home);
    try {
      return await runLocked(configuration, release);
    } finally {
      release();
    }
  } catch (error) {
    return report(error);
  }
}

/** The help for whoever asks for it; any other word is a mistake, since variables set everything. */
function sayHelp(args: readonly string[]): number {
  if (args.some((arg) => arg === '--help' || arg === '-h')) {
    process.stdout.write(helpText());
    return 0;
  }
  process.stderr.write(`postern: What is "${args.join(' ')}"? npm start -- --help tells what can be set\n`);
  return 2;
}

/** A new directory gets mode 0700. One that was there keeps its own: it may be `/tmp`. */
function prepareHome(home: string): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new RunError(`POSTERN_HOME ${home} cannot be used: ${(error as Error).message}`);
  }
}

async function runLocked(configuration: Configuration, release: () => void): Promise<number> {
  const { home, ports, mtaUrl } = configuration;
  // One that was killed leaves its file behind.
  removeRunFile(home);
  const group = new PartGroup();
  const leave = (): void => {
    group.kill();
    removeRunFile(home);
    release();
  };
  const stop = new StopRequest(leave);
  const output = {
    line: (line: string) => void process.stdout.write(`${line}\n`),
    errorLine: (line: string) => void process.stderr.write(`${line}\n`),
  };
  try {
    const wanted = Object.entries(ports).filter(([name]) => name !== 'mta' || mtaUrl === undefined);
    await checkPorts(Object.fromEntries(wanted) as Record<PortName, number>);
    process.stderr.write('postern: starting tables, functions, next hops, proxies …\n');
    const started = startRun(configuration, group, output).then((run) => announce(home, run));
    await Promise.race([stop.requested, failure(group), started.then(() => failure(group))]);
    return 0;
  } catch (error) {
    return report(error);
  } finally {
    removeRunFile(home);
    await group.stop();
  }
}

/** Rejects when a part ends that no one stopped. */
async function failure(group: PartGroup): Promise<never> {
  throw await group.failed;
}

function announce(home: string, { run, ...password }: Awaited<ReturnType<typeof startRun>>): void {
  writeSamples(home);
  writeRunFile(home, run);
  process.stdout.write(banner({ home, run, ...password }));
  process.stdout.write('postern ready\n');
}

function report(error: unknown): number {
  const text = error instanceof RunError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`postern: ${text}\n`);
  return 1;
}
