/** Attributes that Postern keeps about an item or a user, and those that people give. */
import { KEPT_ATTRIBUTES, type PolicyAttributes } from '../../policy/item.ts';

/**
 * Attributes that say something of the item as it stands, and go with its next change: what is wrong with it, and marks of
 * the admin API for what it is about to do. They change nothing that a person said, and no condition compares them.
 */
export const PASSING_ATTRIBUTES = [
  'problem',
  'deletedBy',
  'deletedAt',
  'unlockedBy',
  'unlockedAt',
  'continues',
] as const;

/** Attributes that `check-policy` alone writes, whenever it likes: no condition compares them, and no update takes them away. */
export const CHECKED_ATTRIBUTES = ['lastGood', 'revision'] as const;

/** Attributes that a tag leaves out. */
export const UNTAGGED_ATTRIBUTES: readonly string[] = [...PASSING_ATTRIBUTES, ...CHECKED_ATTRIBUTES];

const NOT_GIVEN: readonly string[] = ['server', 'item', 'user', ...KEPT_ATTRIBUTES];

/** What people wrote in an item or a user: everything but its keys and what Postern keeps about it. */
export function givenAttributes<Value>(attributes: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !NOT_GIVEN.includes(name)));
}

/** A user as events tell of it and answers show it: never with its verifier. */
export function toldUser(attributes: PolicyAttributes): PolicyAttributes {
  const { verifier: _verifier, ...told } = givenAttributes(attributes);
  return told;
}
