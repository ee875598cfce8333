/** A user as the admin API shows it, tags it, and tells of its changes: never with its verifier. */
import { createHash } from 'node:crypto';
import type { PolicyAttributes } from '../../../policy/item.ts';
import { parseUser } from '../../../policy/user.ts';
import { toJsonObject } from '../../tables/item-json.ts';
import { etagOf } from '../http/etag.ts';
import { givenOf } from '../item-change.ts';
import type { StoredUser } from '../stores/user-store.ts';

/** What a user has where its item does not say; `policy/user.ts` reads an item so. */
const DEFAULTS = { enabled: true, servers: [], senders: [], mayBounce: true, limits: {} } as const;

export function shownUser({ user, attributes }: StoredUser): Record<string, unknown> {
  // `problem` and `lastGood` are another's to write; what is wrong now is found out now.
  const { verifier, problem: _problem, lastGood: _lastGood, ...shown } = attributes;
  const parsed = parseUser({ ...attributes, user });
  return {
    user,
    ...DEFAULTS,
    ...toJsonObject(shown),
    hasPassword: verifier !== undefined,
    ...(parsed.ok ? {} : { problem: parsed.problem }),
  };
}

/** A tag that tells another password too. The verifier goes into it as a digest, which nobody can guess a salt from. */
export function etagOfUser(stored: StoredUser | undefined): string | undefined {
  if (stored === undefined) return undefined;
  const { verifier } = stored.raw;
  if (verifier === undefined) return etagOf(stored.raw);
  const digest = createHash('sha256').update(JSON.stringify(verifier)).digest('hex');
  return etagOf({ ...stored.raw, verifier: { S: digest } });
}

/** What an event tells of a user: what people wrote, without the verifier. */
export function toldUser(attributes: PolicyAttributes): PolicyAttributes {
  const { verifier: _verifier, ...told } = givenOf({ attributes });
  return told;
}
