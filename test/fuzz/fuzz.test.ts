/** Invariant: no input that is kept, and none of a few thousand fresh ones from a fixed seed, breaks what its target claims. */
import { describe, expect, it } from 'vitest';
import { Campaign, type Finding } from './campaign.ts';
import { readCorpus } from './corpus.ts';
import { TARGETS } from './targets.ts';

const SEED = 20_260_102;
/** About a second each. */
const FRESH: Readonly<Record<string, number>> = {
  machine: 4000,
  'data-scanner': 6000,
  'hop-client': 1500,
  'hop-opening': 100,
  mime: 1500,
  parsers: 8000,
};

function told(finding: Finding | undefined): string | undefined {
  if (finding === undefined) return undefined;
  const { octets, seed, error } = finding;
  return `${error} with seed ${seed} of ${JSON.stringify(octets.toString('latin1'))}`;
}

describe.each(TARGETS)('$name', (target) => {
  it('keeps its invariant on the corpus', async () => {
    expect(readCorpus(target.name).length).toBeGreaterThan(0);

    expect(told(await new Campaign(target, SEED).replayAll())).toBeUndefined();
  });

  it('keeps its invariant on fresh inputs', async () => {
    const campaign = new Campaign(target, SEED);

    const finding = await campaign.explore(FRESH[target.name] ?? 0);

    expect(told(finding)).toBeUndefined();
    expect(campaign.executions).toBe(FRESH[target.name]);
  });
});
