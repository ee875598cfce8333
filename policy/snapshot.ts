/**
 * The policy snapshot of one published server: what the edge proxy decides by, made from the server's items.
 *
 * An item that does not parse keeps its last good value in force and is named; a bad edit neither opens nor closes a
 * server. That value is the one in memory, or for a task that has none yet, the item's own `lastGood`. An item that was
 * deleted is gone at once, `settings` excepted: without them there is no server.
 */
import { createHash } from 'node:crypto';
import type { ClientRule } from './client-network.ts';
import { COMMAND_TABLES, type CommandTable } from './command-profile.ts';
import { quoted } from './console-value.ts';
import { type PolicyAttributes, type PolicyItem, parseLastGood, parsePolicyItem, SETTINGS_ITEM } from './item.ts';
import { nextHopName } from './next-hop.ts';
import { overruled, overruledProblem } from './same-item.ts';
import type { ScreenRule } from './screen/screen-rule.ts';
import type { Settings } from './settings.ts';
import { VERBS } from './verb.ts';

export interface Policy {
  /** 16 hex digits of a hash over everything below: equal policies have equal versions on every task. */
  readonly version: string;
  readonly settings: Settings;
  readonly commands: CommandTable;
  readonly clients: readonly ClientRule[];
  /** Denied senders, canonical patterns, each with the item that denies it. */
  readonly deniedSenders: ReadonlyMap<string, string>;
  /** Whether an issuer of tokens is known, so that OAuth can be offered. */
  readonly hasIssuers: boolean;
  /** Screening rules in their order, that of the keys. */
  readonly screens: readonly ScreenRule[];
}

export interface PolicyProblem {
  readonly item: string;
  readonly problem: string;
}

export interface Snapshot {
  /** Absent when there are no settings to go by, neither now nor from before. */
  readonly policy?: Policy;
  readonly problems: readonly PolicyProblem[];
  /** Each item's value in force, by its key; what the next snapshot falls back on. */
  readonly inForce: ReadonlyMap<string, PolicyItem>;
}

/** Makes the snapshot of `items`, all of one server; `previous` lends its values to the broken ones. */
export function makeSnapshot(items: readonly PolicyAttributes[], previous?: Snapshot): Snapshot {
  const problems: PolicyProblem[] = [];
  const inForce = new Map<string, PolicyItem>();
  for (const attributes of items) {
    const key = typeof attributes.item === 'string' ? attributes.item : quoted(attributes.item);
    const result = parsePolicyItem(attributes);
    const value = result.ok ? result.value : (previous?.inForce.get(key) ?? parseLastGood(attributes));
    if (!result.ok) problems.push({ item: key, problem: result.problem });
    if (value !== undefined) inForce.set(key, value);
  }
  if (!items.some((attributes) => attributes.item === SETTINGS_ITEM)) {
    problems.push({ item: SETTINGS_ITEM, problem: 'is missing' });
    const settings = previous?.inForce.get(SETTINGS_ITEM);
    if (settings !== undefined) inForce.set(SETTINGS_ITEM, settings);
  }
  const losers = overruled(inForce);
  for (const [item, winner] of losers) problems.push({ item, problem: overruledProblem(winner) });
  const policy = makePolicy(inForce, losers);
  return policy === undefined ? { problems, inForce } : { policy, problems, inForce };
}

function makePolicy(inForce: ReadonlyMap<string, PolicyItem>, losers: ReadonlyMap<string, string>): Policy | undefined {
  const settingsItem = inForce.get(SETTINGS_ITEM);
  if (settingsItem?.kind !== 'settings') return undefined;
  const { settings } = settingsItem;
  const commands = { ...COMMAND_TABLES[settings.commandProfile] };
  const clients: ClientRule[] = [];
  const deniedSenders = new Map<string, string>();
  const screens: ScreenRule[] = [];
  let hasIssuers = false;
  // In key order, so that the version does not depend on the order of reading.
  for (const key of [...inForce.keys()].sort()) {
    const item = losers.has(key) ? undefined : inForce.get(key);
    if (item?.kind === 'sender') deniedSenders.set(item.pattern, item.rule);
    if (item?.kind === 'issuer') hasIssuers = true;
    if (item?.kind === 'screen') screens.push(item);
    if (item?.kind === 'client') clients.push({ network: item.network, access: item.access, rule: item.rule });
    if (item?.kind !== 'command') continue;
    const { allowed, maxOctets } = commands[item.verb];
    commands[item.verb] = { allowed: item.allowed ?? allowed, maxOctets: item.maxOctets ?? maxOctets };
  }
  const decisive = { settings, commands, clients, deniedSenders, hasIssuers, screens };
  return { version: versionOf(decisive), ...decisive };
}

function versionOf({
  settings,
  commands,
  clients,
  deniedSenders,
  hasIssuers,
  screens,
}: Omit<Policy, 'version'>): string {
  const named = {
    ...settings,
    defaultNextHop: nextHopName(settings.defaultNextHop),
    proxyProtocolNetworks: settings.proxyProtocolNetworks.map(({ family, bits, prefix }) => [
      family,
      `${bits}`,
      prefix,
    ]),
  };
  const parts = [
    Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1)),
    VERBS.map((verb) => [commands[verb].allowed, commands[verb].maxOctets]),
    clients.map((client) => [client.rule, client.access]),
    [...deniedSenders],
    hasIssuers,
    // Only where there are any, so that the version of a policy without them stays what it was.
    ...(screens.length === 0 ? [] : [screens]),
  ];
  return createHash('sha256').update(JSON.stringify(parts, withExpressions)).digest('hex').slice(0, 16);
}

/** Expressions by their text: JSON would leave it out. */
function withExpressions(_name: string, value: unknown): unknown {
  return value instanceof RegExp ? value.source : value;
}
