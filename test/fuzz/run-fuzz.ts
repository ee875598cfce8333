/**
 * Usage: npm run fuzz -- [--minutes N] [--seed S] [--target NAME]
 *        npm run fuzz -- --replay test/fuzz/corpus/TARGET/NAME.octets [--seed S]
 *
 * Tries fresh inputs on all targets in turn, for a minute unless told otherwise. Ends with 1 at the first that fails,
 * having kept it in the corpus.
 */
import { basename, dirname, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Campaign, type Finding, shrink } from './campaign.ts';
import { keepInput, readInput } from './corpus.ts';
import type { FuzzTarget } from './target.ts';
import { TARGETS, targetNamed } from './targets.ts';

/** Attempts before the next target has its turn. */
const ROUND = 200;
/** Octets shown of an input that failed; all of it is in the corpus. */
const MAX_SHOWN_OCTETS = 500;

const OPTIONS = {
  minutes: { type: 'string', default: '1' },
  seed: { type: 'string' },
  target: { type: 'string' },
  replay: { type: 'string' },
} as const;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  const seed = values.seed === undefined ? undefined : Number(values.seed);
  const minutes = Number(values.minutes);
  if ((seed !== undefined && !Number.isInteger(seed)) || !(minutes > 0))
    return misused('A seed is a whole number, minutes are above 0');
  if (values.replay !== undefined) return await replay(values.replay, seed);
  const target = values.target === undefined ? undefined : targetNamed(values.target);
  if (values.target !== undefined && target === undefined) return misused(`There is no target ${values.target}`);
  return await fuzz(target === undefined ? TARGETS : [target], seed ?? Date.now() >>> 0, minutes * 60_000);
}

function misused(problem: string): number {
  process.stderr.write(`${problem}; targets are ${TARGETS.map(({ name }) => name).join(', ')}\n`);
  return 2;
}

async function fuzz(targets: readonly FuzzTarget[], seed: number, forMs: number): Promise<number> {
  process.stdout.write(`seed ${seed}\n`);
  const campaigns = targets.map((target) => new Campaign(target, seed));
  const untilMs = performance.now() + forMs;
  let finding: Finding | undefined;
  for (const campaign of campaigns) finding ??= await watched(campaign, () => campaign.replayAll());
  while (finding === undefined && performance.now() < untilMs) {
    for (const campaign of campaigns) {
      // A real socket costs as much as a hundred sessions of the machine.
      const count = campaign.target.name === 'hop-opening' ? ROUND / 20 : ROUND;
      finding ??= await watched(campaign, () => campaign.explore(count));
    }
  }
  for (const { target, executions } of campaigns) process.stdout.write(`${target.name}: ${executions} executions\n`);
  process.stdout.write(`findings: ${finding === undefined ? 0 : 1}\n`);
  if (finding === undefined) return 0;
  await report(finding);
  return 1;
}

/** What no promise tells, an error in a socket's listener say, is the fault of the attempt under way. */
async function watched(campaign: Campaign, work: () => Promise<Finding | undefined>): Promise<Finding | undefined> {
  let escaped: unknown;
  const note = (error: unknown): void => {
    escaped ??= error;
  };
  process.on('uncaughtException', note);
  const finding = await work();
  process.off('uncaughtException', note);
  if (finding !== undefined || escaped === undefined) return finding;
  return { ...campaign.lastAttempt, target: campaign.target, error: escaped };
}

async function report(finding: Finding): Promise<void> {
  const { target, octets, seed, error } = await shrink(finding);
  const path = relative(process.cwd(), keepInput(target.name, octets, seed));
  const told = error instanceof Error ? error.stack : String(error);
  process.stdout.write(`${target.name}: ${told}\n${excerpt(octets)}\n`);
  process.stdout.write(`Replay it: npm run fuzz -- --replay ${path}\n`);
}

function excerpt(octets: Buffer): string {
  const text = JSON.stringify(octets.toString('latin1', 0, MAX_SHOWN_OCTETS));
  return octets.length > MAX_SHOWN_OCTETS ? `${text} … ${octets.length} octets` : text;
}

async function replay(path: string, seed: number | undefined): Promise<number> {
  const target = targetNamed(basename(dirname(path)));
  if (target === undefined) return misused('An input lies in the folder of its target');
  const input = readInput(path);
  const finding = await new Campaign(target, 0).attempt(input.octets, seed ?? input.seed ?? 0);
  process.stdout.write(finding === undefined ? 'The invariant holds\n' : `${String(finding.error)}\n`);
  return finding === undefined ? 0 : 1;
}

process.exitCode = await main();
