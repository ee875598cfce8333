/** Items of a policy document, and the document of items. */
import * as z from 'zod';
import { COMMAND_PREFIX, commandSchema, type PolicyAttributes, SETTINGS_ITEM } from '../../../policy/item.ts';
import { canonicalKey } from '../../../policy/same-item.ts';
import { settingsSchema } from '../../../policy/settings.ts';
import { VERBS } from '../../../policy/verb.ts';
import { fromJsonObject, isSame, toJsonObject } from '../../tables/item-json.ts';
import { givenAttributes } from '../../tables/kept.ts';
import { withNote } from '../contract/answers/item-answer.ts';
import { type PolicyDocument, SECTIONS, type Section } from '../contract/answers/policy-document.ts';
import type { FieldError } from '../contract/problem-body.ts';
import { fieldError } from '../http/problem.ts';
import { ITEM_COLLECTIONS } from '../items/item-collection.ts';
import { itemErrors } from '../items/item-errors.ts';
import { isKeyOfItem } from '../items/named-items.ts';
import type { StoredItem } from '../stores/policy-store.ts';

/** The same with all attributes, for people. */
export const describedDocument = z.object({
  settings: withNote(settingsSchema),
  commands: z.partialRecord(z.enum(VERBS), withNote(commandSchema)).optional(),
  domains: z.record(z.string(), ITEM_COLLECTIONS.domains.schema).optional(),
  clients: z.record(z.string(), ITEM_COLLECTIONS.clients.schema).optional(),
  senders: z.record(z.string(), ITEM_COLLECTIONS.senders.schema).optional(),
  issuers: z.record(z.string(), ITEM_COLLECTIONS.issuers.schema).optional(),
  screens: z.record(z.string(), ITEM_COLLECTIONS.screens.schema).optional(),
});

export interface DocumentItems {
  /** Attributes without keys, by the item's key. */
  readonly items: ReadonlyMap<string, PolicyAttributes>;
  /** All that is wrong; empty when every item would be in force. */
  readonly errors: readonly FieldError[];
}

/**
 * Makes the items of a document.
 *
 * An item that stands under another spelling of its name stays there, and one that says already what the document says is
 * taken as it is, so that what was read can be written back.
 *
 * @param existing the server's items by their keys
 */
export function documentItems(
  document: PolicyDocument,
  existing: ReadonlyMap<string, StoredItem> = new Map(),
): DocumentItems {
  const making = new Making(existing);
  making.add(SETTINGS_ITEM, fromJsonObject(document.settings), 'settings');
  for (const section of SECTIONS) {
    const names = new Names(section, existing);
    const entries = Object.entries(document[section] ?? {}).map(([name, given]) => {
      const attributes = fromJsonObject(given);
      return { name, attributes, stays: making.isUnchanged(`${prefixOf(section)}${name}`, attributes) };
    });
    // What stays as it is goes first: it has its key already, however many mean the same.
    for (const { name, attributes, stays } of entries.sort((a, b) => Number(b.stays) - Number(a.stays))) {
      const field = `${section}.${name}`;
      const { item, same } = names.keyOf(name);
      if (same === undefined || stays) making.add(stays ? `${prefixOf(section)}${name}` : item, attributes, field);
      else making.errors.push(fieldError(field, undefined, `means the same as ${same}`));
    }
  }
  return making;
}

/** The items that are made, and what is wrong with them. */
class Making implements DocumentItems {
  readonly items = new Map<string, PolicyAttributes>();
  readonly errors: FieldError[] = [];
  readonly #existing: ReadonlyMap<string, StoredItem>;

  constructor(existing: ReadonlyMap<string, StoredItem>) {
    this.#existing = existing;
  }

  /** Whether the item of a key says already what it is to say. */
  isUnchanged(item: string, attributes: PolicyAttributes): boolean {
    const before = this.#existing.get(item);
    return before !== undefined && isSame(givenAttributes(before.attributes), attributes);
  }

  add(item: string, attributes: PolicyAttributes, field: string): void {
    const stored = this.#existing.get(item);
    const before = stored === undefined ? undefined : givenAttributes(stored.attributes);
    if (!this.isUnchanged(item, attributes))
      this.errors.push(...itemErrors(item, attributes, { within: field, before }));
    this.items.set(item, attributes);
  }
}

/** The keys of a section's names. */
class Names {
  readonly #prefix: string;
  /** Keys that are there, and could be in force. */
  readonly #keys: ReadonlySet<string>;
  /** Keys that are there, by the key that all their spellings share. */
  readonly #there = new Map<string, string>();
  /** Names that were met, by the same. */
  readonly #met = new Map<string, string>();

  constructor(section: Section, existing: ReadonlyMap<string, StoredItem>) {
    const prefix = prefixOf(section);
    this.#prefix = prefix;
    this.#keys = new Set([...existing.keys()].filter((key) => key.startsWith(prefix) && isKeyOf(section, key)));
    for (const item of this.#keys) {
      const canonical = canonicalKey(item);
      if (item === canonical || !this.#there.has(canonical)) this.#there.set(canonical, item);
    }
  }

  /** Where the item of a name is to stand; `same` is a name that was met before and means the same. */
  keyOf(name: string): { readonly item: string; readonly same: string | undefined } {
    const exact = `${this.#prefix}${name}`;
    const canonical = canonicalKey(exact);
    const same = this.#met.get(canonical);
    this.#met.set(canonical, same ?? name);
    return { item: this.#keys.has(exact) ? exact : (this.#there.get(canonical) ?? canonical), same };
  }
}

function prefixOf(section: Section): string {
  return section === 'commands' ? COMMAND_PREFIX : ITEM_COLLECTIONS[section].prefix;
}

function isKeyOf(section: Section, item: string): boolean {
  return section === 'commands' || isKeyOfItem(ITEM_COLLECTIONS[section], item);
}

/** The section and name of an item's key; `undefined` of one that has no place in a document. */
export function placeOf(key: string): { readonly section: Section; readonly name: string } | undefined {
  for (const section of SECTIONS) {
    const prefix = prefixOf(section);
    if (key.startsWith(prefix)) return { section, name: key.slice(prefix.length) };
  }
  return undefined;
}

/** The document of a server's items, `settings` among them. */
export function documentOf(items: readonly StoredItem[]): PolicyDocument {
  const sections = new Map<Section, [string, PolicyAttributes][]>(SECTIONS.map((name) => [name, []]));
  let settings: PolicyAttributes = {};
  for (const stored of items) {
    const given = toJsonObject(givenAttributes(stored.attributes));
    const place = placeOf(stored.item);
    if (place !== undefined) sections.get(place.section)?.push([place.name, given]);
    else if (stored.item === SETTINGS_ITEM) settings = given;
  }
  const entries = SECTIONS.map((name) => [name, Object.fromEntries(sections.get(name) ?? [])] as const);
  return { settings, ...Object.fromEntries(entries) };
}
