/** The policy that a session is tried out under: the one in force, or a document that no one has saved. */
import { type PolicyAttributes, SETTINGS_ITEM } from '../../policy/item.ts';
import { type ParseResult, parsed, unparsed } from '../../policy/result.ts';
import { makeSnapshot, type Policy, type PolicyProblem } from '../../policy/snapshot.ts';
import type { RelayPolicyStore } from '../relay/relay-policy-store.ts';

interface StoredAttributes {
  /** Attributes without keys. */
  readonly attributes: PolicyAttributes;
}

/** Where the items of the policy in force are read. */
export interface TrialPolicyStore {
  /** `undefined` when there is no such item. */
  read(server: string, item: string): Promise<StoredAttributes | undefined>;
  readAll(server: string, which: 'without-domains'): Promise<readonly (StoredAttributes & { readonly item: string })[]>;
}

export interface PolicyOnTrial {
  readonly policy: Policy;
  /** Where `check-relay` finds the items of a recipient. */
  readonly relay: RelayPolicyStore;
  /** Items that are not in force as they stand. */
  readonly problems: readonly PolicyProblem[];
}

/** What a task would go by that starts now, what is wrong when that is nothing; `undefined` when there is no such server. */
export async function storedPolicyOnTrial(
  server: string,
  store: TrialPolicyStore,
): Promise<ParseResult<PolicyOnTrial> | undefined> {
  const stored = await store.readAll(server, 'without-domains');
  if (!stored.some(({ item }) => item === SETTINGS_ITEM)) return undefined;
  const items = stored.map(({ item, attributes }): PolicyAttributes => ({ ...attributes, server, item }));
  const { policy, problems } = makeSnapshot(items);
  if (policy === undefined) return unparsed(`${SETTINGS_ITEM}: ${problemOf(SETTINGS_ITEM, problems)}`);
  return parsed({ policy, problems, relay: new RememberingStore(store) });
}

/** @param items all of a server's, as `policyItems` gives them */
export function policyOfItems(items: readonly PolicyAttributes[]): ParseResult<PolicyOnTrial> {
  const { policy, problems } = makeSnapshot(items);
  if (policy === undefined) return unparsed(`${SETTINGS_ITEM}: ${problemOf(SETTINGS_ITEM, problems)}`);
  return parsed({ policy, problems, relay: new ItemList(items) });
}

function problemOf(item: string, problems: readonly PolicyProblem[]): string {
  return problems.find((problem) => problem.item === item)?.problem ?? 'is missing';
}

/** Items of a document; of whichever server is asked for. */
class ItemList implements RelayPolicyStore {
  readonly #items: ReadonlyMap<string, PolicyAttributes>;

  constructor(items: readonly PolicyAttributes[]) {
    this.#items = new Map(items.map((attributes) => [String(attributes.item), attributes]));
  }

  async read(_server: string, items: readonly string[]): Promise<ReadonlyMap<string, PolicyAttributes>> {
    return new Map(items.flatMap((item) => entry(item, this.#items.get(item))));
  }
}

/** The table, each item of it read once: a replay asks for the same few domains again and again. */
class RememberingStore implements RelayPolicyStore {
  readonly #store: TrialPolicyStore;
  readonly #read = new Map<string, PolicyAttributes | undefined>();

  constructor(store: TrialPolicyStore) {
    this.#store = store;
  }

  async read(server: string, items: readonly string[]): Promise<ReadonlyMap<string, PolicyAttributes>> {
    const entries = await Promise.all(items.map(async (item) => entry(item, await this.#readOne(server, item))));
    return new Map(entries.flat());
  }

  async #readOne(server: string, item: string): Promise<PolicyAttributes | undefined> {
    if (this.#read.has(item)) return this.#read.get(item);
    const stored = await this.#store.read(server, item);
    const attributes = stored === undefined ? undefined : { ...stored.attributes, server, item };
    this.#read.set(item, attributes);
    return attributes;
  }
}

function entry(item: string, attributes: PolicyAttributes | undefined): [string, PolicyAttributes][] {
  return attributes === undefined ? [] : [[item, attributes]];
}
