/** Finds the items that may mean the same as one that changed, and which of them is in force. */
import { parseDomain } from '../../policy/address.ts';
import {
  COMMAND_PREFIX,
  DOMAIN_PREFIX,
  domainItemKeys,
  type PolicyItem,
  parseLastGood,
  parsePolicyItem,
} from '../../policy/item.ts';
import { overruled, overruledProblem } from '../../policy/same-item.ts';
import { attributesOf, type Image } from '../tables/stored-attributes.ts';
import type { PolicyItems } from './policy-items.ts';

/** Images of the other items that could mean the same as `item`, by key. */
export async function othersOf(server: string, item: string, items: PolicyItems): Promise<ReadonlyMap<string, Image>> {
  if (item.startsWith(COMMAND_PREFIX)) {
    const all = await items.readRange(server, COMMAND_PREFIX);
    return new Map(all.map((image): [string, Image] => [keyOf(image), image]).filter(([key]) => key !== item));
  }
  const others = new Map<string, Image>();
  for (const key of otherDomainKeys(item)) {
    const image = await items.read(server, key);
    if (image !== undefined) others.set(key, image);
  }
  return others;
}

/** Whether an item can have others at all; for most domains there is nothing to read. */
export function mayHaveOthers(item: string): boolean {
  return item.startsWith(COMMAND_PREFIX) || otherDomainKeys(item).length > 0;
}

function otherDomainKeys(item: string): readonly string[] {
  if (!item.startsWith(DOMAIN_PREFIX)) return [];
  const domain = parseDomain(item.slice(DOMAIN_PREFIX.length));
  return domain.ok ? domainItemKeys(domain.value).filter((key) => key !== item) : [];
}

/** Why each of `images`, by key, is not in force though it parses; those that are in force are absent. */
export function overruledAmong(images: ReadonlyMap<string, Image>): ReadonlyMap<string, string> {
  const values = new Map<string, PolicyItem>();
  for (const [key, image] of images) {
    const attributes = attributesOf(image);
    const result = parsePolicyItem(attributes);
    const value = result.ok ? result.value : parseLastGood(attributes);
    if (value !== undefined) values.set(key, value);
  }
  return new Map([...overruled(values)].map(([loser, winner]) => [loser, overruledProblem(winner)]));
}

export function keyOf(image: Image): string {
  return image.item?.S ?? '';
}
