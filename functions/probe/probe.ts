/** Speaks to an SMTP server as a stranger would, and tells what of it is not as it should be. */
import { probeNames, probeOversize } from './commands.ts';
import type { ProbeOptions } from './context.ts';
import { probeDelivery } from './delivery.ts';
import { probeAuth, probeGreeting, probeLogin, probeTls } from './opening.ts';
import { probeRelay } from './relay.ts';
import { fault, type ProbeReport, type ProbeStep, skipped } from './report.ts';

type Check = (options: ProbeOptions) => Promise<ProbeStep | readonly ProbeStep[]>;

/** The checks after the greeting, each with the name under which its failure is told. */
const CHECKS: readonly (readonly [name: string, check: Check])[] = [
  ['tls', probeTls],
  ['auth', probeAuth],
  ['login', probeLogin],
  ['relay', probeRelay],
  ['oversize', probeOversize],
  ['vrfy', probeNames],
  ['deliver', probeDelivery],
];

/**
 * Runs all checks in turn, each on connections of its own. Never throws for what the server does: a check that cannot
 * be carried out is a fault that says why. Sends no message unless `deliver` is given.
 */
export async function probe(options: ProbeOptions): Promise<ProbeReport> {
  const at = new Date(options.nowMs()).toISOString();
  const greeting = await steps('greeting', probeGreeting, options);
  const isReached = greeting.every(({ outcome }) => outcome !== 'fault');
  const rest: ProbeStep[] = [];
  for (const [name, check] of CHECKS) {
    rest.push(...(isReached ? await steps(name, check, options) : [skipped(name, 'the server cannot be spoken to')]));
  }
  return { ...options.door, kind: options.kind, at, steps: [...greeting, ...rest] };
}

async function steps(name: string, check: Check, options: ProbeOptions): Promise<readonly ProbeStep[]> {
  try {
    return [await check(options)].flat();
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown';
    return [fault(name, why, 'see whether the server runs, and what its log says of this connection')];
  }
}
