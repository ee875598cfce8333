/** What the admin API needs of the table *users*, and of the failed logins that are counted for a user. */
import type { PolicyAttributes } from '../../../policy/item.ts';
import type { SendingLimit } from '../../../policy/user.ts';
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

/** Failed logins of a client network for one user, as they are counted. */
export interface LoginFailure {
  /** The name that was tried, in lower case; the digest of one that can be no one's. */
  readonly user: string;
  /** `203.0.113.7/32`, `2001:db8:1:2::/64`. */
  readonly network: string;
  readonly failures: number;
  /** Seconds since 1970; then they are forgotten, unless there are more. */
  readonly expiresAt: number;
}

export interface LoginFailurePage {
  /** Those that have not expired, in no particular order. */
  readonly failures: readonly LoginFailure[];
  /** Where the next page begins; absent on the last. */
  readonly last?: CounterKey | undefined;
}

/** Keys of the table *counters*: of a counter of any kind. */
export interface CounterKey {
  readonly counter: string;
  readonly scope: string;
}

export interface FailurePlace {
  readonly user: string;
  readonly network: string;
}

export interface LoginFailures {
  /** A page of failed logins, of one user or of all; a page may be empty and have a next one. */
  list(
    user: string | undefined,
    question: { readonly nowSeconds: number; readonly limit: number; readonly after?: CounterKey | undefined },
  ): Promise<LoginFailurePage>;
  /** Forgets those of one network. */
  forgetNetwork(place: FailurePlace): Promise<void>;
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

export interface SendingUse {
  /** What a user has sent in the hour and the day of a time. */
  read(user: string, nowMs: number): Promise<Readonly<Record<SendingLimit, number>>>;
}
