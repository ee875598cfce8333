/** A user as the admin API shows it: never with its verifier. */
import { parseUser } from '../../../policy/user.ts';
import { toJsonObject } from '../../tables/item-json.ts';
import { UNTAGGED_ATTRIBUTES } from '../../tables/kept.ts';
import type { StoredUser } from '../stores/user-store.ts';

/** What a user has where its item does not say; `policy/user.ts` reads an item so. */
const DEFAULTS = { enabled: true, servers: [], senders: [], mayBounce: true, limits: {} } as const;

export function shownUser({ user, attributes }: StoredUser): Record<string, unknown> {
  const { verifier, ...others } = attributes;
  // What is wrong now is found out now.
  const shown = Object.fromEntries(Object.entries(others).filter(([name]) => !UNTAGGED_ATTRIBUTES.includes(name)));
  const parsed = parseUser({ ...attributes, user });
  return {
    user,
    ...DEFAULTS,
    ...toJsonObject(shown),
    hasPassword: verifier !== undefined,
    ...(parsed.ok ? {} : { problem: parsed.problem }),
  };
}
