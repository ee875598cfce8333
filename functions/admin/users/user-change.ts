/** Changes of users, as a target of `change.ts`, and the verifiers of new passwords. */
import { randomBytes } from 'node:crypto';
import { makeVerifier, preparePassword } from '../../../policy/password.ts';
import { formatVerifier, SALT_OCTETS } from '../../../policy/verifier.ts';
import type { Signature } from '../../tables/send-conditional-write.ts';
import { type Changed, change, type WantedChange } from '../change.ts';
import { invalidField } from '../http/problem.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import type { StoredUser } from '../stores/user-store.ts';
import { isCommonPassword } from './common-passwords.ts';

/** The name of a user as it was typed, and the key that all its spellings share. */
export interface UserName {
  readonly key: string;
  readonly typed: string;
}

type UserStores = Pick<AdminStores, 'users' | 'nowMs'>;

/** A user, however a name is spelt; where no one has its key, the one whom the console gave that very spelling. */
export async function storedUser(
  { key, typed }: UserName,
  { users }: Pick<AdminStores, 'users'>,
): Promise<StoredUser | undefined> {
  return (await users.read(key)) ?? (typed === key ? undefined : await users.read(typed));
}

export interface UserChangeRequest {
  readonly user: UserName;
  readonly headers: Readonly<Record<string, string>>;
  readonly who: string;
}

/**
 * Changes one user; `next` as in `change.ts`, the verifier among what it gives. A user whom the console spelt as the
 * request does comes to stand under the key, or goes.
 */
export async function changeUser(
  { user, headers, who }: UserChangeRequest,
  how: Pick<WantedChange<StoredUser>, 'isRepeatable' | 'next'>,
  stores: UserStores,
): Promise<Changed<StoredUser>> {
  const { users, nowMs } = stores;
  const { key, typed } = user;
  const target = {
    name: `user ${key}`,
    read: () => storedUser(user, stores),
    isElsewhere: (before: StoredUser) => before.user !== key,
    write: (before: StoredUser | undefined, after: StoredUser['attributes'] | undefined, by: Signature) => {
      if (before === undefined || before.user === key) return users.write({ user: key, before, after, by });
      // The new place first: of one who is moved, no verifier is lost.
      if (after === undefined) return users.write({ user: before.user, before, after, by });
      return users.write({ user: key, before: undefined, after, by });
    },
  };
  const changed = await change({ target, headers, who, nowMs, ...how });
  const misspelt = typed === key ? undefined : await users.read(typed);
  if (misspelt !== undefined) {
    const by = { who, at: new Date(nowMs()).toISOString() };
    await users.write({ user: typed, before: misspelt, after: undefined, by });
  }
  return changed;
}

/** The verifier of a password that a schema has found good; takes some 70 ms. Throws a problem for one that many have. */
export async function newVerifier(password: string): Promise<string> {
  if (await isCommonPassword(password)) {
    throw invalidField('password', undefined, 'is one of the 10,000 commonest passwords: choose another');
  }
  const prepared = preparePassword(password);
  // Without the problem's cause: nothing here may quote a password.
  if (!prepared.ok) throw new TypeError('Cannot make a verifier of a password that was not checked');
  return formatVerifier(await makeVerifier(prepared.value, randomBytes(SALT_OCTETS)));
}
