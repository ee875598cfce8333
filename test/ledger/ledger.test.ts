/** The short run; `npm run ledger -- --kills 500` is the long one. */
import { expect, it } from 'vitest';
import { runLedger } from './ledger.ts';
import { report } from './report.ts';

const RUN_MS = 120_000;

it(
  'every message that a rule holds is in the table, and what is released at its hop, whatever is killed meanwhile',
  async () => {
    const seed = Date.now() % 1_000_000;

    const result = await runLedger({ kills: 12, seed, sessions: 8, hasHolds: true });

    expect(result.balance.unexplained, `seed ${seed}\n${report(result)}`).toEqual([]);
    expect(result.balance.held).toBeGreaterThan(0);
  },
  RUN_MS,
);

it(
  'every message answered 250 is at its hops, octet for octet, whatever is killed meanwhile',
  async () => {
    // Another seed each time; a failure names it.
    const seed = Date.now() % 1_000_000;

    const result = await runLedger({ kills: 12, seed, sessions: 8 });

    expect(result.balance.unexplained, `seed ${seed}\n${report(result)}`).toEqual([]);
    expect(result.blows.filter(({ kind }) => kind === 'kill').length).toBeGreaterThanOrEqual(12);
    // How many depends on the machine; all of the patient ones, which the balance has seen to.
    expect(result.balance.accepted).toBeGreaterThan(0);
  },
  RUN_MS,
);
