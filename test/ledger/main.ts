/**
 * The ledger from the command line. Usage: npm run ledger -- --kills N [--seed S] [--sessions C] [--holds]
 *
 * Ends with 1 when a single case is unexplained. A seed draws the same letters and the same blows again; what falls
 * together in time is the machine's.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runLedger } from './ledger.ts';
import { report } from './report.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string' },
    sessions: { type: 'string', default: '16' },
    holds: { type: 'boolean', default: false },
  },
});

function numberOf(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new RangeError(`--${name} is "${text}" where a number is wanted`);
  return Number(text);
}

const seed = values.seed === undefined ? Date.now() % 1_000_000 : numberOf('seed', values.seed);
const kills = numberOf('kills', values.kills);
const sessions = numberOf('sessions', values.sessions);
// Its own: an edit to the sources during a long run must not reach the parts that are started again.
const bundles = mkdtempSync(join(tmpdir(), 'postern-ledger-'));
process.on('exit', () => rmSync(bundles, { recursive: true, force: true }));
// The parts end when we do.
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

console.log(`seed ${seed}, ${kills} kills, ${sessions} clients`);
const result = await runLedger({ kills, seed, sessions, bundles, hasHolds: values.holds, isThorough: true });
console.log(report(result));
console.log(`seed ${seed}: ${result.balance.unexplained.length === 0 ? 'the ledger balances' : 'UNEXPLAINED CASES'}`);
process.exit(result.balance.unexplained.length === 0 ? 0 : 1);
