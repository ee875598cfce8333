/** Items that mean the same under two keys, `command#AUTH` and `command#auth`: one is in force, the other reported. */
import { parseDomain } from './address.ts';
import { networkText, parseNetwork } from './client-network.ts';
import type { PolicyItem } from './item.ts';
import { CLIENT_PREFIX, COMMAND_PREFIX, DOMAIN_PREFIX, SENDER_PREFIX } from './item.ts';
import { parseSenderPattern } from './sender-rule.ts';
import { verbNamed } from './verb.ts';

function domainName(name: string): string | undefined {
  const domain = parseDomain(name);
  return domain.ok ? domain.value : undefined;
}

function networkName(name: string): string | undefined {
  const network = parseNetwork(name);
  return network.ok ? networkText(network.value) : undefined;
}

function senderName(name: string): string | undefined {
  const pattern = parseSenderPattern(name.includes('@') ? name : `*@${name}`);
  return pattern.ok ? pattern.value.replace(/^\*@/, '') : undefined;
}

/** How the names of each kind are read, whose items may mean the same under several; `undefined` for what is no name. */
const NAMES: ReadonlyMap<string, (name: string) => string | undefined> = new Map([
  [COMMAND_PREFIX, (name) => verbNamed(name.toUpperCase())],
  [DOMAIN_PREFIX, domainName],
  [CLIENT_PREFIX, networkName],
  [SENDER_PREFIX, senderName],
]);

/** The one key that all items of the same meaning share; of what is no such item, its own. */
export function canonicalKey(key: string): string {
  const prefix = key.slice(0, key.indexOf('#') + 1);
  const name = NAMES.get(prefix)?.(key.slice(prefix.length).trim());
  return name === undefined ? key : `${prefix}${name}`;
}

/**
 * Which of `values`, by key, are not in force since another one means the same: key of the one overruled, key of the
 * one in force. That is a denial before what is none, then the one with the canonical key, then the first in the order of
 * keys.
 */
export function overruled(values: ReadonlyMap<string, PolicyItem>): ReadonlyMap<string, string> {
  const winners = new Map<string, string>();
  const isDenial = (key: string): boolean => {
    const value = values.get(key);
    return value?.kind === 'client' && value.access === 'deny';
  };
  for (const key of [...values.keys()].sort()) {
    const canonical = canonicalKey(key);
    const winner = winners.get(canonical);
    const isBetterThan = (other: string): boolean =>
      isDenial(key) === isDenial(other) ? key === canonical : isDenial(key);
    if (winner === undefined || isBetterThan(winner)) winners.set(canonical, key);
  }
  const losers = new Map<string, string>();
  for (const key of values.keys()) {
    const winner = winners.get(canonicalKey(key));
    if (winner !== undefined && winner !== key) losers.set(key, winner);
  }
  return losers;
}

export function overruledProblem(winner: string): string {
  return `means the same as ${winner}, which is in force`;
}
