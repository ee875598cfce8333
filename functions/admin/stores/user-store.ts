/** What the admin API needs of the table *users*, and of the failed logins that are counted for a user. */
import type { PolicyAttributes } from '../../../policy/item.ts';
import type { Image } from '../../tables/attributes.ts';
import type { Signature } from '../../tables/send-conditional-write.ts';

/** A user as it was read: what a write is conditioned on. */
export interface StoredUser {
  /** The key. */
  readonly user: string;
  /** Attributes without the key; the verifier is among them, and stays inside. */
  readonly attributes: PolicyAttributes;
  /** The same as DynamoDB gave them. */
  readonly raw: Image;
}

export interface UserPage {
  /** In no particular order. */
  readonly users: readonly StoredUser[];
  /** The last user's key, where there may be more. */
  readonly last?: string | undefined;
}

/** A change of one user, made only if the item is still as it was read. */
export interface UserChange {
  readonly user: string;
  /** Absent: there was no such user. */
  readonly before: StoredUser | undefined;
  /** Attributes that people give, without the key; absent: the user is to go. */
  readonly after: PolicyAttributes | undefined;
  readonly by: Signature;
}

export interface UserStore {
  /** Read consistently; `undefined` when there is no such user. */
  read(user: string): Promise<StoredUser | undefined>;
  /** A page of users, after the key `after`. */
  list(limit: number, after?: string): Promise<UserPage>;
  /** Writes one user; `'changed'` when it was not as read any more, and then nothing was written. */
  write(change: UserChange): Promise<StoredUser | 'deleted' | 'changed'>;
  /** Marks a user as unlocked, so that it is told of; `'changed'` when it was not as read. */
  markUnlocked(before: StoredUser, by: Signature): Promise<StoredUser | 'changed'>;
}

export interface LoginFailures {
  /** Whether failed logins of a user are counted that have not expired, from any client network. */
  any(user: string, nowSeconds: number): Promise<boolean>;
  /**
   * Forgets failed logins of a user, of all client networks.
   *
   * Returns of how many networks, those whose failures had expired not counted, and whether that was all: a user whom
   * half the internet has guessed at is not done in one call.
   */
  forget(user: string, nowSeconds: number): Promise<{ readonly networks: number; readonly isAll: boolean }>;
}
