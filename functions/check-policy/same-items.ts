/** Finds the items that mean the same as one that changed, and which of them is in force. */
import {
  CLIENT_PREFIX,
  COMMAND_PREFIX,
  DOMAIN_PREFIX,
  domainItemKeys,
  type PolicyItem,
  parseLastGood,
  parsePolicyItem,
  SENDER_PREFIX,
} from '../../policy/item.ts';
import { canonicalKey, overruled, overruledProblem } from '../../policy/same-item.ts';
import { attributesOf, type Image } from '../tables/attributes.ts';
import type { PolicyItems } from './policy-items.ts';

/** Kinds whose items may be spelt in more ways than could be looked up one by one. */
const SPELT_FREELY: readonly string[] = [COMMAND_PREFIX, CLIENT_PREFIX, SENDER_PREFIX];

/** The range of keys in which items that mean the same are looked for; `undefined` where single keys are enough. */
export function rangeOf(item: string): string | undefined {
  return SPELT_FREELY.find((prefix) => item.startsWith(prefix));
}

/** Images of the other items that mean the same as `item`, by key. */
export async function othersOf(server: string, item: string, items: PolicyItems): Promise<ReadonlyMap<string, Image>> {
  const range = rangeOf(item);
  const found =
    range === undefined
      ? await Promise.all(otherDomainKeys(item).map((key) => items.read(server, key)))
      : await items.readRange(server, range);
  const canonical = canonicalKey(item);
  const others = found.filter((image) => image !== undefined).map((image): [string, Image] => [keyOf(image), image]);
  return new Map(others.filter(([key]) => key !== item && canonicalKey(key) === canonical));
}

function otherDomainKeys(item: string): readonly string[] {
  if (!item.startsWith(DOMAIN_PREFIX)) return [];
  return domainItemKeys(canonicalKey(item).slice(DOMAIN_PREFIX.length)).filter((key) => key !== item);
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
