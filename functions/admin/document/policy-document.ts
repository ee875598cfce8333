/** Items of a policy document, and the document of items. */
import * as z from 'zod';
import {
  COMMAND_PREFIX,
  commandSchema,
  type PolicyAttributes,
  parsePolicyItem,
  SETTINGS_ITEM,
} from '../../../policy/item.ts';
import { settingsSchema } from '../../../policy/settings.ts';
import { VERBS, verbNamed } from '../../../policy/verb.ts';
import { fromJsonObject, toJsonObject } from '../../tables/item-json.ts';
import { withNote } from '../contract/item-answer.ts';
import { type PolicyDocument, SECTIONS, type Section } from '../contract/policy-document.ts';
import type { FieldError } from '../contract/problem-body.ts';
import { fieldError } from '../http/problem.ts';
import { givenOf } from '../item-change.ts';
import { ITEM_COLLECTIONS } from '../items/item-collection.ts';
import { itemErrors } from '../items/item-errors.ts';
import type { StoredItem } from '../stores/policy-store.ts';

/** The same with all attributes, for people. */
export const describedDocument = z.object({
  settings: withNote(settingsSchema),
  commands: z.partialRecord(z.enum(VERBS), withNote(commandSchema)).optional(),
  domains: z.record(z.string(), ITEM_COLLECTIONS.domains.schema).optional(),
  clients: z.record(z.string(), ITEM_COLLECTIONS.clients.schema).optional(),
  senders: z.record(z.string(), ITEM_COLLECTIONS.senders.schema).optional(),
  issuers: z.record(z.string(), ITEM_COLLECTIONS.issuers.schema).optional(),
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
 * @param isThere whether the server has an item of a key: one that stands under another spelling of its name stays there
 */
export function documentItems(
  document: PolicyDocument,
  isThere: (key: string) => boolean = () => false,
): DocumentItems {
  const items = new Map<string, PolicyAttributes>();
  const errors: FieldError[] = [];
  const settings = fromJsonObject(document.settings);
  items.set(SETTINGS_ITEM, settings);
  errors.push(...itemErrors(SETTINGS_ITEM, settings, 'settings'));
  for (const name of SECTIONS) {
    const names = new Map<string, string>();
    for (const [written, given] of Object.entries(document[name] ?? {})) {
      const field = `${name}.${written}`;
      const keys = keysOf(name, written);
      const same = names.get(keys.canonical);
      if (same !== undefined) {
        errors.push(fieldError(field, undefined, `means the same as ${same}`));
        continue;
      }
      names.set(keys.canonical, written);
      const key = keys.others.find(isThere) ?? keys.canonical;
      const attributes = fromJsonObject(given);
      errors.push(...itemErrors(key, attributes, field));
      items.set(key, attributes);
    }
  }
  return { items, errors };
}

interface Keys {
  /** Where a new item is put; what is no name at all keeps its letters, and is an error of its item. */
  readonly canonical: string;
  /** Where it may stand already. */
  readonly others: readonly string[];
}

function keysOf(section: Section, name: string): Keys {
  if (section === 'commands') {
    const canonical = `${COMMAND_PREFIX}${verbNamed(name.trim().toUpperCase()) ?? name}`;
    return { canonical, others: [`${COMMAND_PREFIX}${name}`] };
  }
  const { prefix, keys } = ITEM_COLLECTIONS[section];
  const exact = `${prefix}${name}`;
  const read = keys(name);
  if (!read.ok) return { canonical: exact, others: [] };
  const [canonical, ...others] = read.value;
  return { canonical, others: isKeyOfItem(exact) ? [exact, canonical, ...others] : [canonical, ...others] };
}

/** Whether a key is well written, whatever its attributes. */
function isKeyOfItem(key: string): boolean {
  // Of a domain the key decides; the other kinds read any spelling of their names.
  return !key.startsWith(ITEM_COLLECTIONS.domains.prefix) || parsePolicyItem({ item: key }).ok;
}

/** The section and name of an item's key; `undefined` of one that has no place in a document. */
export function placeOf(key: string): { readonly section: Section; readonly name: string } | undefined {
  for (const section of SECTIONS) {
    const prefix = section === 'commands' ? COMMAND_PREFIX : ITEM_COLLECTIONS[section].prefix;
    if (key.startsWith(prefix)) return { section, name: key.slice(prefix.length) };
  }
  return undefined;
}

/** The document of a server's items, `settings` among them. */
export function documentOf(items: readonly StoredItem[]): PolicyDocument {
  const sections = new Map<Section, [string, PolicyAttributes][]>(SECTIONS.map((name) => [name, []]));
  let settings: PolicyAttributes = {};
  for (const stored of items) {
    const given = toJsonObject(givenOf(stored));
    const place = placeOf(stored.item);
    if (place !== undefined) sections.get(place.section)?.push([place.name, given]);
    else if (stored.item === SETTINGS_ITEM) settings = given;
  }
  const entries = SECTIONS.map((name) => [name, Object.fromEntries(sections.get(name) ?? [])] as const);
  return { settings, ...Object.fromEntries(entries) };
}
