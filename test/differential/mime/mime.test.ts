/**
 * Whatever a mail parser sees of an evasive message, a screening rule sees too, or the structure is called odd.
 *
 * Referees that are not on this machine are left out: apt-get install mpack ripmime.
 */
import { describe, expect, it } from 'vitest';
import { SCREENS } from '../../../local/seed/policy.ts';
import { judgeScreen } from '../../../policy/screen/screen-rule.ts';
import { makeSnapshot } from '../../../policy/snapshot.ts';
import { EICAR, PROGRAM } from '../../support/evasion.ts';
import { factsOf } from '../../support/mime-facts.ts';
import { evasiveCharsets } from './evasive-charsets.ts';
import { evasiveEncodings } from './evasive-encodings.ts';
import { evasiveMixtures } from './evasive-mixtures.ts';
import { evasiveNames } from './evasive-names.ts';
import { evasiveStructures } from './evasive-structures.ts';
import { REFEREES, type Sight } from './referees.ts';

const EVASIONS = [
  ...evasiveCharsets(),
  ...evasiveEncodings(),
  ...evasiveNames(),
  ...evasiveStructures(),
  ...evasiveMixtures(300),
];
const { policy } = makeSnapshot([{ item: 'settings', hostname: 'mx.example', defaultNextHop: 'ses' }, ...SCREENS]);

function verdictOn(octets: Buffer): string {
  const facts = factsOf(octets, { needs: { header: false, text: false } });
  return judgeScreen(
    policy?.screens ?? [],
    facts,
    { sender: '', recipients: [] },
    { whenUnreadable: 'accept', reportOnly: false },
  ).action;
}

/** Enough of it to run, or to be taken for it. */
const MARKS = [PROGRAM.subarray(0, 100), Buffer.from(EICAR, 'latin1')];

function isSeen({ names, payloads }: Sight): boolean {
  return (
    names.some((name) => /\.exe\W*$/i.test(name)) ||
    payloads.some((payload) => MARKS.some((mark) => payload.includes(mark)))
  );
}

/** Those too that no referee here falls for: another parser may. */
it('refuses or holds each of them, whoever sees what', () => {
  const accepted = EVASIONS.filter(({ octets }) => verdictOn(octets) === 'accept');

  expect(accepted.map(({ name }) => name)).toEqual([]);
});

describe.each(REFEREES)('$name', (referee) => {
  it.skipIf(!referee.isThere())('sees no file that no rule sees', { timeout: 120_000 }, async () => {
    const sights = await referee.look(EVASIONS.map(({ octets }) => octets));

    const seen = EVASIONS.filter((_evasion, index) => isSeen(sights[index] ?? { names: [], payloads: [] }));
    const missed = seen.filter(({ octets }) => verdictOn(octets) === 'accept');
    expect(missed.map(({ name }) => name)).toEqual([]);
    // Else the referee is not asked rightly: each sees most of what is plainly said.
    expect(seen.length).toBeGreaterThan(EVASIONS.length / 5);
  });
});
