/**
 * Honest load and a trickle of abuse against real processes, for as long as told.
 * Usage: npm run soak -- [--minutes N] [--sessions C]    (2 minutes, 12 sessions)
 *
 * Prints a line every few seconds. Ends with 1 when a message was lost, changed or doubled, when memory or descriptors
 * rise after the warm-up (half of the time), or when more than one session in a hundred failed.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { quantile } from 'simple-statistics';
import { STRANGERS } from '../abuse/attacks/attack.ts';
import { EmbeddedRun } from '../support/embedded-run.ts';
import { HonestLoad } from './honest-load.ts';
import { Ledger } from './ledger.ts';
import { Trickle } from './trickle.ts';
import { Watch } from './watch.ts';

/** The limit of one client is 50. */
const MAX_SESSIONS = 45;
/** Milliseconds after an attack, in which its connections go. */
const SETTLE_MS = 1500;
/** Milliseconds in which what was taken must lie at its next hop. */
const LAST_MAIL_MS = 10_000;
const PROXIES = ['inbound', 'submission'] as const;

interface Options {
  readonly minutes: number;
  readonly sessions: number;
}

function readOptions(): Options {
  const { values } = parseArgs({ options: { minutes: { type: 'string' }, sessions: { type: 'string' } } });
  const minutes = Number(values.minutes ?? 2);
  const sessions = Number(values.sessions ?? 12);
  if (!(minutes > 0) || !(sessions >= 1 && sessions <= MAX_SESSIONS)) {
    throw new RangeError(`--minutes must be above 0, --sessions 1 to ${MAX_SESSIONS}`);
  }
  return { minutes, sessions };
}

function watches(run: EmbeddedRun): readonly Watch[] {
  const { parts } = JSON.parse(readFileSync(join(run.home, 'run.json'), 'utf8'));
  return PROXIES.map((name) => new Watch({ name, pid: parts[name].pid, healthPort: parts[name].healthPort }));
}

async function soak(run: EmbeddedRun, { minutes, sessions }: Options): Promise<readonly string[]> {
  const ledger = new Ledger();
  const load = new HonestLoad(run, ledger);
  const collect = async (): Promise<void> => {
    for (const place of ['mta', 'ses']) await ledger.collect(join(run.home, 'mail', place));
  };
  const trickle = new Trickle({
    inbound: run.inboundPort,
    submission: run.submissionPort,
    submissions: run.submissionsPort,
    perAddress: 50,
    network: STRANGERS,
  });
  const all = watches(run);
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 60_000;

  load.start(sessions);
  while (elapsed() < minutes) {
    const before = { taken: load.transactionsMs.length, greeted: load.greetingsMs.length, at: performance.now() };
    const attack = await trickle.next();
    await delay(SETTLE_MS);
    await collect();
    const looks: string[] = [];
    for (const watch of all) looks.push(await watch.look(elapsed()));
    const rate = (load.transactionsMs.length - before.taken) / ((performance.now() - before.at) / 1000);
    console.log(`${elapsed().toFixed(2)} min after ${attack}: ${rate.toFixed(1)} messages a second`);
    console.log(`  greeting ${quantiles(load.greetingsMs.slice(before.greeted))}`);
    console.log(`  transaction ${quantiles(load.transactionsMs.slice(before.taken))}`);
    for (const look of looks) console.log(`  ${look}`);
  }
  const honestMinutes = elapsed();
  await load.stop();
  const endAt = performance.now() + LAST_MAIL_MS;
  do await collect();
  while (ledger.missing.length > 0 && performance.now() < endAt);
  return report({ ledger, load, all, minutes: honestMinutes });
}

interface Outcome {
  readonly ledger: Ledger;
  readonly load: HonestLoad;
  readonly all: readonly Watch[];
  readonly minutes: number;
}

function report({ ledger, load, all, minutes }: Outcome): readonly string[] {
  const taken = load.transactionsMs.length;
  const problems = [...ledger.problems, ...ledger.missing.map((token) => `${token} was lost`)];
  console.log(`\n${minutes.toFixed(1)} minutes, ${taken} messages taken, ${ledger.found} found`);
  console.log(`messages a second: ${(taken / minutes / 60).toFixed(1)}`);
  console.log(`greeting ${quantiles(load.greetingsMs)}`);
  console.log(`transaction ${quantiles(load.transactionsMs)}`);
  console.log(`sessions ${load.greetingsMs.length}, failed ${load.failures.length}`);
  for (const failure of load.failures.slice(0, 10)) console.log(`  ${failure}`);
  if (taken === 0) problems.push('no message was taken');
  if (load.failures.length > load.greetingsMs.length / 100) problems.push('more than one session in a hundred failed');
  for (const watch of all) {
    const verdict = watch.verdict(minutes / 2);
    console.log(verdict.summary);
    problems.push(...verdict.problems);
  }
  return problems;
}

function quantiles(ms: readonly number[]): string {
  const values = [50, 95, 99].map((percent) => `p${percent} ${quantile(ms, percent / 100).toFixed(1)}`);
  return `${values.join(' ')} ms`;
}

const options = readOptions();
const run = await EmbeddedRun.start();
const problems = await soak(run, options).finally(() => run.stop());
for (const problem of problems) console.log(`PROBLEM: ${problem}`);
process.exit(problems.length > 0 ? 1 : 0);
