/** What a fuzz target is: an invariant, and how inputs for it are made and tried. */
import type { Random } from './random.ts';

export interface FuzzTarget {
  /** Its folder in `corpus/`. */
  readonly name: string;
  /** Inputs to start from, beside those of the corpus. */
  readonly seeds: () => readonly Buffer[];
  /** Words that `mutate` puts in. */
  readonly words: readonly string[];
  /**
   * Tries one input; throws, or rejects, when the invariant is broken.
   *
   * @param random everything that is not in the octets: policy, segmentation, answers, time
   */
  readonly attempt: (input: Buffer, random: Random) => void | Promise<void>;
}

/** Throws when `claim` does not hold. */
export function mustHold(claim: boolean, what: string | (() => string)): asserts claim {
  if (!claim) throw new Error(typeof what === 'string' ? what : what());
}
