/** Tries inputs on a target until it is told to stop, or one fails. */
import { readCorpus } from './corpus.ts';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';
import type { FuzzTarget } from './target.ts';

export interface Finding {
  readonly target: FuzzTarget;
  readonly octets: Buffer;
  /** The seed of the chance that the attempt was made with. */
  readonly seed: number;
  readonly error: unknown;
}

/** Attempts that a corpus input without a seed of its own is made with. */
const CHANCES_FOR_A_SEED = 16;

export class Campaign {
  readonly target: FuzzTarget;
  executions = 0;
  lastAttempt: { readonly octets: Buffer; readonly seed: number } = { octets: Buffer.alloc(0), seed: 0 };
  readonly #random: Random;
  readonly #seeds: readonly Buffer[];

  constructor(target: FuzzTarget, seed: number) {
    this.target = target;
    this.#random = new Random(seed);
    this.#seeds = [...target.seeds(), ...readCorpus(target.name).map(({ octets }) => octets)];
  }

  /** Everything that is kept, as it is. */
  async replayAll(): Promise<Finding | undefined> {
    const kept = readCorpus(this.target.name);
    const known = this.target.seeds().map((octets) => ({ octets, seed: undefined }));
    for (const { octets, seed } of [...kept, ...known]) {
      const seeds = seed === undefined ? Array.from({ length: CHANCES_FOR_A_SEED }, (_, chance) => chance) : [seed];
      for (const chance of seeds) {
        const finding = await this.attempt(octets, chance);
        if (finding !== undefined) return finding;
      }
    }
    return undefined;
  }

  /** Fresh inputs, as many as `count`. */
  async explore(count: number): Promise<Finding | undefined> {
    for (let done = 0; done < count; done += 1) {
      const octets = mutate(this.#random, this.#seeds, this.target.words);
      const finding = await this.attempt(octets, this.#random.next());
      if (finding !== undefined) return finding;
    }
    return undefined;
  }

  async attempt(octets: Buffer, seed: number): Promise<Finding | undefined> {
    this.executions += 1;
    this.lastAttempt = { octets, seed };
    try {
      await this.target.attempt(octets, new Random(seed));
      return undefined;
    } catch (error) {
      return { target: this.target, octets, seed, error };
    }
  }
}

/** Cuts a failing input down to less that still fails with the same words: halves first, then smaller parts. */
export async function shrink(finding: Finding): Promise<Finding> {
  const campaign = new Campaign(finding.target, 0);
  let smallest = finding;
  for (let size = finding.octets.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at + size <= smallest.octets.length; ) {
      const { octets } = smallest;
      const less = Buffer.concat([octets.subarray(0, at), octets.subarray(at + size)]);
      const again = await campaign.attempt(less, finding.seed);
      if (again !== undefined && claimOf(again) === claimOf(finding)) smallest = again;
      else at += size;
    }
  }
  return smallest;
}

/** The words of a failure up to its first colon; what stands after depends on the input. */
function claimOf({ error }: Finding): string {
  return (error instanceof Error ? error.message : String(error)).split(':', 1)[0] ?? '';
}
