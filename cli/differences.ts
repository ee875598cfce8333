/** What an import would change: a server's policy beside a document. */

import { type PolicyDocument, SECTIONS, type Section } from '../functions/admin/contract/answers/policy-document.ts';
import { parseDomain } from '../policy/address.ts';
import { parseNetwork } from '../policy/client-network.ts';
import { parseSenderPattern } from '../policy/sender-rule.ts';

type Attributes = Readonly<Record<string, unknown>>;

export interface Difference {
  readonly kind: 'add' | 'change' | 'remove';
  /** `settings`, or the section and the item's name. */
  readonly item: string;
  readonly before?: Attributes;
  readonly after?: Attributes;
}

/** @param current what is there; `undefined` when there is no such server yet */
export function differencesOf(current: PolicyDocument | undefined, wanted: PolicyDocument): readonly Difference[] {
  const settings = difference('settings', current?.settings, wanted.settings);
  const items = SECTIONS.flatMap((section) =>
    sectionDifferences(section, current?.[section] ?? {}, wanted[section] ?? {}),
  );
  return settings === undefined ? items : [settings, ...items];
}

function sectionDifferences(
  section: Section,
  current: Readonly<Record<string, Attributes>>,
  wanted: Readonly<Record<string, Attributes>>,
): Difference[] {
  const there = new Map(Object.entries(current).map((entry) => [MEANINGS[section](entry[0]), entry] as const));
  const found: (Difference | undefined)[] = [];
  for (const [name, after] of Object.entries(wanted)) {
    const meaning = MEANINGS[section](name);
    found.push(difference(`${section} ${name}`, there.get(meaning)?.[1], after));
    there.delete(meaning);
  }
  for (const [name, before] of there.values()) found.push(difference(`${section} ${name}`, before, undefined));
  return found.filter((each) => each !== undefined);
}

/** Two spellings of one name are one item. */
const MEANINGS: Readonly<Record<Section, (name: string) => string>> = {
  commands: (name) => name.trim().toUpperCase(),
  domains: (name) => {
    const domain = parseDomain(name);
    return domain.ok ? domain.value : name;
  },
  clients: (name) => {
    const network = parseNetwork(name);
    return network.ok ? `${network.value.family} ${network.value.bits}/${network.value.prefix}` : name;
  },
  senders: (name) => {
    const pattern = parseSenderPattern(name.includes('@') ? name : `*@${name}`);
    return pattern.ok ? pattern.value : name;
  },
  issuers: (name) => name,
  screens: (name) => name,
};

function difference(
  item: string,
  before: Attributes | undefined,
  after: Attributes | undefined,
): Difference | undefined {
  if (after === undefined) return before === undefined ? undefined : { kind: 'remove', item, before };
  if (before === undefined) return { kind: 'add', item, after };
  return canonical(before) === canonical(after) ? undefined : { kind: 'change', item, before, after };
}

/** The order of attributes, and of the strings in a set, means nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (Array.isArray(inner)) return inner.every((each) => typeof each === 'string') ? [...inner].sort() : inner;
    if (typeof inner !== 'object' || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** `name: old → new`, for each attribute that differs. */
export function changeText({ before = {}, after = {} }: Difference): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter((name) => canonical(before[name] ?? null) !== canonical(after[name] ?? null));
  return changed.map((name) => `${name}: ${shown(before[name])} → ${shown(after[name])}`).join('; ');
}

function shown(value: unknown): string {
  if (value === undefined) return '(none)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
