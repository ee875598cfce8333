/** Items that mean the same under two keys, `command#AUTH` and `command#auth`: one is in force, the other reported. */
import type { PolicyItem } from './item.ts';
import { COMMAND_PREFIX, DOMAIN_PREFIX } from './item.ts';

/** The one key that all items of the same meaning share; of clients and senders two do not contradict each other. */
export function canonicalKey(key: string, value: PolicyItem): string {
  switch (value.kind) {
    case 'command':
      return `${COMMAND_PREFIX}${value.verb}`;
    case 'domain':
      return `${DOMAIN_PREFIX}${value.domain}`;
    default:
      return key;
  }
}

/**
 * Which of `values`, by key, are not in force since another one means the same: key of the one overruled, key of the
 * one in force. That is the one with the canonical key, else the first in the order of keys.
 */
export function overruled(values: ReadonlyMap<string, PolicyItem>): ReadonlyMap<string, string> {
  const winners = new Map<string, string>();
  for (const key of [...values.keys()].sort()) {
    const value = values.get(key);
    if (value === undefined) continue;
    const canonical = canonicalKey(key, value);
    if (key === canonical || !winners.has(canonical)) winners.set(canonical, key);
  }
  const losers = new Map<string, string>();
  for (const [key, value] of values) {
    const winner = winners.get(canonicalKey(key, value));
    if (winner !== undefined && winner !== key) losers.set(key, winner);
  }
  return losers;
}

export function overruledProblem(winner: string): string {
  return `means the same as ${winner}, which is in force`;
}
