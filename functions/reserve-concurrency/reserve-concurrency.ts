/** Gives functions their shares of the account's executions. A deployment never fails for it. */
import { logLine, logProblem, problemOfError } from '../log.ts';
import { type ReservingFunction, sharesOf } from './shares.ts';

/** What is asked of Lambda; names are those of functions in the account. */
export interface Concurrency {
  /** Executions of the account that no function keeps for itself. */
  unreserved(): Promise<number>;
  /** What a function keeps; 0 for nothing. */
  reservedBy(functionName: string): Promise<number>;
  reserve(functionName: string, executions: number): Promise<void>;
  release(functionName: string): Promise<void>;
}

export type FunctionNames = Readonly<Partial<Record<ReservingFunction, string>>>;

/**
 * Reserves each function's share, or releases what they keep where the account has too little; returns it in words. Those
 * that shrink go first, so that there is room for those that grow. Never rejects: the words then say why not.
 */
export async function reserveConcurrency(functions: FunctionNames, concurrency: Concurrency): Promise<string> {
  try {
    const named = Object.entries(functions) as [ReservingFunction, string][];
    const kept = new Map<string, number>();
    for (const [, functionName] of named) kept.set(functionName, await concurrency.reservedBy(functionName));
    const unreserved = (await concurrency.unreserved()) + [...kept.values()].reduce((sum, one) => sum + one, 0);
    const names = named.map(([name]) => name);
    const shares = sharesOf(names, unreserved);
    const changeOf = ([name, functionName]: [ReservingFunction, string]): number =>
      (shares.get(name) ?? 0) - (kept.get(functionName) ?? 0);
    for (const one of named.toSorted((a, b) => changeOf(a) - changeOf(b))) {
      const [name, functionName] = one;
      const share = shares.get(name);
      if (changeOf(one) === 0) continue;
      if (share === undefined) await concurrency.release(functionName);
      else await concurrency.reserve(functionName, share);
    }
    const words = [...shares].map(([name, share]) => `${name} ${share}`).join(', ');
    const reserved = words === '' ? `none: ${unreserved} executions at once are too few to share out` : words;
    logLine({ function: 'reserve-concurrency', reserved });
    return reserved;
  } catch (error) {
    logProblem({ function: 'reserve-concurrency', problem: problemOfError(error) });
    return `not changed: ${problemOfError(error)}`;
  }
}

/** Releases what the functions keep; those that are gone keep nothing. Never rejects. */
export async function releaseConcurrency(functions: FunctionNames, concurrency: Concurrency): Promise<void> {
  for (const functionName of Object.values(functions)) {
    await concurrency.release(functionName).catch((error: unknown) => {
      logProblem({ function: 'reserve-concurrency', problem: problemOfError(error) });
    });
  }
}
